"""Invoices and payments that a user may see: of his branches, in lists of his days, with scope "own" of his work."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from billing.models import Invoice, InvoiceLine, Payment, PaymentPart, Schedule, Share, Status
from core.errors import NotFound
from core.text import digits, fold, keyboard_twins
from ledger.selectors import money_window


def _of_own_work(rows: QuerySet[Any], user: Any, invoice: str) -> QuerySet[Any]:
    if user.scope != "own":
        return rows
    return rows.filter(Exists(InvoiceLine.objects.filter(invoice_id=OuterRef(invoice), doctor_id=user.staff_id)))


def invoices_reachable_by(user: Any) -> QuerySet[Invoice]:
    """Invoices that a user may open: a patient's card leads to old ones too, so the days do not count here."""
    return _of_own_work(Invoice.objects.filter(branch_id__in=user.branch_ids), user, "pk")


def invoices_visible_to(user: Any) -> QuerySet[Invoice]:
    """Invoices that a user may list and count: his days only; drafts are nobody's day yet (SET-14, BIL-18)."""
    window = money_window(user, "issued_on")
    rows = invoices_reachable_by(user)
    return rows.filter(window | Q(status=Status.DRAFT)) if window else rows


def with_lines(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Lines, shares and payers with the rows: a fixed number of statements, however many there are."""
    lines = InvoiceLine.objects.select_related("doctor", "assistant", "direction").order_by("position", "pk")
    shares = Share.objects.select_related("payer").order_by("line_id", "pk")
    return rows.select_related("patient", "branch", "issued_by").prefetch_related(
        Prefetch("lines", lines), Prefetch("shares", shares)
    )


def invoice_get(user: Any, pk: int) -> Invoice:
    """One invoice with everything on it, in two statements; a stranger's is NotFound."""
    rows = invoices_reachable_by(user).select_related("patient", "branch__legal_entity", "plan", "issued_by")
    by_instalments = Schedule.objects.filter(invoice=OuterRef("pk"), ended_at__isnull=True)
    invoice = rows.annotate(has_schedule=Exists(by_instalments)).filter(pk=pk).first()
    if invoice is None:
        raise NotFound
    shares = Share.objects.filter(invoice=invoice).select_related(
        "payer", "line__doctor", "line__assistant", "line__direction"
    )
    found = list(shares.order_by("line__position", "line_id", "pk"))
    children_know(invoice, list({share.line_id: share.line for share in found}.values()), found)
    return invoice


def children_know(invoice: Invoice, lines: Sequence[InvoiceLine], shares: Sequence[Share]) -> None:
    """Tell an invoice its rows as a prefetch would, so that whoever shows it next asks nothing."""
    known: dict[str, QuerySet[Any]] = {
        "lines": InvoiceLine.objects.filter(invoice=invoice), "shares": Share.objects.filter(invoice=invoice)
    }  # fmt: skip
    for name, rows in (("lines", lines), ("shares", shares)):
        known[name]._result_cache = list(rows)  # type: ignore[attr-defined]
        known[name]._prefetch_done = True  # type: ignore[attr-defined]
    invoice._prefetched_objects_cache = known  # type: ignore[attr-defined]


def invoices_of_patient(user: Any, patient_ids: Iterable[int]) -> QuerySet[Invoice]:
    """All invoices of a card, of any day: the card shows its whole history (5)."""
    return invoices_reachable_by(user).filter(patient_id__in=list(patient_ids)).order_by("-issued_at", "-pk")


def patient_named(text: str) -> Q:
    """Words of the patient's name in any order, as typed or as the other keyboard layout would have them."""
    wanted = Q()
    for reading in (fold(text), *keyboard_twins(text)):
        every = Q()
        for word in reading.split():
            every &= Q(patient__search_name__contains=word)
        wanted |= every
    return wanted


def invoices_matching(rows: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    """By number, or by words of the patient's name in any order; a wrong keyboard layout is forgiven."""
    wanted = patient_named(text)
    if (number := digits(text)) and len(number) < 15:
        wanted |= Q(number=int(number))
    return rows.filter(wanted)


def payments_reachable_by(user: Any) -> QuerySet[Payment]:
    rows = Payment.objects.filter(branch_id__in=user.branch_ids)
    if user.scope != "own":
        return rows
    own = PaymentPart.objects.filter(payment_id=OuterRef("pk"), share__line__doctor_id=user.staff_id)
    return rows.filter(Exists(own))


def payments_visible_to(user: Any) -> QuerySet[Payment]:
    """Payments that a user may list and count: his branches and days (SET-14, BIL-18)."""
    return payments_reachable_by(user).filter(money_window(user, "taken_on"))


def payment_get(user: Any, pk: int) -> Payment:
    payment = (
        payments_reachable_by(user)
        .select_related("patient", "branch__legal_entity", "desk", "shift", "taken_by", "payer", "reverses", "corrects")
        .filter(pk=pk)
        .first()
    )
    if payment is None:
        raise NotFound
    return payment


def payments_of_invoice(invoice: Invoice) -> list[dict[str, Any]]:
    """What each payment brought to an invoice or took back, oldest first: one row a payment and method."""
    rows = (
        PaymentPart.objects.filter(invoice=invoice)
        .select_related("payment__taken_by", "payment__reverses")
        .annotate(is_voided=Exists(Payment.objects.filter(reverses=OuterRef("payment_id"))))
        .order_by("payment_id", "pk")
    )
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for part in rows:
        row = found.setdefault(
            (part.payment_id, part.method),
            {
                "payment": part.payment,
                "method": part.get_method_display(),
                "amount": 0,
                "is_voided": part.is_voided,
            },
        )
        row["amount"] += part.amount
    return list(found.values())


def between(rows: QuerySet[Any], field: str, first: date | None, last: date | None) -> QuerySet[Any]:
    if first is not None:
        rows = rows.filter(**{f"{field}__gte": first})
    return rows.filter(**{f"{field}__lte": last}) if last is not None else rows
