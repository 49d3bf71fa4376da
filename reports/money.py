"""Reports about money. Every one reads the book through `ledger.selectors`, so branches, days and own work are kept.

Income counts issued lines by the day of the service and a roll-back on its own day; receipts count money by the day
it was taken; debt and advance stand as of a day.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import django_filters
from django.db.models import DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.forms import HiddenInput
from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceLine, Method, Payment, PaymentPart
from billing.selectors.metrics import postings_standing, receipts_rows
from catalog.models import Category
from clinic.models import Staff
from core.listing import Column
from core.money import ZERO
from ledger.models import Posting
from ledger.selectors import day_sums, day_sums_standing, postings_visible_to
from patients.models import Patient
from reports import permissions
from reports.periods import Period
from reports.report import Figure, Group, OrNone, Report, filters_of, names_of

CREDITED = F("credit") - F("debit")
DEBITED = F("debit") - F("credit")
MONEY_ACCOUNTS = ("cash", "acquirer", "bank")
NOTHING = Value(ZERO, DecimalField(max_digits=14, decimal_places=2))


def summed(expression: Any) -> Any:
    return Coalesce(Sum(expression), NOTHING)


def money_figure(label: Any, measure: Any) -> Figure:
    return Figure("value", label, summed(measure), permission=permissions.SEE_MONEY, measure=measure)


def days_of(keys: Any) -> dict[Any, Any]:
    return {day: f"{day:%d.%m.%Y}" for day in keys}


def by_direction() -> Any:
    return OrNone(queryset=Category.objects.all(), label=_("Direction"), method=direction_is)


def direction_is(rows: QuerySet[Posting], _name: str, value: Any) -> QuerySet[Posting]:
    return rows.filter(direction_id=None if value == "none" else value.pk)


DIRECTION = Group("direction", _("Direction"), "direction_id", "direction", names_of(Category))
DOCTOR = Group("doctor", _("Doctor"), "doctor_id", "doctor", names_of(Staff))
DAY = Group("day", _("Day"), "effective_on", "day", days_of)


class LedgerReport(Report):
    """Rows of the book on one kind of account; lines of invoices are looked up for a page at once."""

    abstract = True
    permission = permissions.SEE_MONEY
    export_permission = permissions.EXPORT
    account_kind = ""
    told_by_totals = MappingProxyType(
        {
            "direction": "direction_id",
            "direction_id": "direction_id",
            "day": "effective_on",
            "effective_on": "effective_on",
        }
    )
    order = ("-effective_on", "-pk")
    filterset = filters_of(
        doctor=OrNone(queryset=Staff.objects.filter(is_doctor=True), label=_("Doctor")),
        direction=by_direction(),
        day=django_filters.DateFilter(field_name="effective_on", label=_("Day")),
        patient=django_filters.NumberFilter(field_name="patient_id", label=_("Patient"), widget=HiddenInput),
    )
    groups = (DIRECTION, DOCTOR, DAY)
    chart = "direction"
    columns = (
        Column("date", _("Date"), "effective_on", "effective_on", "date"),
        Column("invoice", _("Invoice"), lambda row: row.line and row.line.invoice, kind="link"),
        Column("patient", _("Patient"), lambda row: row.patient_name),
        Column("service", _("Service"), lambda row: row.service_name),
        Column("quantity", _("Quantity"), lambda row: row.quantity, kind="number"),
        Column("price", _("Price"), lambda row: row.price, kind="money", shown=False),
        Column("doctor", _("Doctor"), "doctor.short_name", "doctor__last_name"),
        Column("branch", _("Branch"), "branch.name", "branch__name"),
        Column("direction", _("Direction"), lambda row: row.direction_name, shown=False),
        Column("value", _("Sum"), lambda row: row.value, "value", "money"),
    )

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Posting]:
        return (
            postings_visible_to(self.user)
            .filter(account__kind=self.account_kind, branch_id__in=branch_ids)
            .filter(effective_on__range=(period.first, period.last))
            .select_related("doctor", "branch")
            .annotate(value=self.figure.measure)
        )

    def from_totals(self) -> QuerySet[Any] | None:
        period = self.period
        return day_sums(self.user, [self.account_kind], period.last, self.branch_ids, first=period.first)

    def decorate(self, rows: list[Any]) -> list[Any]:
        lines = InvoiceLine.objects.select_related("invoice", "direction").in_bulk(
            {row.line_id for row in rows if row.line_id}
        )
        patients = Patient.objects.only("last_name", "first_name", "middle_name").in_bulk(
            {row.patient_id for row in rows}
        )
        for row in rows:
            line, patient = lines.get(row.line_id), patients.get(row.patient_id)
            row.line, row.patient_name = line, patient.full_name if patient else ""
            row.service_name, row.direction_name = (line.name, str(line.direction)) if line else ("", "")
            row.quantity, row.price = (line.quantity, line.price) if line else (None, None)
        return rows

    def row_url(self, row: Any) -> str:
        return row.line.invoice.get_absolute_url() if row.line else ""


class IncomeReport(LedgerReport):
    """Rendered services (REP-02): what was earned, by the day of the service."""

    slug = "income"
    title = _("Rendered services")
    formula = _("Issued lines by the day of the service, after discounts; a roll-back counts on its own day")
    figure = money_figure(_("Income"), CREDITED)
    account_kind = "income"
    day_path = "effective_on"


class PaidReport(LedgerReport):
    """What patients paid towards invoices, by direction: money and deposits alike."""

    slug = "paid"
    title = _("Paid towards invoices")
    formula = _("Payments applied to invoices, from money and from deposits; returns are subtracted")
    figure = money_figure(_("Paid"), CREDITED)
    account_kind = "receivable"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Posting]:
        return super().source(period, branch_ids).filter(document_kind="payment")

    def from_totals(self) -> QuerySet[Any] | None:
        totals = super().from_totals()
        return None if totals is None else totals.filter(document_kind="payment")


@dataclass(slots=True)
class Standing:
    """What stands on a line of an invoice, or on a patient's deposit, at the end of a day."""

    value: Any
    patient: Patient | None
    line: InvoiceLine | None = None

    @property
    def invoice(self) -> str:
        return str(self.line.invoice) if self.line else ""

    def __str__(self) -> str:
        return self.patient.full_name if self.patient else ""


class StandingReport(Report):
    """Everything posted up to a day on one kind of account, summed by `keys`; what sums to nothing is left out."""

    abstract = True
    is_as_of = True
    permission = permissions.SEE_MONEY
    export_permission = permissions.EXPORT
    account_kind = ""
    keys: tuple[str, ...] = ()
    told_by_totals = MappingProxyType({"direction": "direction_id", "direction_id": "direction_id"})
    filterset = filters_of(
        doctor=OrNone(queryset=Staff.objects.filter(is_doctor=True), label=_("Doctor")),
        direction=by_direction(),
        patient=django_filters.NumberFilter(field_name="patient_id", label=_("Patient"), widget=HiddenInput),
    )
    groups = (DIRECTION, DOCTOR)

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Posting]:
        return postings_standing(self.user, period.last).filter(
            account__kind=self.account_kind, account__payer__kind="patient", branch_id__in=branch_ids
        )

    def from_totals(self) -> QuerySet[Any] | None:
        totals = day_sums_standing(self.user, [self.account_kind], self.period.last, self.branch_ids)
        return None if totals is None else totals.filter(payer_kind="patient")

    def rows(self) -> QuerySet[Any]:
        sums = (
            self.filtered().order_by().values(*self.keys).annotate(value=summed(self.figure.measure)).exclude(value=0)
        )
        return sums.order_by("value" if self.sort == "value" else "-value", *self.keys)

    def decorate(self, rows: list[Any]) -> list[Any]:
        lines = InvoiceLine.objects.select_related("invoice", "direction", "doctor").in_bulk(
            {row["line_id"] for row in rows if row.get("line_id")}
        )
        patients = Patient.objects.in_bulk({row["patient_id"] for row in rows})
        return [Standing(row["value"], patients.get(row["patient_id"]), lines.get(row.get("line_id"))) for row in rows]

    def row_url(self, row: Any) -> str:
        if row.line:
            return row.line.invoice.get_absolute_url()
        return row.patient.get_absolute_url() if row.patient else ""


class DebtReport(StandingReport):
    """What patients owe, line by line of their invoices, as of a day (BIL-07)."""

    slug = "debt"
    title = _("Debts")
    formula = _("Receivables from patients at the end of the last day")
    figure = money_figure(_("Debt"), DEBITED)
    account_kind = "receivable"
    keys = ("patient_id", "line_id")
    chart = "direction"
    columns = (
        Column("patient", _("Patient"), "patient.full_name"),
        Column("invoice", _("Invoice")),
        Column("date", _("Date"), "line.service_on", kind="date"),
        Column("service", _("Service"), "line.name"),
        Column("doctor", _("Doctor"), "line.doctor.short_name"),
        Column("direction", _("Direction"), "line.direction", shown=False),
        Column("line_sum", _("Sum of the service"), "line.sum", kind="money"),
        Column("value", _("Debt"), sort="value", kind="money"),
    )


class AdvanceReport(StandingReport):
    """What patients have put in and not spent, as of a day."""

    slug = "advance"
    title = _("Advances")
    formula = _("Deposits of patients at the end of the last day")
    figure = money_figure(_("Advance"), CREDITED)
    account_kind = "deposit"
    keys = ("patient_id",)
    columns = (
        Column("patient", _("Patient"), "patient.full_name"),
        Column("card_number", _("Card"), "patient.card_number"),
        Column("value", _("Advance"), sort="value", kind="money"),
    )


class FinanceReport(Report):
    """Movement of money (REP-03): every part of a payment by method."""

    slug = "finance"
    title = _("Money received")
    formula = _("Cash, card and bank taken in the period minus what was given back")
    permission = permissions.SEE_MONEY
    export_permission = permissions.EXPORT
    order = ("-payment__taken_at", "-pk")
    figure = money_figure(_("Receipts"), F("amount"))
    totals_measure = DEBITED
    told_by_totals = MappingProxyType({"payment__taken_on": "effective_on"})
    day_path = "payment__taken_on"
    columns = (
        Column("moment", _("Date and time"), "payment.taken_at", "payment__taken_at", "datetime"),
        Column("patient", _("Patient"), "payment.patient.full_name", "payment__patient__search_name"),
        Column("operation", _("Operation"), lambda row: row.payment.get_kind_display(), "payment__kind"),
        Column("method", _("Method"), lambda row: row.get_method_display(), "method"),
        Column("invoice", _("Invoice"), lambda row: str(row.invoice) if row.invoice else ""),
        Column("line_sum", _("Sum of the service"), "share.line.sum", kind="money", shown=False),
        Column("doctor", _("Doctor"), "share.line.doctor.short_name", "share__line__doctor__last_name"),
        Column("branch", _("Branch"), "payment.branch.name", "payment__branch__name", shown=False),
        Column("value", _("Sum"), "amount", "amount", "money"),
    )
    filterset = filters_of(
        operation=django_filters.ChoiceFilter(
            field_name="payment__kind", choices=Payment.Kind.choices, label=_("Operation")
        ),
        method=django_filters.ChoiceFilter(choices=Method.choices, label=_("Method")),
        doctor=OrNone(
            queryset=Staff.objects.filter(is_doctor=True), field_name="share__line__doctor", label=_("Doctor")
        ),
        direction=OrNone(queryset=Category.objects.all(), field_name="share__line__direction", label=_("Direction")),
    )
    groups = (
        Group("method", _("Method"), "method", "method", lambda keys: dict(Method.choices)),
        Group("operation", _("Operation"), "payment__kind", "operation", lambda keys: dict(Payment.Kind.choices)),
        Group("direction", _("Direction"), "share__line__direction_id", "direction", names_of(Category)),
    )
    chart = "method"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[PaymentPart]:
        rows = receipts_rows(self.user, period.first, period.last).filter(payment__branch_id__in=branch_ids)
        return rows.select_related("payment__patient", "payment__branch", "invoice", "share__line__doctor")

    def from_totals(self) -> QuerySet[Any] | None:
        """Payments are the only documents of theirs that touch where money lies; a cash order is not a payment."""
        period = self.period
        totals = day_sums(self.user, MONEY_ACCOUNTS, period.last, self.branch_ids, first=period.first)
        return None if totals is None else totals.filter(document_kind="payment")

    def row_url(self, row: PaymentPart) -> str:
        return row.invoice.get_absolute_url() if row.invoice else row.payment.get_absolute_url()
