"""Reports of the desk: invoices issued, and what came into the drawers and went out of them (REP-12, BIL-18)."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import CashDesk, CashMovement, Invoice, Payment, Status
from billing.models.invoices import STANDING
from billing.selectors.cash import order_name
from billing.selectors.invoices import invoices_visible_to
from core.listing import Column, Total
from ledger.models import Posting
from ledger.selectors import postings_visible_to
from ledger.words import DOCUMENTS
from reports import permissions
from reports.money import DEBITED, money_figure, summed
from reports.periods import Period
from reports.report import Group, Report, filters_of, names_of


class IssuedReport(Report):
    """Invoices of the period that stand, with what was paid of them up to now."""

    slug = "issued"
    title = _("Invoices issued")
    formula = _("Invoices issued in the period that were not rolled back, after discounts")
    permission = permissions.SEE_MONEY
    export_permission = permissions.EXPORT
    order = ("-issued_at", "-pk")
    figure = money_figure(_("Invoiced"), F("total"))
    figures = (
        Total("paid", _("Paid"), summed("paid"), permission=permissions.SEE_MONEY),
        Total("due", _("To pay"), summed("due"), permission=permissions.SEE_MONEY),
    )
    columns = (
        Column("number", _("Invoice"), lambda row: row, "number", "link"),
        Column("moment", _("Issued"), "issued_at", "issued_at", "datetime"),
        Column("patient", _("Patient"), "patient.full_name", "patient__search_name"),
        Column("status", _("Status"), lambda row: row.get_status_display(), "status"),
        Column("paid", _("Paid"), sort="paid", kind="money"),
        Column("due", _("To pay"), sort="due", kind="money"),
        Column("issued_by", _("Issued by"), "issued_by", "issued_by__name"),
        Column("branch", _("Branch"), "branch.name", "branch__name", shown=False),
        Column("value", _("Sum"), "total", "total", "money"),
    )
    filterset = filters_of(
        status=django_filters.ChoiceFilter(
            choices=[(each.value, each.label) for each in Status if each in STANDING], label=_("Status")
        )
    )
    groups = (Group("status", _("Status"), "status", "status", lambda keys: dict(Status.choices)),)
    chart = "status"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Invoice]:
        rows = invoices_visible_to(self.user).filter(branch_id__in=branch_ids, status__in=STANDING)
        rows = rows.filter(issued_on__range=(period.first, period.last))
        return rows.select_related("patient", "branch", "issued_by")


def by_way(rows: QuerySet[Posting], _name: str, way: str) -> QuerySet[Posting]:
    return rows.filter(debit__gt=0) if way == "in" else rows.filter(credit__gt=0)


def of_desk(rows: QuerySet[Posting], _name: str, desk: CashDesk) -> QuerySet[Posting]:
    return rows.filter(account__subject_id=desk.pk)


class CashFlowReport(Report):
    """Every movement of cash in the drawers, from the book: payments, cash orders, differences found when counting."""

    slug = "cash-flow"
    title = _("Cash flow")
    formula = _("Cash that came into the desks in the period minus cash that went out of them")
    permission = permissions.SEE_MONEY
    export_permission = permissions.EXPORT
    order = ("-posted_at", "-pk")
    figure = money_figure(_("Balance of the period"), DEBITED)
    figures = (
        Total("came", _("Cash in"), Sum("debit"), permission=permissions.SEE_MONEY),
        Total("went", _("Cash out"), Sum("credit"), permission=permissions.SEE_MONEY),
    )
    day_path = "effective_on"
    columns = (
        Column("moment", _("Date and time"), "posted_at", "posted_at", "datetime"),
        Column("document", _("Document"), lambda row: (row.document_name, row.document_url), kind="link"),
        Column("what", _("Operation"), lambda row: row.what),
        Column("who", _("Who"), lambda row: row.who),
        Column("came", _("Cash in"), lambda row: row.debit or None, "debit", "money"),
        Column("went", _("Cash out"), lambda row: row.credit or None, "credit", "money"),
        Column("actor", _("Cashier"), lambda row: str(row.actor or ""), "actor__name"),
        Column("desk", _("Cash desk"), lambda row: row.desk_name),
        Column("branch", _("Branch"), "branch.name", "branch__name", shown=False),
        Column("value", _("Sum"), lambda row: row.debit - row.credit, kind="money", shown=False),
    )
    filterset = filters_of(
        way=django_filters.ChoiceFilter(
            choices=(("in", _("Cash in")), ("out", _("Cash out"))), method=by_way, label=_("Direction")
        ),
        document=django_filters.ChoiceFilter(
            field_name="document_kind", choices=list(DOCUMENTS.items()), label=_("Document")
        ),
        desk=django_filters.ModelChoiceFilter(queryset=CashDesk.objects.all(), method=of_desk, label=_("Cash desk")),
    )
    groups = (
        Group("document", _("Document"), "document_kind", "document", lambda keys: dict(DOCUMENTS)),
        Group("desk", _("Cash desk"), "account__subject_id", "desk", names_of(CashDesk)),
    )
    chart = "document"

    def source(self, period: Period, branch_ids: list[int]) -> QuerySet[Posting]:
        return (
            postings_visible_to(self.user)
            .filter(account__kind="cash", branch_id__in=branch_ids, effective_on__range=(period.first, period.last))
            .select_related("account", "branch", "actor")
        )

    def decorate(self, rows: list[Any]) -> list[Any]:
        def ids(kind: str) -> set[int]:
            return {row.document_id for row in rows if row.document_kind == kind}

        payments = Payment.objects.select_related("patient", "payer").in_bulk(ids("payment"))
        orders = CashMovement.objects.select_related("article").in_bulk(ids("cash_order"))
        desks = CashDesk.objects.in_bulk({row.account.subject_id for row in rows})
        for row in rows:
            payment, order = payments.get(row.document_id), orders.get(row.document_id)
            row.desk_name = str(desks.get(row.account.subject_id, ""))
            if row.document_kind == "payment" and payment:
                told(
                    row,
                    str(payment),
                    payment.get_absolute_url(),
                    payment.get_kind_display(),
                    payment.patient or payment.payer,
                )
            elif row.document_kind == "cash_order" and order:
                url = reverse("billing:order-pdf", args=[order.pk])
                told(row, order_name(order), url, order.article or row.note, order.person)
            else:
                url = reverse("billing:shift", args=[row.document_id])
                told(row, str(DOCUMENTS["cash_shift"]), url, _("Difference of the count"), row.note)
        return rows

    def row_url(self, row: Any) -> str:
        return str(row.document_url)


def told(row: Any, name: str, url: str, what: Any, who: Any) -> None:
    row.document_name, row.document_url, row.what, row.who = name, url, str(what), str(who)
