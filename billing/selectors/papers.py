"""Invoice and receipt as paper: plain values, so that a sheet is compared as data (3.1)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models import CashMovement, Invoice, Payment, PaymentPart
from billing.selectors.pages import ShareRow, sums_of
from billing.slots import Fiscalised, fiscal_of
from core.clock import local
from core.money import ZERO, Money
from core.templatetags.ui import currency
from documents.words import amount_in_words


@dataclass(frozen=True, slots=True)
class PaperLine:
    name: str
    code: str
    teeth: str
    doctor: str
    quantity: int
    price: Money
    discount: Money
    sum: Money


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """An invoice for the patient: who sells, what, for how much, who pays, what is left."""

    entity: Any
    branch: Any
    number: str
    day: date | None
    patient: str
    card_number: str
    lines: list[PaperLine]
    total: Money
    discount: Money
    others: list[ShareRow]
    patient_part: Money
    paid: Money
    due: Money
    words: str
    note: str
    is_rolled_back: bool


def invoice_paper(invoice: Invoice, language: str) -> InvoicePaper:
    sums = sums_of(invoice)
    return InvoicePaper(
        entity=invoice.legal_entity, branch=invoice.branch, number=str(invoice.number or ""), day=invoice.issued_on,
        patient=invoice.patient.full_name, card_number=invoice.patient.card_number,
        lines=[
            PaperLine(
                line.service.name_en if language == "en" and line.service.name_en else line.name, line.code,
                ", ".join(map(str, line.teeth)), line.doctor.short_name if line.doctor else "", line.quantity, line.price,
                line.discount, line.sum,
            )
            for line in invoice.lines.select_related("service", "doctor")
        ],
        total=invoice.total, discount=invoice.discount, others=sums.others, patient_part=sums.patient, paid=sums.paid,
        due=sums.due, words=amount_in_words(sums.patient, currency(), language), note=invoice.note,
        is_rolled_back=invoice.status == "rolled_back",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt of one payment. `fiscal` is what became of its fiscal receipt (BIL-19)."""

    entity: Any
    branch: Any
    number: str
    sign: str
    at: datetime
    cashier: str
    shift: str
    patient: str
    items: list[tuple[str, Money]]
    cash: Money
    card: Money
    deposit: Money
    total: Money
    words: str
    reason: str
    is_voided: bool
    fiscal: Fiscalised | None = None


def receipt_of(payment: Payment, language: str = "ru") -> ReceiptPaper:
    """What the payment was for, grouped by service; «advance» where it went to the deposit."""
    parts = list(payment.parts.select_related("share__line", "invoice").order_by("pk"))
    items: dict[str, Money] = {}
    for part in parts:
        name = item_name(part)
        items[name] = items.get(name, ZERO) + part.amount
    deposit = sum((part.amount for part in parts if part.method == "deposit"), ZERO)
    total = payment.cash + payment.card + deposit
    return ReceiptPaper(
        entity=payment.branch.legal_entity, branch=payment.branch, number=str(payment.pk), sign=sign_of(payment),
        at=local(payment.taken_at, payment.branch.timezone), cashier=str(payment.taken_by or ""),
        shift=str(payment.shift or ""), patient=payment.patient.full_name if payment.patient else str(payment.payer),
        items=[(name, abs(amount)) for name, amount in items.items()], cash=abs(payment.cash), card=abs(payment.card),
        deposit=abs(deposit), total=abs(total), words=amount_in_words(abs(total), currency(), language),
        reason=payment.reason, is_voided=payment.mirrors.exists(), fiscal=fiscal_of(payment.pk),
    )  # fmt: skip


def item_name(part: PaymentPart) -> str:
    if part.share is None:
        return _("Advance payment")
    number = f" (№ {part.invoice.number})" if part.invoice else ""
    return f"{part.share.line.name}{number}"


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """A cash order by the unified forms KO-1 and KO-2 (Goskomstat, 18.08.1998, No. 88)."""

    entity: Any
    branch: Any
    desk: str
    number: int
    day: date
    person: str
    basis: str
    amount: Money
    words: str
    cashier: str
    is_receipt: bool
    form: str
    okud: str


def order_paper(order: CashMovement, language: str) -> OrderPaper:
    basis = [str(order.article or ""), order.note]
    return OrderPaper(
        entity=order.legal_entity, branch=order.branch, desk=str(order.desk), number=order.number, day=order.made_on,
        person=order.person, basis=". ".join(word for word in basis if word), amount=abs(order.amount),
        words=amount_in_words(abs(order.amount), currency(), language), cashier=str(order.made_by or ""),
        is_receipt=order.is_receipt, form="КО-1" if order.is_receipt else "КО-2",
        okud="0310001" if order.is_receipt else "0310002",
    )  # fmt: skip


def sign_of(payment: Payment) -> str:
    """The sign of calculation (tag 1054)."""
    return (
        _("Receipt")
        if payment.money >= 0 and payment.kind not in ("void", "return", "withdrawal")
        else _("Refund receipt")
    )
