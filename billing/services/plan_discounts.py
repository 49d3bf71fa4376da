"""Promotions in treatment plans: the best one by itself in a draft, used from approval on (BIL-24, CLN-32)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from billing.models import DiscountUse
from billing.policies import DISCOUNT_IN_PLAN
from billing.rules.discounts import Item
from billing.selectors.promotions import promotions_now
from billing.services.plan_payers import plan_deal
from billing.services.promotions import ask, ban_of, uses_return, uses_take
from billing.words import discount_name, verdict_sentence
from clinical.models import PlanLine, TreatmentPlan
from core import clock
from core.command import command
from core.money import ZERO, Money


def plan_discounts(plan: TreatmentPlan, lines: Sequence[PlanLine]) -> dict[int, list[dict[str, Any]]]:
    """What promotions give on lines of a plan without a person's own discount, by the line's place.

    An hour and a weekday are the visit's, so promotions that depend on them wait for the invoice.
    """
    if not lines or not DISCOUNT_IN_PLAN.get() or not promotions_now().exists():
        return {}
    bans = plan_deal(plan, lines)
    items = [
        Item(
            index=place, sum=line.price * line.quantity, service_id=line.service_id,
            category_id=line.service.category_id, ban=ban_of(bans, place),
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip
    verdicts = ask(plan.patient, plan.branch_id, clock.today(plan.branch.timezone), None, items)
    found: dict[int, list[dict[str, Any]]] = {}
    for verdict in verdicts:
        for place, amount in verdict.amounts.items():
            part = {
                "discount": verdict.rule.key, "terms": verdict.rule.terms, "amount": str(amount),
                "name": discount_name(verdict.rule), "why": verdict_sentence(verdict, amount),
            }  # fmt: skip
            found.setdefault(place, []).append(part)
    return found


@command
def plan_discounts_take(*, plan_id: int) -> None:
    """An approved plan uses its promotions once, whatever is invoiced of it when. Reverse: plan_discounts_return.

    Raises DiscountUsedUp where somebody else has used up a promotion since the plan was drawn up.
    """
    plan = TreatmentPlan.objects.get(pk=plan_id)
    amounts: dict[int, tuple[int, Money]] = {}
    for line in PlanLine.objects.filter(plan=plan, has_own_discount=False):
        for part in line.discount_parts:
            before = amounts.get(part["discount"], (0, ZERO))[1]
            amounts[part["discount"]] = (part["terms"], before + Decimal(part["amount"]))
    if amounts:
        uses_take(amounts, plan.patient_id, plan=plan)


@command
def plan_discounts_return(*, plan_id: int) -> None:
    """A reopened or declined plan gives back what it used. Reverse: plan_discounts_take."""
    if DiscountUse.objects.filter(plan=plan_id, returned_at__isnull=True).exists():
        uses_return(plan_id=plan_id)
