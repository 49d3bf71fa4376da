"""Finishing a visit: one form of all registered steps, and the work order of one that was finished without it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import is_allowed, requires
from core.errors import IllegalMove
from core.forms import Done, form_page
from scheduling import permissions, services
from scheduling.models import Appointment, State
from scheduling.selectors.appointments import appointment_shown
from scheduling.selectors.closing import close_steps_of
from scheduling.slots import CloseStep


class CloseForm(forms.Form):
    """Answers are read by step: every name `<key>.<name>` of the request. A step that was not shown was not answered."""

    def answers(self, steps: list[CloseStep]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {step.key: {} for step in steps}
        for name, values in self.data.lists():
            key, _dot, rest = name.partition(".")
            if rest and key in found:
                found[key][rest] = values if len(values) > 1 else values[0]
        return found


@requires(permissions.SEE, write=permissions.CLOSE_VISIT)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Two taps for the usual visit: open, finish (SCH-25). The second button leads on to the next booking."""
    row = appointment_shown(pk, request.user)
    steps = close_steps_of(request.user)
    form = CloseForm(request.POST if request.method == "POST" else None)

    def save(valid: Any) -> Done:
        services.visit_close(visit=pk, answers=valid.answers(steps), is_walking=True, actor=request.user)
        said = _("The visit is finished")
        if "next" in request.POST:
            asked = urlencode({"patient": row.patient_id, "doctor": row.doctor_id})
            return Done(f"{reverse('scheduling:appointment-new')}?{asked}", said, "schedule", follow=True)
        return Done(row.get_absolute_url(), said, "schedule")

    return form_page(
        request, form, title=_("Finish the visit"), subtitle=f"{row.patient.full_name}, {row}", save=save,
        submit_label=_("Finish the visit"), template="scheduling/close.html", steps=parts(request, row, steps), visit=row,
        active="schedule", may_book=is_allowed(request.user, permissions.BOOK),
    )  # fmt: skip


@requires(permissions.SEE, write=permissions.CLOSE_VISIT)
def work_order(request: HttpRequest, pk: int) -> HttpResponse:
    """The services of a visit that was finished without them, filled in at the desk (SCH-30)."""
    row = appointment_shown(pk, request.user)
    if row.state != State.COMPLETED:
        raise IllegalMove(source=row.state, to=State.COMPLETED)
    steps = close_steps_of(request.user, work_order_only=True)
    form = CloseForm(request.POST if request.method == "POST" else None)

    def save(valid: Any) -> Done:
        services.work_order_fill(visit=pk, answers=valid.answers(steps), actor=request.user)
        return Done(row.get_absolute_url(), _("The work order is filled in"), "schedule")

    return form_page(
        request, form, title=_("Work order"), subtitle=f"{row.patient.full_name}, {row}", save=save,
        submit_label=_("Save the work order"), template="scheduling/close.html", steps=parts(request, row, steps),
        visit=row, active="schedule",
    )  # fmt: skip


def parts(request: HttpRequest, row: Appointment, steps: list[CloseStep]) -> list[tuple[Any, str]]:
    """Each step's title and its part of the form; silent ones are left out."""
    drawn = [(step.title, step.draw(row, request) if step.draw else "") for step in steps]
    return [(title, html) for title, html in drawn if html]
