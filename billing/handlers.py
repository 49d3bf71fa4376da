"""What billing adds to the apps below, and what it does when they tell of something."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceLine
from billing.selectors.checks import billing_problems
from billing.services.merging import patient_money_merge, patient_money_unmerge
from clinical.models import TreatmentPlan
from clinical.slots import PLAN_HOLDS
from core.events import inside
from ledger.slots import CHECKS
from patients.events import PatientsMerged, PatientsUnmerged


def plan_holds(plan: TreatmentPlan) -> list[Any]:
    """A plan with invoices that stand is not reopened: its prices are in them."""
    held = InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).exclude(invoice__number=None)
    numbers = sorted(set(held.values_list("invoice__number", flat=True)))
    words = ", ".join(f"№ {number}" for number in numbers)
    return [_("Invoices follow this plan: %(numbers)s. Roll them back first.") % {"numbers": words}] if numbers else []


@inside(PatientsMerged)
def on_merged(event: PatientsMerged) -> None:
    patient_money_merge(merge_id=event.merge_id, survivor_id=event.survivor_id, retired_id=event.retired_id)


@inside(PatientsUnmerged)
def on_unmerged(event: PatientsUnmerged) -> None:
    patient_money_unmerge(merge_id=event.merge_id, survivor_id=event.survivor_id, retired_id=event.retired_id)


CHECKS.register(billing_problems, module="billing")
PLAN_HOLDS.register(plan_holds, module="billing")
