"""The waiting list beside the calendar."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version, told
from scheduling import permissions, services
from scheduling.forms import WaitingForm
from scheduling.selectors.waiting import waiting_now
from scheduling.views.asking import branches_asked, number


@requires(permissions.SEE)
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the left panel."""
    branches = branches_asked(request)
    entries = waiting_now(request.user, branches[0].pk if len(branches) == 1 else None)
    return render(request, "scheduling/_waiting.html", {"waiting": entries})


@requires(permissions.BOOK)
def new(request: HttpRequest) -> HttpResponse:
    """Put a patient on the list (SCH-13)."""
    initial = {"branch": request.branch, "patient": number(request.GET.get("patient"))}  # type: ignore[attr-defined]
    form = WaitingForm(request.POST or None, user=request.user, initial=initial)

    def save(valid: Any) -> Done:
        wishes = valid.wishes()
        services.waiting_add(patient_id=wishes.pop("patient").pk, actor=request.user, **wishes)
        return Done(toast=_("Put on the waiting list"), event="waiting")

    return form_page(request, form, title=_("To the waiting list"), save=save, active="schedule")


@requires(permissions.BOOK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(waiting_now(request.user), pk=pk)
    form = WaitingForm(request.POST or None, user=request.user, instance=entry)
    form.fields["patient"].disabled = True

    def save(valid: Any) -> Done:
        wishes = valid.wishes()
        wishes.pop("patient")
        services.waiting_change(entry_id=pk, actor=request.user, expected_version=given_version(request), **wishes)
        return Done(toast=_("Saved"), event="waiting")

    return form_page(request, form, title=_("Wishes"), subtitle=str(entry), save=save, current=entry, active="schedule")


@requires(permissions.BOOK)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Off the list; the toast has an undo (SCH-15)."""
    services.waiting_remove(entry_id=pk, actor=request.user)
    return told(Done(event="waiting"))


@requires(permissions.BOOK)
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    services.waiting_return(entry_id=pk, actor=request.user)
    return told(Done(toast=_("Back on the waiting list"), event="waiting"))
