"""Services done by a plan: the one place where a line becomes done, and back (CLN-40)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinical import rules
from clinical.errors import PlanNotApproved
from clinical.events import PlanFinished, ServicesRendered, ServicesUnrendered
from clinical.models import LineState, PlanLine, PlanStatus, TreatmentPlan
from clinical.services.plans import plan_locked, step
from core import clock
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish

sentence("clinical.services.rendered", _("Done by %(object)s: %(services)s"), "check", "green", compartment="medical")
sentence(
    "clinical.services.unrendered", _("No longer done by %(object)s: %(services)s"), "arrow-back-up", "amber",
    compartment="medical",
)  # fmt: skip


@command
def lines_render(
    *, plan_id: int, line_ids: Sequence[int], doctor: Staff, actor: Any, done_on: date | None = None,
    appointment_id: int | None = None,
) -> list[PlanLine]:  # fmt: skip
    """Mark lines of an approved plan done; those that are done already stay as they are (safe twice).

    Raises PlanNotApproved, NotFound for a line of another plan, Invalid on `done_on`. Reverse: lines_unrender.
    """
    plan = plan_locked(plan_id)
    if not plan.is_payable:
        raise PlanNotApproved(status=plan.status)
    today = clock.today(plan.branch.timezone)
    done_on = done_on or today
    if done_on > today:
        raise Invalid(fields={"done_on": _("Work is not done in the future.")})
    rows = [line for line in lines_of(plan, line_ids) if line.state != LineState.DONE]
    for line in rows:
        line.state, line.done_on, line.done_by, line.appointment_id = LineState.DONE, done_on, doctor, appointment_id
    if rows:
        settle(plan, rows)
        tell(actor, "clinical.services.rendered", plan, rows)
        ids = tuple(line.pk for line in rows)
        publish(
            ServicesRendered(
                plan_id=plan.pk, patient_id=plan.patient_id, line_ids=ids, doctor_id=doctor.pk,
                appointment_id=appointment_id,
            )
        )  # fmt: skip
        if plan.status == PlanStatus.DONE:
            publish(PlanFinished(plan_id=plan.pk, patient_id=plan.patient_id))
    return rows


@command
def lines_unrender(*, plan_id: int, line_ids: Sequence[int], actor: Any) -> list[PlanLine]:
    """Take back a mark made by mistake; what follows it above may refuse by raising inside the transaction."""
    plan = plan_locked(plan_id)
    rows = [line for line in lines_of(plan, line_ids) if line.state == LineState.DONE]
    if not rows:
        raise IllegalMove(source=LineState.PLANNED, to=LineState.PLANNED)
    for line in rows:
        line.state, line.done_on, line.done_by, line.appointment = LineState.PLANNED, None, None, None
    settle(plan, rows)
    tell(actor, "clinical.services.unrendered", plan, rows)
    ids = tuple(line.pk for line in rows)
    publish(ServicesUnrendered(plan_id=plan.pk, patient_id=plan.patient_id, line_ids=ids))
    return rows


def lines_of(plan: TreatmentPlan, line_ids: Sequence[int]) -> list[PlanLine]:
    wanted = set(line_ids)
    rows = list(plan.lines.filter(pk__in=wanted).select_related("service").select_for_update(of=("self",)))
    if len(rows) != len(wanted):
        raise NotFound
    return rows


def settle(plan: TreatmentPlan, rows: Sequence[PlanLine]) -> None:
    """Save the lines and let the plan's status follow from all of them."""
    PlanLine.objects.bulk_update(rows, ["state", "done_on", "done_by", "appointment"])
    step(plan, rules.plan_status(plan.lines.values_list("state", flat=True)))


def tell(actor: Any, code: str, plan: TreatmentPlan, rows: Sequence[PlanLine]) -> None:
    services = ", ".join(f"{line.service} ({line.teeth_text})" if line.teeth else str(line.service) for line in rows)
    audit(actor, code, plan, patient_id=plan.patient_id, branch_id=plan.branch_id, services=services)
