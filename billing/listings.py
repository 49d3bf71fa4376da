"""List screens of money: invoices, payments, debts, cash shifts, articles, desks."""

from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing import permissions, rules
from billing.models import Article, CashDesk, Invoice, InvoiceLine, Payment, Share, Status
from billing.selectors.cash import articles_live, desks_visible_to, shifts_visible_to
from billing.selectors.instalments import with_instalments
from billing.selectors.invoices import (
    invoices_matching,
    invoices_reachable_by,
    invoices_visible_to,
    patient_named,
    payments_visible_to,
    with_lines,
)
from billing.selectors.visits import visits_to_pay
from billing.slots import PAYERS
from clinic.selectors import branches_visible_to, staff_visible_to
from core import clock
from core.listing import Column, Create, Listing, Total, scoped
from core.templatetags.ui import money


def payer_choices() -> list[tuple[str, Any]]:
    return [("patient", _("Patient")), *((kind.kind, kind.title) for kind in PAYERS)]


def doctors(user: Any) -> QuerySet[Any]:
    return staff_visible_to(user).filter(is_doctor=True)


class InvoiceFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Number or patient"))
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Status.choices)
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors), method="by_doctor")
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    payer = django_filters.ChoiceFilter(label=_("Payer"), choices=payer_choices, method="by_payer")
    patient = django_filters.NumberFilter(label=_("Patient's key"), widget=forms.HiddenInput)
    plan = django_filters.NumberFilter(label=_("Plan's key"), widget=forms.HiddenInput)
    appointment = django_filters.NumberFilter(label=_("Appointment's key"), widget=forms.HiddenInput)
    locals()["from"] = django_filters.DateFilter(field_name="issued_on", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="issued_on", lookup_expr="lte", label=_("To"))

    def by_text(self, rows: QuerySet[Invoice], name: str, text: str) -> QuerySet[Invoice]:
        return invoices_matching(rows, text)

    def by_doctor(self, rows: QuerySet[Invoice], name: str, doctor: Any) -> QuerySet[Invoice]:
        return rows.filter(Exists(InvoiceLine.objects.filter(invoice=OuterRef("pk"), doctor=doctor)))

    def by_payer(self, rows: QuerySet[Invoice], name: str, kind: str) -> QuerySet[Invoice]:
        return rows.filter(Exists(Share.objects.filter(invoice=OuterRef("pk"), kind=kind)))


def patient_cell(row: Any) -> dict[str, Any]:
    return {"name": row.patient.full_name, "sub": [f"№ {row.patient.card_number}"]}


def doctors_of(invoice: Invoice) -> str:
    names = dict.fromkeys(line.doctor.short_name for line in invoice.lines.all() if line.doctor)
    return ", ".join(names)


class InvoiceListing(Listing):
    slug = "invoices"
    title = _("Invoices")
    permission = permissions.SEE_MONEY
    filterset = InvoiceFilter
    order = ("-issued_at", "-pk")
    creates = Create(_("New invoice"), "billing:invoice-new", permissions.ISSUE_INVOICE, panel=False)
    search_placeholder = _("Number or patient")
    empty_title = _("No invoices yet")
    empty_text = _("Invoice a finished visit or an approved plan: the patient pays here.")
    live_kinds = "invoice"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Invoice"), kind="link", value=str, sort="number"),
        Column("issued_at", _("Issued"), kind="datetime", sort="issued_at"),
        Column("patient", _("Patient"), kind="person", value=patient_cell, sort="patient__sort_key"),
        Column("doctors", _("Doctors"), value=doctors_of),
        Column("total", _("Total"), kind="money", sort="total"),
        Column("paid", _("Paid"), kind="money", sort="paid"),
        Column("due", _("To pay"), kind="balance", value=lambda row: -row.due or None, sort="due"),
        Column(
            "status", _("Status"), kind="badge", value=lambda row: (row.get_status_display(), row.tone), sort="status"
        ),
        Column("branch", _("Branch"), value="branch__name", sort="branch__position"),
        Column("note", _("Note"), shown=False),
    )
    totals = (
        Total("total", _("Total"), Sum("total")),
        Total("paid", _("Paid"), Sum("paid")),
        Total("due", _("To pay"), Sum("due")),
    )

    def queryset(self) -> QuerySet[Any]:
        return with_lines(invoices_visible_to(self.user))


class PaymentFilter(django_filters.FilterSet):
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=Payment.Kind.choices)
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    desk = django_filters.ModelChoiceFilter(label=_("Cash desk"), queryset=scoped(desks_visible_to))
    patient = django_filters.NumberFilter(label=_("Patient's key"), widget=forms.HiddenInput)
    invoice = django_filters.NumberFilter(
        field_name="parts__invoice", label=_("Invoice's key"), distinct=True, widget=forms.HiddenInput
    )
    locals()["from"] = django_filters.DateFilter(field_name="taken_on", lookup_expr="gte", label=_("From"))
    to = django_filters.DateFilter(field_name="taken_on", lookup_expr="lte", label=_("To"))


class PaymentListing(Listing):
    """Everything that went over the desks (BIL-18: invoices and payments of the day)."""

    slug = "payments"
    title = _("Payments")
    permission = permissions.SEE_MONEY
    filterset = PaymentFilter
    order = ("-taken_at", "-pk")
    empty_title = _("No payments yet")
    empty_text = _("Payments appear here as they are taken on invoices and deposits.")
    live_kinds = "invoice deposit"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Payment"), kind="link", value=str, sort="pk"),
        Column("taken_at", _("Taken"), kind="datetime", sort="taken_at"),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), sort="kind"),
        Column("patient", _("Patient"), value=lambda row: row.patient.full_name if row.patient else str(row.payer)),
        Column("cash", _("Cash"), kind="money", value=lambda row: row.cash or None, sort="cash"),
        Column("card", _("Card"), kind="money", value=lambda row: row.card or None, sort="card"),
        Column("taken_by", _("Taken by"), value=lambda row: str(row.taken_by or "")),
        Column("desk", _("Cash desk"), value=lambda row: str(row.desk or "")),
        Column("branch", _("Branch"), value="branch__name", shown=False),
        Column("reason", _("Reason"), shown=False),
    )
    totals = (Total("cash", _("Cash"), Sum("cash")), Total("card", _("Card"), Sum("card")))

    def queryset(self) -> QuerySet[Any]:
        return payments_visible_to(self.user).select_related("patient", "payer", "taken_by", "desk", "branch")


def age_of(invoice: Invoice) -> int:
    """Days since the invoice, by the branch's clock."""
    return (clock.today(invoice.branch.timezone) - (invoice.issued_on or date.max)).days


def age_badge(invoice: Invoice) -> tuple[str, str]:
    days = age_of(invoice)
    text = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return text, ("grey", "amber", "amber", "red")[rules.age_bucket(days)]


def instalments_badge(invoice: Any) -> tuple[str, str] | None:
    """What is overdue of what was agreed, else the next day."""
    if not invoice.has_schedule:
        return None
    if invoice.overdue > 0:
        return gettext_now("overdue %(sum)s") % {"sum": money(invoice.overdue)}, "red"
    return gettext_now("next on %(day)s") % {"day": f"{invoice.next_due:%d.%m.%Y}"}, "grey"


class DebtFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Number or patient"))
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors), method="by_doctor")
    older = django_filters.ChoiceFilter(
        label=_("Age of the debt"), method="by_age",
        choices=(("30", _("over 30 days")), ("60", _("over 60 days")), ("90", _("over 90 days"))),
    )  # fmt: skip

    overdue = django_filters.BooleanFilter(label=_("Instalment overdue"), method="by_overdue")

    def by_text(self, rows: QuerySet[Invoice], name: str, text: str) -> QuerySet[Invoice]:
        return invoices_matching(rows, text)

    def by_doctor(self, rows: QuerySet[Invoice], name: str, doctor: Any) -> QuerySet[Invoice]:
        return rows.filter(Exists(InvoiceLine.objects.filter(invoice=OuterRef("pk"), doctor=doctor)))

    def by_overdue(self, rows: QuerySet[Invoice], name: str, wanted: bool) -> QuerySet[Invoice]:
        overdue = Q(has_schedule=True, overdue__gt=0)
        return rows.filter(overdue if wanted else ~overdue)

    def by_age(self, rows: QuerySet[Invoice], name: str, days: str) -> QuerySet[Invoice]:
        return rows.filter(issued_on__lt=clock.now().date() - timedelta(days=int(days)))


class DebtListing(Listing):
    """Who owes and for how long, oldest first (BIL-07)."""

    slug = "debts"
    title = _("Debts")
    permission = permissions.SEE_DEBTS
    filterset = DebtFilter
    order = ("issued_at", "pk")
    search_placeholder = _("Number or patient")
    empty_title = _("Nobody owes anything")
    empty_text = _("Invoices that patients have not paid in full stand here by age.")
    live_kinds = "invoice"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("patient", _("Patient"), kind="person", value=patient_cell, sort="patient__sort_key"),
        Column("phone", _("Phone"), kind="phone", value="patient__phone"),
        Column("invoice", _("Invoice"), kind="link", value=str, sort="number"),
        Column("issued_on", _("Issued"), kind="date", sort="issued_on"),
        Column("age", _("Age"), kind="badge", value=age_badge, sort="issued_on"),
        Column("instalments", _("Instalments"), kind="badge", value=instalments_badge, sort="next_due"),
        Column("total", _("Total"), kind="money", sort="total"),
        Column("due", _("Owes"), kind="balance", value=lambda row: -row.due, sort="due"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__position"),
    )
    totals = (Total("total", _("Total"), Sum("total")), Total("due", _("Owes"), Sum("due")))

    def queryset(self) -> QuerySet[Any]:
        return with_instalments(invoices_reachable_by(self.user).owed()).select_related("patient", "branch")  # type: ignore[attr-defined]


class ShiftFilter(django_filters.FilterSet):
    branch = django_filters.ModelChoiceFilter(
        field_name="desk__branch", label=_("Branch"), queryset=scoped(branches_visible_to)
    )
    desk = django_filters.ModelChoiceFilter(label=_("Cash desk"), queryset=scoped(desks_visible_to))
    is_open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull", label=_("Open"))


class ShiftListing(Listing):
    slug = "cash-shifts"
    title = _("Cash shifts")
    permission = permissions.USE_DESK
    filterset = ShiftFilter
    order = ("-opened_at", "-pk")
    active = "cash"
    empty_title = _("No shift has been opened yet")
    empty_text = _("Open one at the cash desk: count what is in the drawer and begin.")
    live_kinds = "cash_shift"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", _("Shift"), kind="link", value=lambda row: f"№ {row.number}", sort="number"),
        Column("desk", _("Cash desk"), value=lambda row: row.desk.name, sort="desk__name"),
        Column("opened_at", _("Opened"), kind="datetime", sort="opened_at"),
        Column("opened_by", _("Opened by"), value=lambda row: str(row.opened_by)),
        Column("closed_at", _("Closed"), kind="datetime", sort="closed_at"),
        Column("opening", _("At the start"), kind="money", sort="opening"),
        Column("expected", _("Expected"), kind="money", sort="expected"),
        Column("counted", _("Counted"), kind="money", sort="counted"),
        Column("difference", _("Difference"), kind="balance", sort="difference"),
        Column("branch", _("Branch"), value="desk__branch__name", shown=False),
    )

    def queryset(self) -> QuerySet[Any]:
        return shifts_visible_to(self.user)


class DeskListing(Listing):
    slug = "cash-desks"
    title = _("Cash desks")
    permission = permissions.USE_DESK
    order = ("branch__position", "branch_id", "position", "pk")
    active = "cash"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Cash desk"), kind="link", value=str, sort="name"),
        Column("branch", _("Branch"), value="branch__name", sort="branch__position"),
    )

    def queryset(self) -> QuerySet[Any]:
        return desks_visible_to(self.user)

    def row_url(self, row: CashDesk) -> str:
        return f"{reverse('billing:cash')}?desk={row.pk}"


class ArticleListing(Listing):
    slug = "cash-articles"
    title = _("Cash articles")
    permission = permissions.USE_DESK
    order = ("name", "pk")
    active = "cash"
    creates = Create(_("New article"), "billing:article-new", permissions.EDIT_ARTICLES)
    empty_title = _("No articles yet")
    empty_text = _("Name what cash is put in and taken out for: supplies, collection, change.")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", _("Article"), sort="name"),
        Column("direction", _("Direction"), value=lambda row: row.get_direction_display(), sort="direction"),
        Column("result", _("Counts as"), value=lambda row: row.get_result_display(), sort="result"),
    )

    def queryset(self) -> QuerySet[Any]:
        return articles_live()

    def row_url(self, row: Article) -> str:
        return ""


class ToPayFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_text", label=_("Patient"))
    doctor = django_filters.ModelChoiceFilter(label=_("Doctor"), queryset=scoped(doctors))
    branch = django_filters.ModelChoiceFilter(label=_("Branch"), queryset=scoped(branches_visible_to))

    def by_text(self, rows: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        return rows.filter(patient_named(text))


def finished_at(visit: Any) -> Any:
    return clock.local(visit.finished_at, visit.branch.timezone)


def to_pay_badge(visit: Any) -> tuple[Any, str]:
    """What the desk does with the visit next."""
    if visit.invoice_pk is None:
        return _("Not filled in"), "grey"
    if visit.invoice_status == Status.DRAFT:
        return _("Invoice ready"), "amber"
    return Status(visit.invoice_status).label, "blue"


class ToPayListing(Listing):
    """Finished visits whose money the desk has still to take, longest waiting first (SCH-25)."""

    slug = "to-pay"
    title = _("To pay")
    permission = permissions.ISSUE_INVOICE
    filterset = ToPayFilter
    order = ("state_since", "pk")
    search_placeholder = _("Patient")
    empty_title = _("Everybody has paid")
    empty_text = _("A finished visit appears here with its invoice ready.")
    live_kinds = "appointment invoice"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("patient", _("Patient"), kind="person", value=patient_cell, sort="patient__sort_key"),
        Column("finished_at", _("Finished"), kind="time", value=finished_at, sort="state_since"),
        Column("doctor", _("Doctor"), value="doctor.short_name", sort="doctor__last_name"),
        Column("chair", _("Chair"), value="chair.name", shown=False),
        Column("total", _("Total"), kind="money", value="invoice_total"),
        Column("due", _("To pay"), kind="balance", value=lambda row: -row.invoice_due if row.invoice_due else None),
        Column("status", _("Invoice"), kind="badge", value=to_pay_badge),
        Column("branch", _("Branch"), value="branch.name", sort="branch__position"),
    )

    def queryset(self) -> QuerySet[Any]:
        return visits_to_pay(self.user).select_related("patient", "doctor", "chair", "branch")

    def row_url(self, row: Any) -> str:
        """The prepared invoice; without one the visit, where its work order is filled in."""
        return reverse("billing:invoice", args=[row.invoice_pk]) if row.invoice_pk else row.get_absolute_url()

    def row_actions(self, row: Any) -> list[dict[str, Any]]:
        if row.invoice_pk:
            return []
        url = reverse("scheduling:work-order", args=[row.pk])
        return [{"label": _("Fill in the work order"), "icon": "clipboard", "url": url, "panel": True}]

    def row_name(self, row: Any) -> str:
        return str(row.patient.full_name)
