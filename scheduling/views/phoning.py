"""The window of a call: who it may be, what he has here, and one press to book (SCH-31)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.access import requires
from scheduling import permissions
from scheduling.selectors.phoning import call_of, callers_of
from scheduling.services.phoning import call_settle_by_hand


@requires(permissions.TAKE_CALLS)
@never_cache
def pop(request: HttpRequest) -> HttpResponse:
    """Calls at this person's line; the shell of every page asks when it hears of one."""
    return render(request, "scheduling/_call_pop.html", {"callers": callers_of(request.user)})


@requires(permissions.TAKE_CALLS)
@require_POST
def away(request: HttpRequest, pk: int) -> HttpResponse:
    call_settle_by_hand(call_id=call_of(pk, request.user).pk, actor=request.user)
    return pop(request)
