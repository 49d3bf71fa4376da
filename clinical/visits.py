"""Treatment's part of a visit: links on the doctor's day, and what was done when the visit is finished (SCH-25)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinical.models import ChainVisit
from clinical.permissions import EDIT_PLANS, SEE_CHART, SEE_PLAN_SUMS, SEE_PLANS
from clinical.selectors import lines_done_at, lines_for_visit, may_mark_work
from clinical.selectors.booked import booked_of_plans
from clinical.services import lines_render, lines_unrender
from core import clock
from core.access import is_allowed
from core.errors import Forbidden, Invalid
from scheduling.models import Appointment
from scheduling.slots import Action, CloseStep


def visit_actions(appointments: list[Appointment], user: Any) -> dict[int, list[Action]]:
    """«Diagnostics» and «Plans» of the visit's patient, for those who may open them."""
    found: dict[int, list[Action]] = {}
    for row in appointments:
        actions = found.setdefault(row.pk, [])
        if is_allowed(user, SEE_CHART):
            url = reverse("clinical:diagnostics", args=[row.patient_id])
            actions.append(Action(_("Diagnostics"), url, "dental", "violet"))
        if is_allowed(user, SEE_PLANS):
            actions.append(
                Action(_("Treatment plans"), reverse("clinical:plans", args=[row.patient_id]), "clipboard-list")
            )
    if is_allowed(user, SEE_PLANS):
        for pk, action in chain_actions(appointments).items():
            found[pk].append(action)
    return found


def chain_actions(appointments: list[Appointment]) -> dict[int, Action]:
    """The way to the chain that a visit belongs to; amber where another visit's end concerns it (MOON-02)."""
    rows = ChainVisit.objects.filter(appointment__in=appointments).values_list("appointment_id", "chain__plan_id")
    plans = dict(rows)
    actions = {}
    for plan_id, visits in booked_of_plans(plans.values()).items() if plans else ():
        url = reverse("clinical:plan", args=[plan_id])
        for visit in visits:
            if plans.get(visit.row.appointment_id) == plan_id:
                words = _("Visit %(number)s of %(count)s by the plan") % {
                    "number": visit.number + 1,
                    "count": len(visits),
                }
                tone = "amber" if visit.is_affected or visit.is_lost else ""
                actions[visit.row.appointment_id] = Action(words, url, "calendar-stats", tone)
    return actions


def draw(appointment: Appointment, request: Any) -> str:
    """Lines of the patient's approved plans: those booked for this visit are ticked."""
    if not may_mark_work(request.user):
        return ""
    lines = lines_for_visit(appointment)
    if not lines:
        return ""
    given = request.POST.getlist("clinical.lines") if request.method == "POST" else None
    for line in lines:
        line.is_ticked = line.is_booked if given is None else str(line.pk) in given
    sums = is_allowed(request.user, SEE_PLAN_SUMS)
    return render_to_string("clinical/_close_step.html", {"lines": lines, "may_see_sums": sums}, request)


def apply(appointment: Appointment, answers: Mapping[str, Any], actor: Any) -> None:
    """Mark the ticked lines done by the visit's doctor on the visit's day."""
    asked = ids_of(answers.get("lines", ()))
    if not asked:
        return
    if not may_mark_work(actor):
        raise Forbidden(needs=EDIT_PLANS.code)
    lines = {line.pk: line for line in lines_for_visit(appointment)}
    if set(asked) - set(lines):
        raise Invalid(fields={"lines": _("A service of the plan has changed. Look at the list again.")})
    day = min(
        clock.local(appointment.starts_at, appointment.branch.timezone).date(), clock.today(appointment.branch.timezone)
    )
    for plan_id in sorted({lines[pk].plan_id for pk in asked}):
        lines_render(
            plan_id=plan_id, line_ids=[pk for pk in asked if lines[pk].plan_id == plan_id], doctor=appointment.doctor,
            actor=actor, done_on=day, appointment_id=appointment.pk,
        )  # fmt: skip


def ids_of(given: str | Sequence[str]) -> list[int]:
    values = [given] if isinstance(given, str) else list(given)
    return [int(value) for value in values if str(value).isascii() and str(value).isdigit()]


def usual(appointment: Appointment, actor: Any) -> dict[str, list[str]]:
    """What the untouched form would send: the lines booked for this visit."""
    lines = lines_for_visit(appointment) if may_mark_work(actor) else []
    return {"lines": [str(line.pk) for line in lines if line.is_booked]}


def undo(appointment: Appointment, actor: Any) -> None:
    """What was done at a visit that is put back is to be marked anew when it is finished again."""
    for plan_id, line_ids in lines_done_at(appointment.pk).items():
        lines_unrender(plan_id=plan_id, line_ids=line_ids, actor=actor)


CLOSE_STEP = CloseStep("clinical", _("What was done"), apply, draw, usual, undo, is_work_order=True)
