"""Who works where: the current branch, open sessions, and looking as somebody else."""

from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from clinic import viewing
from clinic.errors import ViewingOnly
from clinic.models import Branch
from clinic.permissions import VIEW_AS
from clinic.selectors import anybody_exists
from core import clock
from core.access import SAFE_METHODS, is_allowed
from core.own_policies import IDLE_MINUTES
from core.refusals import refusal

SESSION_KEY = "branch_id"
VIEWING_KEY = "viewing_as"
SEEN_EVERY = 60  # seconds
# What may be sent while looking as another: the way back, the branch looked at, signing out.
STILL_ALLOWED = frozenset({"clinic:view-as-stop", "clinic:branch-choose", "account_logout"})


class CurrentBranch:
    """`request.branches` are those that the user sees, `request.branch` the one chosen in the shell (or the first)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.branches = SimpleLazyObject(lambda: branches_of(request))  # type: ignore[attr-defined]
        request.branch = SimpleLazyObject(lambda: current(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def branches_of(request: HttpRequest) -> list[Branch]:
    if not request.user.is_authenticated:
        return []
    return list(Branch.objects.live().filter(pk__in=request.user.branch_ids))  # type: ignore[union-attr]


def current(request: HttpRequest) -> Branch | None:
    branches: list[Branch] = list(request.branches)  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY)
    return next((branch for branch in branches if branch.pk == chosen), branches[0] if branches else None)


class LastSeen:
    """When each open session was last used, told to the database at most once a minute; a quiet one ends (SET-21).

    Live updates go on by themselves and are no sign that somebody works.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        is_work = key and not request.path.startswith("/live/")
        if is_work and request.user.is_authenticated and cache.add(f"seen:{key}", 1, SEEN_EVERY):
            UserSession.objects.filter(session_key=key).update(last_seen_at=clock.now())
            if minutes := IDLE_MINUTES.get():
                request.session.set_expiry(minutes * 60 + SEEN_EVERY)
        return self.get_response(request)


class FirstStart:
    """While there is no account at all, the page of signing in leads to the guide of the first start."""

    has_people = False  # once true it stays true for this process, and nobody is asked about it again

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if (
            FirstStart.has_people
            or request.resolver_match is None
            or request.resolver_match.view_name != "account_login"
        ):
            return None
        FirstStart.has_people = anybody_exists()
        return None if FirstStart.has_people else redirect("clinic:start")


class ViewingAs:
    """An owner may look through the eyes of a role or a person: the same pages, nothing can be changed.

    `request.user` stays he himself for the audit; only what he may is the other's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewing_as = ""  # type: ignore[attr-defined]
        chosen = request.session.get(VIEWING_KEY)
        if chosen and is_allowed(request.user, VIEW_AS):
            shadow = viewing.shadow_of(request.user, chosen)
            if shadow is not None:
                request.user = shadow
                request.viewing_as = shadow.viewing_as  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.viewing_as or request.method in SAFE_METHODS:  # type: ignore[attr-defined]
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        return None if name in STILL_ALLOWED else refusal(request, ViewingOnly())
