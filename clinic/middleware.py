"""Which branch the user is working in now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from clinic.models import Branch

SESSION_KEY = "branch_id"


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
