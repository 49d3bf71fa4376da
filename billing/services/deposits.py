"""Prepayments: put in, given back, spent on earlier debts."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import InsufficientDeposit
from billing.events import DepositChanged, PaymentAccepted
from billing.models import Payment, PaymentPart
from billing.policies import AUTO_DISTRIBUTE
from billing.selectors.patients import branch_for_money, patient_for_money
from billing.services.cash import desk_for
from billing.services.locking import deposit_lock, earlier_debts_lock
from billing.services.payments import Tender, plan_parts, tenders_checked
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, payment_write
from core import live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid
from core.events import publish
from core.money import ZERO, Money
from ledger.models import Payer
from ledger.services import payer_ensure

ORIGINAL = "original"

sentence("billing.deposit.put", _("Prepayment of %(amount)s"), "wallet", "green", **FINANCIAL)
sentence(
    "billing.deposit.withdrawn", _("%(amount)s given back from the deposit: %(reason)s"), "wallet", "amber", **FINANCIAL
)
sentence(
    "billing.deposit.distributed", _("%(amount)s of the deposit paid earlier debts"), "wallet", "blue", **FINANCIAL
)


@command
def deposit_put(
    *, patient_id: int, tenders: Sequence[Tender], actor: Any, branch_id: int | None = None, desk_id: int | None = None
) -> Payment:
    """Take a prepayment (BIL-09). Where the setting says so, earlier debts are paid first (BIL-11).

    Raises NotFound, Invalid, CashShiftClosed. Reverse: deposit_withdraw, or payment_void for a mistake.
    """
    ordered = tenders_checked(tenders, ("cash", "card"))
    patient = patient_for_money(patient_id, actor)
    patient_id, branch = patient.pk, branch_for_money(patient, actor, branch_id)
    parts: list[PlannedPart] = []
    rest = ordered
    if AUTO_DISTRIBUTE.get():
        lock(("patient_money", patient_id))
        parts, rest = plan_parts(ordered, earlier_debts_lock(patient_id))
    parts += [PlannedPart(method, None, amount) for method, amount in rest]
    payer = payer_ensure("patient", patient_id, patient.full_name)
    payment = payment_write(
        Act(
            kind=Payment.Kind.DEPOSIT,
            payer=payer,
            patient_id=patient_id,
            branch_id=branch.pk,
            zone=branch.timezone,
            desk_id=desk_for(branch.pk, actor, desk_id),
            actor=actor,
            parts=parts,
        )
    )
    audit(
        actor,
        "billing.deposit.put",
        payment,
        patient_id=patient_id,
        branch_id=branch.pk,
        amount=rules.total(ordered),
        methods=[method for method, _sum in ordered],
    )
    publish(PaymentAccepted(payment_id=payment.pk, patient_id=patient_id))
    _tell(payment, patient_id, branch.pk, parts)
    return payment


@command
def deposit_withdraw(
    *, patient_id: int, method: str, reason: str, actor: Any, amount: Money | None = None,
    branch_id: int | None = None, desk_id: int | None = None,
) -> Payment:  # fmt: skip
    """Give a deposit back, all of it unless an amount is named (BIL-10, C17). Raises InsufficientDeposit.

    By the method "original" it goes the way it came: what came last goes back first (BIL-36).

    Reverse: payment_void.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    if method not in ("cash", "card", ORIGINAL):
        raise Invalid(fields={"method": _("This method cannot be used here.")})
    if amount is not None and amount <= 0:
        raise Invalid(fields={"amount": _("Enter a sum.")})
    patient = patient_for_money(patient_id, actor)
    patient_id, branch = patient.pk, branch_for_money(patient, actor, branch_id)
    payer = payer_ensure("patient", patient_id, patient.full_name)
    available = deposit_lock(payer, amount)
    amount = available if amount is None else amount
    if not amount:
        raise InsufficientDeposit(available=str(available))
    ways = the_way_back(payer, amount) if method == ORIGINAL else [(method, amount)]
    payment = payment_write(
        Act(
            kind=Payment.Kind.WITHDRAWAL,
            payer=payer,
            patient_id=patient_id,
            branch_id=branch.pk,
            zone=branch.timezone,
            desk_id=desk_for(branch.pk, actor, desk_id),
            actor=actor,
            parts=[PlannedPart(way, None, -part) for way, part in ways],
            reason=reason,
        )
    )
    audit(
        actor,
        "billing.deposit.withdrawn",
        payment,
        patient_id=patient_id,
        branch_id=branch.pk,
        amount=amount,
        method=method,
        reason=reason,
    )
    _tell(payment, patient_id, branch.pk, [])
    return payment


def the_way_back(payer: Payer, amount: Money) -> list[Tender]:
    """By which methods a sum of the deposit goes back: first as prepayments came, then as invoices were paid."""
    parts = PaymentPart.objects.filter(payment__payer=payer, method__in=("cash", "card"))
    for_invoices = Case(When(share__isnull=True, then=0), default=1)
    return rules.the_way_it_came(
        amount, parts.order_by(for_invoices, "-payment_id", "-pk").values_list("method", "amount")
    )


@command
def deposit_distribute(*, patient_id: int, actor: Any) -> Payment | None:
    """Spend the deposit on earlier debts, oldest first; None when there is nothing to spend or to pay (BIL-11).

    Reverse: payment_void.
    """
    patient = patient_for_money(patient_id, actor)
    patient_id, branch = patient.pk, branch_for_money(patient, actor, None)
    lock(("patient_money", patient_id))
    debts = earlier_debts_lock(patient_id)
    payer = payer_ensure("patient", patient_id, patient.full_name)
    available = deposit_lock(payer)
    parts, _rest = plan_parts([("deposit", available)] if available else [], debts)
    if not parts:
        return None
    payment = payment_write(
        Act(
            kind=Payment.Kind.PAYMENT,
            payer=payer,
            patient_id=patient_id,
            branch_id=branch.pk,
            zone=branch.timezone,
            desk_id=None,
            actor=actor,
            parts=parts,
        )
    )
    spent = sum((part.amount for part in parts), ZERO)
    audit(actor, "billing.deposit.distributed", payment, patient_id=patient_id, branch_id=branch.pk, amount=spent)
    publish(PaymentAccepted(payment_id=payment.pk, patient_id=patient_id))
    _tell(payment, patient_id, branch.pk, parts)
    return payment


def _tell(payment: Payment, patient_id: int, branch_id: int, parts: Sequence[PlannedPart]) -> None:
    publish(DepositChanged(payment_id=payment.pk, patient_id=patient_id))
    for invoice in {part.share.invoice_id: part.share.invoice for part in parts if part.share}.values():
        live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    live.announce("deposit", patient_id, branch_id=branch_id)
