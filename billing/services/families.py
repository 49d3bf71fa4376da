"""One pays for all: a patient's money pays his own debts and those of his family, oldest first (BIL-11, BIL-40).

The division is shown before it is done: what is asked to be paid names the division that was seen, and another one
is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import DivisionChanged, Overpaid
from billing.events import DepositChanged, PaymentAccepted
from billing.models import Payment, Share
from billing.selectors.patients import branch_for_money, patient_for_money
from billing.services.cash import desk_for
from billing.services.locking import debts_lock, debts_of, deposit_lock
from billing.services.payments import Tender, plan_parts, tenders_checked
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, payment_write
from core import live
from core.audit import audit, sentence
from core.command import command, lock
from core.events import publish
from core.money import ZERO, Money
from ledger.services import payer_ensure
from patients.models import Patient
from patients.selectors import family_members

sentence("billing.debts.paid", _("%(amount)s paid for debts, invoices %(invoices)s"), "users", "green", **FINANCIAL)
sentence("billing.debts.paid_for", _("%(amount)s paid for invoices %(invoices)s by card № %(card)s"), "users", "green",
         **FINANCIAL)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """So much of a debt; `left` is owed after it."""

    invoice: Any
    due: Money
    pays: Money

    @property
    def left(self) -> Money:
        return self.due - self.pays


@dataclass(frozen=True, slots=True)
class Division:
    """Where the money goes: debts oldest first, and what is over to the deposit of who pays."""

    pieces: list[Piece]
    to_deposit: Money

    @property
    def key(self) -> str:
        """What was seen, for the command to compare with what it finds."""
        seen = [f"{piece.invoice.pk}:{piece.due}:{piece.pays}" for piece in self.pieces]
        return ",".join([*seen, str(self.to_deposit)])

    @property
    def owed(self) -> Money:
        return sum((piece.due for piece in self.pieces), ZERO)


def payers_family(patient: Patient, actor: Any) -> list[Patient]:
    """The patient first, then those of his family whom the user may see."""
    return [patient, *family_members(patient, actor)]


def division_of(*, patient: Patient, tenders: Sequence[Tender], actor: Any, with_family: bool = True) -> Division:
    """The preview: nothing is locked and nothing is changed."""
    members = payers_family(patient, actor) if with_family else [patient]
    shares = debts_of([one.pk for one in members])
    return _division(shares, *plan_parts(rules.in_order(tenders), shares))


def _division(shares: Sequence[Share], parts: Iterable[PlannedPart], rest: Sequence[Tender]) -> Division:
    pays: dict[int, Money] = {}
    for part in parts:
        if part.share is not None:
            pays[part.share.invoice_id] = pays.get(part.share.invoice_id, ZERO) + part.amount
    invoices = {share.invoice_id: share.invoice for share in shares}
    pieces = [Piece(invoice, invoice.due, pays.get(pk, ZERO)) for pk, invoice in invoices.items()]
    return Division(pieces, rules.total(rest))


@command
def debts_pay(
    *, patient_id: int, tenders: Sequence[Tender], actor: Any, with_family: bool = True, seen: str | None = None,
    branch_id: int | None = None, desk_id: int | None = None,
) -> Payment:  # fmt: skip
    """A patient's cash, card and deposit pay what he and his family owe, oldest first (BIL-11, BIL-40).

    `seen` is the key of the division that was shown: another one by now is refused with DivisionChanged. The deposit
    pays no more than is owed; cash and card over it go to his deposit. Raises Overpaid, InsufficientDeposit,
    CashShiftClosed. Reverse: payment_void; a roll-back of one invoice returns its part to him who paid.
    """
    ordered = tenders_checked(tenders, ("cash", "card", "deposit"))
    patient = patient_for_money(patient_id, actor)
    branch = branch_for_money(patient, actor, branch_id)
    members = payers_family(patient, actor) if with_family else [patient]
    lock(*(("patient_money", one.pk) for one in members))
    shares = debts_lock([one.pk for one in members])
    payer = payer_ensure("patient", patient.pk, patient.full_name)
    from_deposit = dict(ordered).get(rules.DEPOSIT, ZERO)
    deposit_lock(payer, from_deposit)
    planned, rest = plan_parts(ordered, shares)
    division = _division(shares, planned, rest)
    if dict(rest).get(rules.DEPOSIT):
        raise Overpaid(due=str(division.owed))
    if seen is not None and seen != division.key:
        raise DivisionChanged
    payment = payment_write(
        Act(
            kind=Payment.Kind.PAYMENT if planned else Payment.Kind.DEPOSIT, payer=payer, patient_id=patient.pk,
            branch_id=branch.pk, zone=branch.timezone, actor=actor,
            desk_id=desk_for(branch.pk, actor, desk_id) if len(ordered) > bool(from_deposit) else None,
            parts=[*planned, *(PlannedPart(method, None, amount) for method, amount in rest)],
        )
    )  # fmt: skip
    _tell(payment, patient, planned, rules.total(ordered), actor)
    if from_deposit or rest:
        publish(DepositChanged(payment_id=payment.pk, patient_id=patient.pk))
        live.announce("deposit", patient.pk, branch_id=branch.pk)
    return payment


def _tell(payment: Payment, patient: Patient, parts: Sequence[PlannedPart], amount: Money, actor: Any) -> None:
    """Each member's feed has what was paid for him; who paid has the whole."""
    by_member: dict[int, list[PlannedPart]] = {patient.pk: []}
    for part in parts:
        if part.share is not None:
            by_member.setdefault(part.share.invoice.patient_id, []).append(part)
    common: dict[str, Any] = {"branch_id": payment.branch_id}
    audit(
        actor, "billing.debts.paid", payment, patient_id=patient.pk, amount=amount, invoices=_numbers(parts), **common
    )
    for member_id, own in by_member.items():
        if member_id != patient.pk:
            audit(
                actor, "billing.debts.paid_for", payment, patient_id=member_id, card=patient.card_number,
                amount=sum((part.amount for part in own), ZERO), invoices=_numbers(own), **common,
            )  # fmt: skip
    publish(PaymentAccepted(payment_id=payment.pk, patient_id=patient.pk))
    for invoice in {part.share.invoice_id: part.share.invoice for part in parts if part.share}.values():
        live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)


def _numbers(parts: Sequence[PlannedPart]) -> str:
    numbers = dict.fromkeys(part.share.invoice.number for part in parts if part.share)
    return ", ".join(f"№ {number}" for number in numbers) or "—"
