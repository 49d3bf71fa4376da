"""Corrections of real life: a payment that came by another method, or was another patient's.

The payment is mirrored and another one stands in its place, both on today's day and in the shift that is open now: a
closed day, a closed shift and their papers stay as they were.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.events import DepositChanged, PaymentAccepted, PaymentCorrected, PaymentVoided
from billing.models import CashShift, Payment, PaymentPart, Status
from billing.models.payments import AT_THE_DESK, CHANGEABLE, MOVABLE
from billing.selectors.patients import patient_for_money
from billing.services.cash import check_held
from billing.services.locking import balances_of_lock, earlier_debts_lock, invoice_lock, patient_shares
from billing.services.payments import Tender, mirror_of, parts_to_mirror, payment_of, plan_parts, tenders_checked
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, payments_write
from core import live
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, Invalid
from core.events import publish
from core.money import ZERO, Money
from ledger.models import Payer
from ledger.services import payer_ensure
from patients.models import Patient

sentence("billing.payment.method_changed", _("Payment № %(number)s came by another method: was %(was)s, is %(now)s. %(reason)s"),
         "replace", "amber", **FINANCIAL)  # fmt: skip
sentence("billing.payment.moved_away", _("Payment № %(number)s of %(amount)s moved to card № %(card)s: %(reason)s"),
         "arrow-right", "amber", **FINANCIAL)  # fmt: skip
sentence("billing.payment.moved_here", _("Payment № %(number)s of %(amount)s moved here from card № %(card)s: %(reason)s"),
         "arrow-left", "amber", **FINANCIAL)  # fmt: skip


@command
def payment_method_change(*, payment_id: int, tenders: Sequence[Tender], reason: str, actor: Any) -> Payment:
    """The money came (or went) by another method than was entered: mirrored, and written as it was (BIL-08, BIL-35).

    `tenders` come to the same sum by cash and card. What it paid stays paid, a spent prepayment too. Raises
    IllegalMove, AlreadyVoided, Invalid, NotEnoughCash, CashShiftClosed. Reverse: the same, the other way.
    """
    _want_reason(reason)
    ordered = tenders_checked(tenders, AT_THE_DESK)
    payment = payment_of(payment_id, actor)
    if payment.kind not in CHANGEABLE or not payment.money:
        raise IllegalMove(source=payment.kind, to=payment.kind)
    sign = -1 if payment.money < 0 else 1
    if rules.total(ordered) != abs(payment.money):
        raise Invalid(fields={"amount": _("The methods have to come to the sum of the payment.")})
    parts = parts_to_mirror(payment, also=[payment.patient_id or 0])
    was = _tenders_of(payment)
    if ordered == was:
        raise Invalid(fields={"method": _("It was entered so already.")})
    balances_of_lock(payment.payer)
    _drawer_check(payment, -(sign * dict(ordered).get(rules.CASH, ZERO) - payment.cash))
    void, replacement = payments_write(
        [
            mirror_of(payment, parts, reason, actor),
            (_act(payment, actor, reason, _in_other_methods(parts, ordered, sign), payment.payer, payment.patient_id), None),
        ]
    )  # fmt: skip
    audit(
        actor, "billing.payment.method_changed", replacement, patient_id=payment.patient_id, branch_id=payment.branch_id,
        number=payment.pk, amount=payment.money, reason=reason, was=_as_facts(was), now=_as_facts(ordered), payment_id=payment.pk,
    )  # fmt: skip
    _tell(payment, void, replacement, payment.patient_id or 0, "method", [*parts])
    return replacement


@command
def payment_move(
    *, payment_id: int, patient_id: int, reason: str, actor: Any, invoice_id: int | None = None, to_debts: bool = True
) -> Payment:
    """The money was another patient's: what it paid is owed again, and it pays for him (BIL-08, BIL-35).

    It pays the invoice named, else with `to_debts` what he owes, oldest first; the rest goes to his deposit. What the
    first patient's deposit had paid returns there. Raises IllegalMove, InsufficientDeposit, AlreadyVoided, NotFound.
    Reverse: the same, back.
    """
    _want_reason(reason)
    payment = payment_of(payment_id, actor)
    if payment.kind not in MOVABLE or payment.money <= 0 or payment.patient_id is None:
        raise IllegalMove(source=payment.kind, to=payment.kind)
    patient = patient_for_money(patient_id, actor)
    if patient.pk == payment.patient_id:
        raise Invalid(fields={"patient": _("It is this patient's already.")})
    parts = parts_to_mirror(payment, also=[patient.pk])
    taken, rest = plan_parts(_tenders_of(payment), _shares_to_pay(patient, actor, invoice_id, to_debts))
    taken += [PlannedPart(method, None, amount) for method, amount in rest]
    payer = payer_ensure("patient", patient.pk, patient.full_name)
    wanted = sum((part.amount for part in parts if part.share is None), ZERO)
    balances_of_lock(payment.payer, payer, wanted=wanted)
    void, replacement = payments_write(
        [mirror_of(payment, parts, reason, actor), (_act(payment, actor, reason, taken, payer, patient.pk), None)]
    )
    first = Patient.objects.get(pk=payment.patient_id)
    common: dict[str, Any] = {
        "branch_id": payment.branch_id, "number": payment.pk, "amount": payment.money, "reason": reason,
        "payment_id": payment.pk,
    }  # fmt: skip
    audit(actor, "billing.payment.moved_away", void, patient_id=first.pk, card=patient.card_number, **common)
    audit(actor, "billing.payment.moved_here", replacement, patient_id=patient.pk, card=first.card_number, **common)
    _tell(payment, void, replacement, patient.pk, "patient", [*parts, *taken])
    return replacement


def _want_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})


def _shares_to_pay(patient: Patient, actor: Any, invoice_id: int | None, to_debts: bool) -> list[Any]:
    if invoice_id is None:
        return earlier_debts_lock(patient.pk) if to_debts else []
    invoice, shares, _desk = invoice_lock(invoice_id, actor)
    if invoice.patient_id != patient.pk:
        raise Invalid(fields={"invoice": _("This invoice is another patient's.")})
    if not invoice.is_standing:
        raise IllegalMove(source=invoice.status, to=Status.PAID)
    return patient_shares(shares)


def _tenders_of(payment: Payment) -> list[Tender]:
    return rules.in_order([("cash", abs(payment.cash)), ("card", abs(payment.card))])


def _as_facts(tenders: Sequence[Tender]) -> list[list[str]]:
    return [[method, str(amount)] for method, amount in tenders]


def _in_other_methods(parts: Sequence[PaymentPart], tenders: Sequence[Tender], sign: int) -> list[PlannedPart]:
    """The same sums to the same places by other methods; what the deposit paid stays as it is."""
    sums: dict[int, Money] = {}
    shares = {part.share.pk if part.share else 0: part.share for part in parts}
    for part in parts:
        if part.method in AT_THE_DESK:
            place = part.share.pk if part.share else 0
            sums[place] = sums.get(place, ZERO) + part.amount * sign
    spread, _rest = rules.spread(tenders, [rules.Due(place, amount) for place, amount in sums.items()])
    found = [PlannedPart(piece.method, shares[piece.share_id or 0], piece.amount * sign) for piece in spread]
    return found + [PlannedPart(p.method, p.share, p.amount) for p in parts if p.method not in AT_THE_DESK]


def _drawer_check(payment: Payment, out: Money) -> None:
    """Cash that was never in the drawer may leave it on paper only as far as the drawer holds it."""
    if out > 0 and payment.desk is not None:
        # The shift before the drawer, as a cash order does.
        CashShift.objects.select_for_update().filter(desk=payment.desk, closed_at__isnull=True).first()
        check_held(payment.desk, out)


def _act(
    payment: Payment, actor: Any, reason: str, parts: Sequence[PlannedPart], payer: Payer, patient_id: int | None
) -> Act:
    return Act(
        kind=payment.kind, payer=payer, patient_id=patient_id, branch_id=payment.branch_id, zone=payment.branch.timezone,
        desk_id=payment.desk_id, actor=actor, parts=parts, reason=reason, corrects_id=payment.pk,
    )  # fmt: skip


def _tell(
    payment: Payment, void: Payment, replacement: Payment, to_patient_id: int, what: str, parts: Sequence[Any]
) -> None:
    """Whoever knows of payments hears of both; whoever knows of corrections hears of them as one."""
    patient_id = payment.patient_id or 0
    publish(PaymentVoided(payment_id=payment.pk, patient_id=patient_id))
    publish(PaymentAccepted(payment_id=replacement.pk, patient_id=to_patient_id))
    publish(
        PaymentCorrected(
            payment_id=payment.pk,
            void_id=void.pk,
            replacement_id=replacement.pk,
            patient_id=patient_id,
            to_patient_id=to_patient_id,
            what=what,
        )
    )
    if what == "patient":
        publish(DepositChanged(payment_id=void.pk, patient_id=patient_id))
        publish(DepositChanged(payment_id=replacement.pk, patient_id=to_patient_id))
        for pk in (patient_id, to_patient_id):
            live.announce("deposit", pk, branch_id=payment.branch_id)
    for invoice in {part.share.invoice_id: part.share.invoice for part in parts if part.share}.values():
        live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
