"""One declaration per route, two enforcers (middleware and DRF), one walk of the URL tree for the tests.

A permission is an object, so a typo is a NameError. A route without a mark answers 403 to everybody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from core import modules
from core.errors import Forbidden
from core.refusals import LABELS, refusal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Permission:
    """`code` is `<app>.<verb>_<noun>`; `roles` are the codes of the roles that have it in a new clinic."""

    code: str
    label: Any = field(compare=False)
    roles: frozenset[str] = field(default=frozenset(), compare=False)
    compartment: str = field(default="base", compare=False)

    @property
    def module(self) -> str:
        return self.code.partition(".")[0]


PUBLIC = Permission("public", "No sign-in")
ANYBODY = Permission("anybody", "Any user, a partner's too")
SIGNED_IN = Permission("signed_in", "Any member of staff")
PARTNER = Permission("partner", "A partner's user")
REGISTRY: dict[str, Permission] = {}


def permission(code: str, label: Any, *roles: str, compartment: str = "base") -> Permission:
    if code in REGISTRY:
        raise ValueError(f"Permission {code!r} is declared twice")
    LABELS[code] = label
    return REGISTRY.setdefault(code, Permission(code, label, frozenset(roles), compartment))


@dataclass(frozen=True, slots=True)
class Requirement:
    """What each HTTP method needs; a method that is not named needs `otherwise`."""

    otherwise: Permission
    methods: Mapping[str, Permission] = field(default_factory=dict)

    def for_method(self, method: str) -> Permission:
        return self.methods.get("GET" if method in ("HEAD", "OPTIONS") else method, self.otherwise)


def requires(read: Permission, write: Permission | None = None, **methods: Permission) -> Callable[[Any], Any]:
    """Mark a view: `read` for GET, `write` (or `read`) for the rest, or a permission per method name."""
    named = {"GET": read, **methods}
    requirement = Requirement(write or read, named)

    def mark(view: Any) -> Any:
        view.requirement = requirement
        return view

    return mark


def is_allowed(user: Any, needed: Permission) -> bool:
    """May this user do it? A partner's user has the portal and nothing of the clinic's."""
    if needed is PUBLIC:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    if needed is ANYBODY:
        return True
    if needed is PARTNER:
        return user.is_partner_user
    if user.is_partner_user:
        return False
    return needed is SIGNED_IN or (needed.code in user.permission_codes and modules.is_on(needed.module))


def check(user: Any, needed: Permission) -> None:
    """Raise Forbidden that names the missing right (SET-19)."""
    if not is_allowed(user, needed):
        raise Forbidden(needs=needed.code)


class AccessMiddleware:
    """Deny by default. Modules that are off and the portal's borders answer 404, missing rights 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not modules.is_on(module_of(callback)):
            raise Http404
        if match is not None and is_foreign(match.route, match.view_name):
            return None
        if getattr(callback, "cls", None):  # DRF signs tokens in later; see core.api.HasRequirement
            return None
        requirement: Requirement | None = getattr(callback, "requirement", None)
        if requirement is None:
            return refusal(request, Forbidden())
        needed = requirement.for_method(request.method or "GET")
        if is_allowed(request.user, needed):
            return None
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if getattr(request.user, "is_partner_user", False) != (needed is PARTNER):
            raise Http404
        return refusal(request, Forbidden(needs=needed.code))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page goes to sign-in and comes back; a fragment gets 401, and the page keeps what was typed (SET-21)."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")


def module_of(callback: Any) -> str:
    """The app that a view belongs to; generated views carry `module`, others stand in their app's package."""
    return getattr(callback, "module", "") or callback.__module__.partition(".")[0]


def is_foreign(route: str, name: str) -> bool:
    """Open pages and those of libraries, each named with its reason in config/public_routes.py."""
    for entry in settings.PUBLIC_ROUTES:
        wanted = entry.name_or_prefix
        if wanted.startswith("/"):
            found = ("/" + route).startswith(wanted)
        else:
            found = name.startswith(wanted) if wanted.endswith(":") else name == wanted
        if found:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    name: str
    route: str
    callback: Any = field(repr=False)

    @property
    def requirement(self) -> Requirement | None:
        return getattr(self.callback, "requirement", None)

    @property
    def module(self) -> str:
        return module_of(self.callback)


SAMPLE = {"int": "999999999", "uuid": "00000000-0000-4000-8000-000000000000", "slug": "x", "str": "x", "path": "x"}


def routes(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[Route]:
    """Every leaf of the URL tree, its converters filled in by sample values."""
    for item in (resolver or get_resolver()).url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from routes(item, route, item.namespace or space)
        elif isinstance(item, URLPattern):
            yield Route(
                "/" + sample_path(route), f"{space}:{item.name}" if space else item.name or "", route, item.callback
            )


def sample_path(route: str) -> str:
    for kind, value in SAMPLE.items():
        while f"<{kind}:" in route:
            head, _, tail = route.partition(f"<{kind}:")
            route = head + value + tail.partition(">")[2]
    return route
