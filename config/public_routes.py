"""The routes that ask for no permission, each with its reason; core.access reads this table."""

from typing import NamedTuple


class PublicRoute(NamedTuple):
    """A URL name ("healthz"), a namespace ("account:") or a path prefix ("/accounts/")."""

    name_or_prefix: str
    reason: str


PUBLIC_ROUTES: tuple[PublicRoute, ...] = (
    PublicRoute("healthz", "the balancer asks it without a session; it tells nothing of the clinic"),
    PublicRoute("favicon", "browsers ask for it before anybody signs in"),
    PublicRoute("/accounts/", "signing in, second factor, password reset: allauth guards its own pages"),
    PublicRoute("core:language", "choice of a language, also on the sign-in page; it changes nothing but that"),
    PublicRoute("clinic:start", "the owner's account is made here while there is no account at all; later it leads on"),
    PublicRoute("clinic:invitation", "who has the link sets his first password; it works once and expires"),
    PublicRoute("core:language", "choice of a language, also on the sign-in page"),
    PublicRoute("integrations:hook", "outer services call it; the address holds a secret, and signatures are checked"),
    PublicRoute(
        "scheduling:offer", "a patient answers an offer by the signed link of his message; wrong links are counted"
    ),
    PublicRoute(
        "scheduling:feed-file",
        "a doctor's calendar program asks by a secret address that can be revoked; wrong ones are counted",
    ),
    PublicRoute("scheduling:book", "patients book without a sign-in; paced by address, it tells only what is free"),
    PublicRoute("scheduling:book-hold", "the same: a chosen time is held for minutes; counted by address"),
    PublicRoute(
        "scheduling:book-details", "the same: who it is; counted by address and phone, the answer knows nobody"
    ),
    PublicRoute("scheduling:book-visit", "a patient's own booking behind its secret link; wrong links are counted"),
    PublicRoute("scheduling:book-move", "the same: another time"),
    PublicRoute("scheduling:book-cancel", "the same: cancelling"),
    PublicRoute(
        "documents:sign", "a patient signs a paper behind its secret link; wrong links are counted, right ones end"
    ),
    PublicRoute("documents:sign-copy", "the same: the paper as PDF while the link lasts"),
    PublicRoute("/api/v1/auth/token/", "signing in for programs; wrong tries are counted and locked out"),
    PublicRoute("api-schema", "a library's page: whoever is signed in may read it (SERVE_PERMISSIONS)"),
    PublicRoute("api-docs", "the same"),
)
