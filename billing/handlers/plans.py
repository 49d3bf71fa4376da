"""Treatment plans: the button that invoices one, why an invoiced one is not reopened, payers and promotions."""

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceLine
from billing.permissions import ISSUE_INVOICE
from billing.selectors.basis import new_url, plan_reason_now
from billing.selectors.pages import PATIENT_TONE, name_of, tone_of
from billing.selectors.payers import payer_options
from billing.services.plan_discounts import plan_discounts, plan_discounts_return, plan_discounts_take
from billing.services.plan_payers import plan_deal, plan_release, plan_reserve
from billing.words import sentence_of
from clinical.events import PlanApproved, PlanDeclined, PlanReopened
from clinical.models import PlanLine, TreatmentPlan
from clinical.slots import PLAN_ACTIONS, PLAN_DISCOUNTS, PLAN_HOLDS, PLAN_QUOTES, PlanAction, Share
from core.access import is_allowed
from core.events import inside


def plan_holds(plan: TreatmentPlan) -> list[Any]:
    """A plan with invoices that stand is not reopened: its prices are in them."""
    held = InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True)
    found = set(held.values_list("invoice__number", flat=True))
    numbers = sorted(number for number in found if number is not None)
    said: list[Any] = []
    if numbers:
        words = ", ".join(f"№ {number}" for number in numbers)
        said.append(_("Invoices follow this plan: %(numbers)s. Roll them back first.") % {"numbers": words})
    if None in found:
        said.append(_("A draft invoice has lines of this plan. Discard the draft first."))
    return said


def plan_actions(plan: TreatmentPlan, user: Any) -> list[PlanAction]:
    """Invoice the plan; while that is impossible the button says why (CLN-16)."""
    if not is_allowed(user, ISSUE_INVOICE):
        return []
    url = new_url(plan.patient_id, plan=plan.pk)
    invoice = PlanAction(_("Invoice"), url, "file-invoice", "primary", plan_reason_now(plan))
    if not payer_options(plan.patient_id, plan.branch, user):
        return [invoice]
    return [PlanAction(_("Who pays"), reverse("billing:plan-payers", args=[plan.pk]), "users", is_panel=True), invoice]


def plan_quotes(plan: TreatmentPlan, lines: list[PlanLine]) -> dict[Any, list[Share]]:
    """Who would pay for each line, and why; nothing where only the patient can (BIL-04, MOON-08)."""
    deal = plan_deal(plan, lines)
    if all(choice.candidate is None and not choice.reasons for choice in deal.choices):
        return {}
    found: dict[Any, list[Share]] = defaultdict(list)
    for piece in deal.pieces:
        kind = piece.payer.kind if piece.payer else "patient"
        label = name_of(kind, piece.payer)
        tone = tone_of(kind) if piece.payer else PATIENT_TONE
        found[lines[piece.index].pk].append(Share(kind, label, piece.amount, tone, sentence_of(piece.reason)))
    return dict(found)


@inside(PlanApproved)
def on_approved(event: PlanApproved) -> None:
    plan_reserve(plan_id=event.plan_id, actor=None)
    plan_discounts_take(plan_id=event.plan_id)


@inside(PlanReopened)
def on_reopened(event: PlanReopened) -> None:
    plan_release(plan_id=event.plan_id, actor=None)
    plan_discounts_return(plan_id=event.plan_id)


@inside(PlanDeclined)
def on_declined(event: PlanDeclined) -> None:
    plan_release(plan_id=event.plan_id, actor=None)
    plan_discounts_return(plan_id=event.plan_id)


PLAN_QUOTES.register(plan_quotes, module="billing")
PLAN_DISCOUNTS.register(plan_discounts, module="billing")
PLAN_HOLDS.register(plan_holds, module="billing")
PLAN_ACTIONS.register(plan_actions, module="billing", order=20)
