"""What a finished visit leaves to the desk: services to invoice, and the visits whose money is still to be taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from billing.models import Invoice, InvoiceLine, Status
from billing.models.invoices import PAYABLE
from billing.policies import BEFORE_DONE
from catalog.models import Service
from clinic.models import Branch
from clinical.models import LineState, PlanLine, PlanStatus
from clinical.selectors import may_mark_work
from core import clock
from scheduling.models import Appointment, State
from scheduling.selectors.appointments import appointments_visible_to


@dataclass(frozen=True, slots=True)
class Asked:
    """A service of the price list done at a visit; an empty payer lets the payers' apps decide (BIL-04)."""

    service_id: int
    quantity: int = 1
    payer: str = ""


@dataclass(slots=True)
class Offer:
    """A service that the wizard offers to tick."""

    service: Service
    quantity: int = 1
    payer: str = ""
    is_ticked: bool = True


def invoiced_of(appointment_id: int) -> QuerySet[InvoiceLine]:
    """Lines of this visit that stand in an invoice or a draft."""
    return InvoiceLine.objects.filter(invoice__appointment=appointment_id).exclude(invoice__status=Status.ROLLED_BACK)


def plan_lines_free() -> QuerySet[PlanLine]:
    """Lines of plans that no invoice holds."""
    held = InvoiceLine.objects.filter(plan_line=OuterRef("pk"), holds_plan_line=True)
    return (
        PlanLine.objects.filter(~Exists(held))
        .select_related("service", "plan")
        .order_by("plan_id", "phase", "position", "pk")
    )


def plan_lines_open(visit: Appointment) -> QuerySet[PlanLine]:
    """Lines of the patient's approved plans that are neither done nor invoiced."""
    statuses = (PlanStatus.APPROVED, PlanStatus.IN_WORK)
    rows = plan_lines_free().filter(plan__patient=visit.patient_id, plan__status__in=statuses)
    return rows.exclude(state=LineState.DONE)


def plan_lines_of_visit(visit: Appointment, service_ids: Iterable[int], actor: Any) -> list[PlanLine]:
    """What of plans the visit is invoiced by: lines done at it.

    Where the actor marks no work, the lines that were booked for it too: the price agreed on holds, not the list's.
    """
    found = list(plan_lines_free().filter(appointment=visit, state=LineState.DONE))
    if may_mark_work(actor) or not BEFORE_DONE.get():
        return found
    known = {line.service_id for line in found}
    for line in plan_lines_open(visit).filter(service__in=set(service_ids) - known):
        if line.service_id not in known:
            known.add(line.service_id)
            found.append(line)
    return found


def services_to_offer(visit: Appointment, user: Any) -> list[Offer]:
    """Services that the visit was booked for, without those that a plan offers to the same person or that are invoiced."""
    offered = set(invoiced_of(visit.pk).values_list("service_id", flat=True))
    if may_mark_work(user):
        offered |= set(plan_lines_open(visit).values_list("service_id", flat=True))
    return [Offer(service) for service in visit.services.order_by("pk") if service.pk not in offered]


# To pay


def todays_visits(user: Any, field: str = "starts_at", branch: str = "branch_id") -> Q:
    """Of today, each branch by its own clock."""
    window = Q(pk__in=[])
    for pk, zone in Branch.objects.filter(pk__in=user.branch_ids).values_list("pk", "timezone"):
        today = clock.today(zone)
        first, end = clock.day_bounds(today, today, zone)
        window |= Q(**{branch: pk, f"{field}__gte": first, f"{field}__lt": end})
    return window


def visits_to_pay(user: Any) -> QuerySet[Appointment]:
    """Finished visits at the desk (SCH-25): with a prepared draft of any day, and today's that owe or are not invoiced.

    A row has `invoice_pk, invoice_status, invoice_total, invoice_due`; without an invoice they are None.
    """
    own = Invoice.objects.filter(appointment=OuterRef("pk")).exclude(status=Status.ROLLED_BACK)
    is_open = Q(status=Status.DRAFT) | Q(status__in=PAYABLE, due__gt=0)
    to_open = own.filter(is_open).order_by("-status", "pk")
    drafts = Invoice.objects.filter(status=Status.DRAFT, is_prepared=True, branch_id__in=user.branch_ids)
    drafted = list(drafts.order_by("-pk").values_list("appointment_id", flat=True)[:500])
    rows = appointments_visible_to(user).filter(Q(pk__in=drafted) | todays_visits(user), state=State.COMPLETED)
    return rows.filter(Exists(own.filter(is_open)) | ~Exists(own)).annotate(
        **{
            f"invoice_{name}": Subquery(to_open.values(name)[:1]) for name in ("pk", "status", "total", "due", "number")
        },
        finished_at=F("state_since"),
    )
