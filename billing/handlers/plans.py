"""Treatment plans: the button that invoices one, and why an invoiced plan is not reopened."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceLine
from billing.permissions import ISSUE_INVOICE
from billing.selectors.basis import new_url, plan_reason_now
from clinical.models import TreatmentPlan
from clinical.slots import PLAN_ACTIONS, PLAN_HOLDS, PlanAction
from core.access import is_allowed


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
    return [PlanAction(_("Invoice"), url, "file-invoice", "primary", plan_reason_now(plan))]


PLAN_HOLDS.register(plan_holds, module="billing")
PLAN_ACTIONS.register(plan_actions, module="billing", order=20)
