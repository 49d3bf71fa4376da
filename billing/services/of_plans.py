"""What of a treatment plan is invoiced: which lines, at which agreed price (CLN-16)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.errors import LineInvoiced, NothingToInvoice
from billing.models import InvoiceLine, LimitMove, PlanPayer
from billing.policies import BEFORE_DONE
from billing.services.lines import LineInput
from billing.services.promotions import Part
from clinical.errors import PlanNotApproved
from clinical.models import LineState, PlanLine, TreatmentPlan
from core.errors import Invalid, NotFound


def plans_check(plan_line_ids: set[int]) -> None:
    """A draft is issued only while the plans of its lines are approved (CLN-16)."""
    if not plan_line_ids:
        return
    plans = TreatmentPlan.objects.filter(pk__in=PlanLine.objects.filter(pk__in=plan_line_ids).values("plan"))
    for plan in plans.select_for_update(of=("self",)).order_by("pk"):
        if not plan.is_payable:
            raise PlanNotApproved(status=plan.status)


def plan_lock(plan_id: int, patient_id: int, actor: Any) -> TreatmentPlan:
    """Lock a plan, so that it is not reopened while an invoice of it is made. Raises PlanNotApproved (CLN-16)."""
    plan = TreatmentPlan.objects.select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    if plan.patient_id != patient_id:
        raise Invalid(fields={"plan": _("This plan is another patient's.")})
    if not plan.is_payable:
        raise PlanNotApproved(status=plan.status)
    return plan


def plan_lines_take(plan: TreatmentPlan, ticked: Sequence[int] | None) -> list[LineInput]:
    """The ticked lines of a plan, or all that may be invoiced; price and discount as approved."""
    held = set(
        InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values_list("plan_line_id", flat=True)
    )
    rows = list(PlanLine.objects.filter(plan=plan).order_by("phase", "position", "pk"))
    if ticked is not None:
        rows = [row for row in rows if row.pk in set(ticked)]
        if len(rows) != len(set(ticked)):
            raise NotFound
        if taken := [row.pk for row in rows if row.pk in held]:
            raise LineInvoiced(lines=taken)
    rows = [row for row in rows if row.pk not in held]
    if not BEFORE_DONE.get():
        rows = [row for row in rows if row.state == LineState.DONE]
    if not rows:
        raise NothingToInvoice
    asked = payers_asked(row.pk for row in rows)
    return [line_of_plan(row, row.done_by_id or plan.doctor_id, asked.get(row.pk)) for row in rows]


def payers_asked(plan_line_ids: Iterable[int]) -> dict[int, str]:
    """Who was chosen to pay for lines of plans; the usual payer pays for the rest."""
    return dict(PlanPayer.objects.filter(plan_line__in=list(plan_line_ids)).values_list("plan_line_id", "asked"))


def line_of_plan(row: PlanLine, doctor_id: int | None, payer: str | int | None = None) -> LineInput:
    """A line of a plan as it is sold: price and discount as approved."""
    parts = [
        Part(
            discount_id=part["discount"], terms_id=part["terms"], amount=Decimal(part["amount"]), why=part["why"],
            of_plan=True,
        )
        for part in row.discount_parts
    ]  # fmt: skip
    names = "; ".join(part["name"] for part in row.discount_parts)
    why = names or (str(_("by the plan")) if row.discount else "")
    listed = None if row.has_own_price else row.price
    return LineInput(
        service_id=row.service_id, quantity=row.quantity, doctor_id=doctor_id, teeth=row.teeth, price=row.price,
        discount=row.discount, discount_reason=why, plan_line_id=row.pk, service_on=row.done_on, is_agreed=True,
        payer=payer, list_price=listed, parts=parts,
    )  # fmt: skip


def plan_lines_standing(moved: Iterable[LimitMove]) -> set[int]:
    """Of the lines for which a plan had reserved, those whose plan still stands."""
    ids = {move.plan_line_id for move in moved if move.plan_line_id}
    if not ids:
        return set()
    lines = PlanLine.objects.filter(pk__in=ids).select_related("plan")
    return {line.pk for line in lines if line.plan.is_payable}
