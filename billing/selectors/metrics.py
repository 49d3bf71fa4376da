"""Income, receipts, advance and debt as rows (6): every figure of a report is the sum of `amount` over its rows.

All obey the user's branches, days and scope. Income and receipts are of a period, advance and debt stand as of a day.
"""

from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet, Sum

from billing.models import Method, PaymentPart
from billing.models.payments import MONEY
from billing.selectors.invoices import between
from ledger.models import Posting
from ledger.selectors import branches_seen_on, known_at, money_window, postings_visible_to


def income_rows(
    user: Any, first: date | None = None, last: date | None = None, *, known: datetime | None = None
) -> QuerySet[Posting]:
    """Income: issued lines by the day of the service; a roll-back counts on its own day (3.0).

    A row is a posting with `amount`, `effective_on, branch, direction_id, doctor, patient_id, line_id`, and
    `document_id`, the invoice. Income of payers with another kind of account (barter) is not in it.
    """
    rows = postings_visible_to(user).filter(account__kind="income")
    return between(known_at(rows, known), "effective_on", first, last).annotate(amount=F("credit") - F("debit"))


def receipts_rows(user: Any, first: date | None = None, last: date | None = None) -> QuerySet[PaymentPart]:
    """Receipts: money taken minus money given back, by the day it moved; deposits spent are not money (6).

    A row has `amount`, `method`, `payment`, and where it paid a service `share.line` with doctor and direction;
    without a share it went to or came from a deposit.
    """
    rows = PaymentPart.objects.filter(
        money_window(user, "payment__taken_on", "payment__branch_id"), payment__branch_id__in=user.branch_ids,
        method__in=MONEY,
    )  # fmt: skip
    if user.scope == "own":
        rows = rows.filter(share__line__doctor_id=user.staff_id)
    return between(rows, "payment__taken_on", first, last)


def cashless_rows(user: Any, first: date | None = None, last: date | None = None) -> QuerySet[PaymentPart]:
    """The part of receipts that the acquirer takes his percent of."""
    return receipts_rows(user, first, last).filter(method=Method.CARD)


def advance_rows(user: Any, as_of: date) -> QuerySet[Any]:
    """Advance: what patients have put in and not spent by the end of a day: `patient_id, amount` above zero (6)."""
    rows = postings_standing(user, as_of).filter(account__kind="deposit", account__payer__kind="patient")
    return _by_patient(rows, Sum(F("credit") - F("debit")))


def debt_rows(user: Any, as_of: date) -> QuerySet[Any]:
    """Debt: what patients owe by the end of a day: `patient_id, amount` above zero; insurers and barter apart (6)."""
    rows = postings_standing(user, as_of).filter(account__kind="receivable", account__payer__kind="patient")
    return _by_patient(rows, Sum(F("debit") - F("credit")))


def debt_lines(user: Any, as_of: date) -> QuerySet[Any]:
    """The same debt by direction and doctor: `direction_id, doctor_id, amount`."""
    rows = postings_standing(user, as_of).filter(account__kind="receivable", account__payer__kind="patient")
    found = rows.order_by().values("direction_id", "doctor_id").annotate(amount=Sum(F("debit") - F("credit")))
    return found.exclude(amount=0)


def postings_standing(user: Any, as_of: date) -> QuerySet[Posting]:
    """Everything posted up to a day, in branches where the user may see that day at all."""
    rows = Posting.objects.filter(branch_id__in=branches_seen_on(user, as_of), effective_on__lte=as_of)
    return rows.filter(doctor_id=user.staff_id) if user.scope == "own" else rows


def _by_patient(rows: QuerySet[Posting], amount: Any) -> QuerySet[Any]:
    return rows.order_by().values("patient_id").annotate(amount=amount).filter(amount__gt=0)
