"""The last step of a visit's end: «next visit in three months» becomes a planned visit (SCH-25, SCH-26)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core import clock
from core.errors import Invalid
from scheduling.models import Appointment, CallTask, PlannedVisit
from scheduling.rules import months_on
from scheduling.services.leaving import planned_end
from scheduling.services.planned import planned_add, planned_change
from scheduling.slots import CloseStep

UNITS = (("weeks", _("weeks")), ("months", _("months")))
MOST = {"weeks": 260, "months": 60}
Outcome = PlannedVisit.Outcome


def draw(visit: Appointment, request: Any) -> str:
    given = request.POST if request.method == "POST" else {}
    page = {
        "units": UNITS, "count": given.get("next.count", ""), "unit": given.get("next.unit", "months"),
        "comment": given.get("next.comment", ""), "standing": standing(visit),
    }  # fmt: skip
    return render_to_string("scheduling/_close_step.html", page, request)


def standing(visit: Appointment) -> PlannedVisit | None:
    return PlannedVisit.objects.filter(origin=visit, outcome=Outcome.PLANNED).first()


def apply(visit: Appointment, answers: Mapping[str, Any], actor: Any) -> None:
    """Nothing said is nothing planned; what an earlier end of this visit has planned is moved, not doubled."""
    due_on = due_of(visit, answers)
    if due_on is None:
        return
    comment = str(answers.get("comment", "")).strip()[:300]
    known = standing(visit)
    if known:
        planned_change(planned_id=known.pk, due_on=due_on, comment=comment or known.comment, actor=actor)
        return
    planned_add(
        patient_id=visit.patient_id, due_on=due_on, doctor_id=visit.doctor_id, branch_id=visit.branch_id, comment=comment,
        origin=visit, actor=actor,
    )  # fmt: skip


def due_of(visit: Appointment, answers: Mapping[str, Any]) -> date | None:
    text, unit = str(answers.get("count", "")).strip(), str(answers.get("unit", "months"))
    if not text:
        return None
    if unit not in MOST:
        raise Invalid(fields={"unit": say("Choose weeks or months.")})
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= MOST[unit]):
        raise Invalid(fields={"count": say("The next visit: a number from 1 to %(most)s.") % {"most": MOST[unit]}})
    day = min(visit.local_start.date(), clock.today(visit.branch.timezone))
    return day + timedelta(weeks=int(text)) if unit == "weeks" else months_on(day, int(text))


def undo(visit: Appointment, actor: Any) -> None:
    """The visit is put back: what it planned goes with it, unless somebody has worked on it."""
    rows = PlannedVisit.objects.select_for_update().filter(origin=visit, outcome=Outcome.PLANNED)
    for row in rows:
        if not is_worked_on(row):
            planned_end(row, Outcome.REMOVED, actor)


def is_worked_on(row: PlannedVisit) -> bool:
    """Changed, called about, or offered a freed time."""
    calls = CallTask.objects.filter(reason="planned", subject_id=row.pk)
    return row.version > 1 or calls.filter(attempts__gt=0).exists() or row.offers.exists()


STEP = CloseStep("next", _("Next visit"), apply, draw, undo=undo)
