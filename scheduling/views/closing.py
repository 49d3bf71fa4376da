"""Finishing a visit: one form of all registered steps."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.access import requires
from core.forms import Done, form_page
from scheduling import permissions, services
from scheduling.models import Appointment
from scheduling.selectors.appointments import appointment_shown
from scheduling.slots import CLOSE_STEPS


class CloseForm(forms.Form):
    """Answers are read by step: every name `<key>.<name>` of the request."""

    def answers(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {step.key: {} for step in CLOSE_STEPS}
        for name, values in self.data.lists():
            key, _dot, rest = name.partition(".")
            if rest and key in found:
                found[key][rest] = values if len(values) > 1 else values[0]
        return found


@requires(permissions.SEE, write=permissions.CLOSE_VISIT)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Two taps for the usual visit: open, finish (SCH-25)."""
    row = appointment_shown(pk, request.user)
    form = CloseForm(request.POST if request.method == "POST" else None)

    def save(valid: Any) -> Done:
        services.visit_close(visit=pk, answers=valid.answers(), is_walking=True, actor=request.user)
        return Done(row.get_absolute_url(), _("The visit is finished"), "schedule")

    return form_page(
        request, form, title=_("Finish the visit"), subtitle=f"{row.patient.full_name}, {row}", save=save,
        submit_label=_("Finish the visit"), template="scheduling/close.html", steps=parts(request, row), visit=row, active="schedule",
    )  # fmt: skip


def parts(request: HttpRequest, row: Appointment) -> list[tuple[Any, str]]:
    """Each step's title and its part of the form; silent ones are left out."""
    drawn = [(step.title, step.draw(row, request) if step.draw else "") for step in CLOSE_STEPS]
    return [(title, html) for title, html in drawn if html]
