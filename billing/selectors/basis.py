"""What a new invoice may be made of: the patient's plans with what is left of them, the visit it follows."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceLine
from billing.policies import BEFORE_DONE
from catalog.models import Service
from catalog.selectors import services_matching, services_offered
from clinical.models import LineState, PlanLine, TreatmentPlan
from core import clock
from core.errors import NotFound
from core.money import ZERO, Money
from scheduling.models import Appointment


def plans_in(invoice: Invoice) -> set[int]:
    """The plans whose lines an invoice holds; the form changes those of one plan."""
    return set(invoice.lines.filter(plan_line__isnull=False).values_list("plan_line__plan_id", flat=True))


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """A plan with the lines that may be invoiced; `reason` says why none may."""

    plan: TreatmentPlan
    lines: list[PlanLine]
    reason: str

    @property
    def total(self) -> Money:
        return sum((line.sum for line in self.lines), ZERO)


def plans_of(patient_id: int) -> QuerySet[TreatmentPlan]:
    return TreatmentPlan.objects.filter(patient_id=patient_id).exclude(status="declined").order_by("-created_at", "-pk")


def plan_choices(patient_id: int, draft: Invoice | None = None) -> list[PlanChoice]:
    """Every plan of a patient, newest first, and why one cannot be invoiced (CLN-16); a draft's own lines are free to it."""
    plans = list(plans_of(patient_id))
    holding = InvoiceLine.objects.filter(plan_line__plan__in=plans, holds_plan_line=True)
    held = set(holding.exclude(invoice=draft).values_list("plan_line_id", flat=True))
    rows = PlanLine.objects.filter(plan__in=plans).select_related("service").order_by("phase", "position", "pk")
    left: dict[int, list[PlanLine]] = {plan.pk: [] for plan in plans}
    for row in rows:
        if row.pk not in held and (row.state == LineState.DONE or BEFORE_DONE.get()):
            left[row.plan_id].append(row)
    return [
        PlanChoice(plan, left[plan.pk] if plan.is_payable else [], plan_reason(plan, left[plan.pk])) for plan in plans
    ]


def plan_reason(plan: TreatmentPlan, left: list[PlanLine]) -> str:
    """Why a plan cannot be invoiced now; empty when it can."""
    if not plan.is_payable:
        return _("The plan is not approved yet")
    return "" if left else _("Everything is invoiced already")


def plan_reason_now(plan: TreatmentPlan) -> str:
    """The same for one plan's own page."""
    if not plan.is_payable:
        return plan_reason(plan, [])
    held = InvoiceLine.objects.filter(plan_line__plan=plan, holds_plan_line=True).values("plan_line_id")
    left = PlanLine.objects.filter(plan=plan).exclude(pk__in=held)
    if not BEFORE_DONE.get():
        left = left.filter(state=LineState.DONE)
    return plan_reason(plan, list(left[:1]))


def appointment_for(user: Any, pk: int, patient_id: int) -> Appointment:
    """The visit that an invoice follows; a stranger's or another patient's is NotFound."""
    rows = Appointment.objects.select_related("doctor", "branch").prefetch_related("services")
    found = rows.filter(pk=pk, branch_id__in=user.branch_ids, patient_id=patient_id).first()
    if found is None:
        raise NotFound
    return found


def service_options(text: str, limit: int = 30) -> list[dict[str, Any]]:
    """Services with a price today that fit the words: for a field that searches as one types."""
    rows = services_offered(clock.now().date()).filter(price__isnull=False)
    found: QuerySet[Service] = services_matching(rows, text) if text.strip() else rows
    return [option_of(service) for service in found[:limit]]


def option_of(service: Any) -> dict[str, Any]:
    return {
        "value": service.pk,
        "text": str(service),
        "note": f"{service.code} · {service.price}",
        "price": str(service.price),
    }


def new_url(patient_id: int, **more: int) -> str:
    """The address of a new invoice for a patient, of a plan or after a visit."""
    return f"{reverse('billing:invoice-new')}?{urlencode({'patient': patient_id, **more})}"
