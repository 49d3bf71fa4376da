"""Plans and invoices: the gate, the button, the payer, the franchise."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.events import InvoiceIssued, InvoiceRolledBack, PaymentVoided
from billing.models import Invoice
from billing.slots import PAYERS
from catalog.services.prices import today
from clinical.events import PlanDeclined
from clinical.models import PlanLine, PlanStatus, TreatmentPlan
from clinical.slots import PLAN_ACTIONS, PLAN_GATES, PlanAction
from core.access import is_allowed
from core.events import inside
from insurance.models import Approval
from insurance.models.approvals import OPEN
from insurance.payer import DmsPayer
from insurance.permissions import REQUEST_APPROVAL, SEE_APPROVALS
from insurance.selectors.approvals import approvals_of_plan
from insurance.selectors.policies import policies_in_force
from insurance.services.approvals import approval_cancel
from insurance.services.coverage import franchise_return, franchise_use
from insurance.services.settling import settlement_voided

PAYERS.register(DmsPayer(), module="insurance", order=20)


def waits_for_the_insurer(plan: TreatmentPlan, lines: list[PlanLine]) -> list[Any]:
    """A plan that an insurer was asked about is approved after his answer (INS-08)."""
    waiting = Approval.objects.filter(plan=plan, status__in=OPEN).select_related("policy__insurer").first()
    if waiting is None:
        return []
    facts = {"number": waiting.number, "insurer": waiting.policy.insurer, "status": waiting.get_status_display()}
    return [_("Approval № %(number)s of %(insurer)s has no answer yet (%(status)s).") % facts]


def plan_actions(plan: TreatmentPlan, user: Any) -> list[PlanAction]:
    """«DMS»: ask the insurer, or look at what he said."""
    if not is_allowed(user, SEE_APPROVALS):
        return []
    found = [
        PlanAction(f"{_('DMS')} № {row.number}: {row.get_status_display()}", row.get_absolute_url(), "shield-check")
        for row in approvals_of_plan(plan) if row.status != Approval.Status.CANCELLED
    ][:2]  # fmt: skip
    if is_allowed(user, REQUEST_APPROVAL) and plan.status not in (PlanStatus.DECLINED, PlanStatus.DONE):
        if (
            not any(row.is_open for row in approvals_of_plan(plan))
            and policies_in_force([plan.patient_id], today()).exists()
        ):
            url = reverse("insurance:approval-new", args=[plan.pk])
            found.append(PlanAction(gettext_lazy("DMS"), url, "shield-question", is_panel=True))
    return found


@inside(PlanDeclined)
def on_declined(event: PlanDeclined) -> None:
    """What nobody wants any more is not waited for."""
    for pk in Approval.objects.filter(plan=event.plan_id, status__in=OPEN).values_list("pk", flat=True):
        approval_cancel(approval_id=pk, reason=_("The plan is declined"), actor=None)


@inside(InvoiceIssued)
def on_issued(event: InvoiceIssued) -> None:
    if event.payer_kinds is None or DmsPayer.kind in event.payer_kinds:
        franchise_use(Invoice.objects.get(pk=event.invoice_id))


@inside(InvoiceRolledBack)
def on_rolled_back(event: InvoiceRolledBack) -> None:
    franchise_return(Invoice.objects.get(pk=event.invoice_id))


@inside(PaymentVoided)
def on_voided(event: PaymentVoided) -> None:
    settlement_voided(event.payment_id)


PLAN_GATES.register(waits_for_the_insurer, module="insurance", order=20)
PLAN_ACTIONS.register(plan_actions, module="insurance", order=10)
