"""What stands of an invoice's instalments: paid, next, overdue; all of it follows from what is still owed (BIL-37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, Exists, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Instalment, Invoice, Schedule
from billing.rules.instalments import covered
from core import clock
from core.money import Money, MoneyField
from ledger.selectors import NO_MONEY


@dataclass(frozen=True, slots=True)
class DueRow:
    on: date
    amount: Money
    paid: Money
    is_overdue: bool

    @property
    def is_paid(self) -> bool:
        return self.paid >= self.amount


def schedule_of(invoice: Invoice) -> Schedule | None:
    return Schedule.objects.filter(invoice=invoice, ended_at__isnull=True).prefetch_related("dues").first()


def due_rows(invoice: Invoice, schedule: Schedule) -> list[DueRow]:
    dues: Sequence[Instalment] = list(schedule.dues.all())
    today = clock.today(invoice.branch.timezone)
    paid = covered([due.amount for due in dues], invoice.due)
    return [
        DueRow(due.due_on, due.amount, part, due.due_on < today and part < due.amount)
        for due, part in zip(dues, paid, strict=True)
    ]


def instalments_page(invoice: Invoice) -> dict[str, Any]:
    """What the invoice's page shows: the schedule that stands, if any; `invoice_get` has asked whether there is one."""
    schedule = schedule_of(invoice) if invoice.is_payable and invoice.has_schedule else None  # type: ignore[attr-defined]
    return {"schedule": schedule, "dues": due_rows(invoice, schedule) if schedule else []}


def with_instalments(rows: QuerySet[Any]) -> QuerySet[Any]:
    """`has_schedule`, `next_due`, and `overdue`: what is owed less what falls due from today on."""
    today = clock.now().date()
    coming = Instalment.objects.filter(
        schedule__invoice=OuterRef("pk"), schedule__ended_at__isnull=True, due_on__gte=today
    ).order_by()
    future = coming.values("schedule").annotate(sum=Sum("amount")).values("sum")
    first = coming.values("schedule").annotate(first=Min("due_on")).values("first")
    return rows.annotate(
        has_schedule=Exists(Schedule.objects.filter(invoice=OuterRef("pk"), ended_at__isnull=True)),
        next_due=Subquery(first, output_field=DateField()),
        overdue=F("due") - Coalesce(Subquery(future, output_field=MoneyField()), NO_MONEY),
    )


def overdue_now() -> QuerySet[Invoice]:
    """Invoices of which an instalment should have been paid by now."""
    rows = with_instalments(Invoice.objects.owed().filter(patient__deleted_at__isnull=True))
    return rows.filter(has_schedule=True, overdue__gt=0).select_related("patient", "branch").order_by("pk")
