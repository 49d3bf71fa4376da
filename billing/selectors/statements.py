"""The statement of a patient or of a family: what was charged and paid, document by document, from the book itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from billing.models import Invoice, Payment
from billing.selectors.patients import balances_of_patients
from core.money import ZERO, Money
from ledger.models import Posting
from patients.models import Patient
from patients.selectors import family_members


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One document on one day. `balance` is what they have (above zero) or owe after it."""

    on: date | None
    title: str
    who: str
    url: str
    charged: Money
    paid: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Member:
    patient: Patient
    deposit: Money
    debt: Money
    pays: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """`closing` is `opening` less what was charged, with what was paid."""

    members: list[Member]
    first: date
    last: date
    opening: Money
    rows: list[StatementRow]
    closing: Money

    @property
    def charged(self) -> Money:
        return sum((row.charged for row in self.rows), ZERO)

    @property
    def paid(self) -> Money:
        return sum((row.paid for row in self.rows), ZERO)

    @property
    def deposit(self) -> Money:
        return sum((member.deposit for member in self.members), ZERO)

    @property
    def debt(self) -> Money:
        return sum((member.debt for member in self.members), ZERO)


def members_money(user: Any, patient: Patient, *, with_family: bool = True) -> list[Member]:
    """Deposit and debt of the patient and of those of his family whom the user may see (BIL-40)."""
    people = [patient, *(family_members(patient, user) if with_family else [])]
    balances = balances_of_patients([one.pk for one in people])
    payer = patient.family.guarantor_id if with_family and patient.family else None
    return [Member(one, balances[one.pk].deposit, balances[one.pk].debt, one.pk == payer) for one in people]


def statement_of(user: Any, patient: Patient, first: date, last: date, *, with_family: bool = True) -> Statement:
    """Every figure is a sum of postings of their deposits and debts; what the user may not open is one row (BIL-40)."""
    members = members_money(user, patient, with_family=with_family)
    people = {member.patient.pk: member.patient for member in members}
    book = Posting.objects.filter(
        account__kind__in=("receivable", "deposit"), account__payer__kind="patient",
        account__payer__subject_id__in=list(people),
    )  # fmt: skip
    opening, closing = _net(book.filter(effective_on__lt=first)), _net(book.filter(effective_on__lte=last))
    rows = _rows(user, book.filter(effective_on__range=(first, last)), people, opening)
    reached = rows[-1].balance if rows else opening
    if closing != reached:
        rows.append(_row(None, _("In other branches"), "", "", closing - reached, closing))
    return Statement(members, first, last, opening, rows, closing)


def _net(rows: QuerySet[Posting]) -> Money:
    """What they have less what they owe: deposits grow by credits, debts by debits."""
    return rows.aggregate(net=Sum(F("credit") - F("debit")))["net"] or ZERO


def _rows(user: Any, book: QuerySet[Posting], people: dict[int, Patient], balance: Money) -> list[StatementRow]:
    mine = Q(branch_id__in=user.branch_ids)
    if user.scope == "own":
        mine &= Q(doctor_id=user.staff_id)
    found = (
        book.filter(mine).order_by().values("effective_on", "document_kind", "document_id", "account__payer__subject_id")
        .annotate(net=Sum(F("credit") - F("debit"))).order_by("effective_on", "document_kind", "document_id")
    )  # fmt: skip
    grouped: dict[tuple[date, str, int], list[Any]] = {}
    for row in found:
        net, who = grouped.setdefault(
            (row["effective_on"], row["document_kind"], row["document_id"]), [ZERO, dict[int, None]()]
        )
        grouped[row["effective_on"], row["document_kind"], row["document_id"]][0] = net + row["net"]
        who[row["account__payer__subject_id"]] = None
    documents = _documents([(kind, pk) for _day, kind, pk in grouped])
    rows: list[StatementRow] = []
    for (day, kind, pk), (net, who) in grouped.items():
        if net:
            balance += net
            title, url = documents.get((kind, pk), (_("Cards merged") if kind == "merge" else _("Other"), ""))
            names = ", ".join(people[one].short_name for one in who)
            rows.append(_row(day, title, names, url, net, balance))
    return rows


def _row(on: date | None, title: str, who: str, url: str, net: Money, balance: Money) -> StatementRow:
    return StatementRow(on, title, who, url, max(ZERO, -net), max(ZERO, net), balance)


def _documents(keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """What each document is called, and its page: two statements."""
    ids: dict[str, list[int]] = {"invoice": [], "payment": []}
    for kind, pk in keys:
        ids.setdefault(kind, []).append(pk)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for invoice in Invoice.objects.filter(pk__in=ids["invoice"]):
        title = _("Invoice %(number)s") % {"number": invoice}
        found["invoice", invoice.pk] = (title, invoice.get_absolute_url())
    for payment in Payment.objects.filter(pk__in=ids["payment"]):
        found["payment", payment.pk] = (f"{payment.get_kind_display()} {payment}", payment.get_absolute_url())
    return found
