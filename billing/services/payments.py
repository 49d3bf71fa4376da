"""Taking money against invoices, and cancelling what was taken by mistake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.errors import AlreadyVoided, Overpaid
from billing.events import DepositChanged, PaymentAccepted, PaymentVoided
from billing.models import Invoice, Payment, PaymentPart, Share, Status
from billing.policies import AUTO_DISTRIBUTE
from billing.selectors.invoices import children_know
from billing.services.cash import desk_ensure
from billing.services.locking import deposit_lock, earlier_debts_lock, invoice_lock, patient_shares
from billing.services.telling import FINANCIAL
from billing.services.writing import Act, PlannedPart, parts_load, payment_write
from core import live
from core.audit import audit, sentence
from core.command import check_version, command, lock
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from core.money import ZERO, Money
from ledger.accounts import AccountName
from ledger.models import Payer, Posting
from ledger.services import Leg, mirrored

sentence("billing.payment.accepted", _("%(amount)s paid for invoice № %(invoice)s"), "cash", "green", **FINANCIAL)
sentence(
    "billing.payment.voided", _("Payment of %(amount)s cancelled: %(reason)s"), "arrow-back-up", "red", **FINANCIAL
)
sentence("billing.payment.settled", _("%(payer)s paid %(amount)s"), "building-bank", "green", **FINANCIAL)

Tender = tuple[str, Money]


@dataclass(frozen=True, slots=True)
class Taken:
    """What payment_accept did: the payment, its invoice as it stands now, and the invoice's shares."""

    payment: Payment
    invoice: Invoice
    shares: list[Share]
    to_deposit: Money


@command
def payment_accept(
    *, invoice_id: int, tenders: Sequence[Tender], actor: Any, desk_id: int | None = None,
    expected_version: int | None = None,
) -> Taken:  # fmt: skip
    """Take money against an issued invoice, in one tender or several (BIL-06, BIL-07, BIL-11, BIL-42).

    The deposit may pay what is due and no more. Cash and card above it pay earlier debts where the clinic's setting
    says so, oldest first, and go to the deposit otherwise. Raises IllegalMove, Overpaid, InsufficientDeposit,
    CashShiftClosed. Reverse: payment_void.
    """
    ordered = tenders_checked(tenders, ("cash", "card", "deposit"))
    if AUTO_DISTRIBUTE.get():
        patient_lock_by_invoice(invoice_id)
    invoice, shares, desk = invoice_lock(invoice_id, actor)
    check_version(expected_version, invoice.version)
    if not invoice.is_standing:
        raise IllegalMove(source=invoice.status, to=Status.PAID)
    payer = payer_of(shares, invoice)
    from_deposit = sum((amount for method, amount in ordered if method == rules.DEPOSIT), ZERO)
    if from_deposit > invoice.due:
        raise Overpaid(due=str(invoice.due))
    if from_deposit:
        deposit_lock(payer, from_deposit)
    parts, surplus = plan_parts(ordered, patient_shares(shares))
    if surplus and AUTO_DISTRIBUTE.get():
        more, surplus = plan_parts(surplus, earlier_debts_lock(invoice.patient_id, but=invoice.pk))
        parts += more
    parts += [PlannedPart(method, None, amount) for method, amount in surplus]
    payment = payment_write(
        Act(
            kind=Payment.Kind.PAYMENT,
            payer=payer,
            patient_id=invoice.patient_id,
            branch_id=invoice.branch_id,
            zone=invoice.branch.timezone,
            desk_id=desk_id or desk or desk_ensure(invoice.branch_id).pk,
            actor=actor,
            parts=parts,
        )
    )
    lines = {share.line_id: share.line for share in shares}
    children_know(invoice, sorted(lines.values(), key=lambda line: (line.position, line.pk)), shares)
    _tell_accepted(payment, invoice, ordered, actor, changes_deposit=bool(from_deposit or surplus))
    return Taken(payment, invoice, shares, rules.total(surplus))


def _tell_accepted(
    payment: Payment, invoice: Invoice, tenders: Sequence[Tender], actor: Any, *, changes_deposit: bool
) -> None:
    audit(
        actor,
        "billing.payment.accepted",
        payment,
        patient_id=invoice.patient_id,
        branch_id=invoice.branch_id,
        amount=rules.total(tenders),
        invoice=invoice.number,
        invoice_id=invoice.pk,
        methods=[method for method, _sum in tenders],
    )
    publish(PaymentAccepted(payment_id=payment.pk, patient_id=invoice.patient_id))
    if changes_deposit:
        publish(DepositChanged(payment_id=payment.pk, patient_id=invoice.patient_id))
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)


@command
def payment_void(*, payment_id: int, reason: str, actor: Any) -> Payment:
    """Cancel a payment, deposit or withdrawal by mirrored entries, on today's day (BIL-08, BIL-35). Cannot be undone.

    What came in goes out the same way. Raises IllegalMove for a return or a cancellation itself and where an invoice
    of it was rolled back since, InsufficientDeposit where its prepayment is spent, AlreadyVoided.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    payment = payment_of(payment_id, actor)
    if payment.kind in (Payment.Kind.VOID, Payment.Kind.RETURN):
        raise IllegalMove(source=payment.kind, to=Payment.Kind.VOID)
    parts = parts_to_mirror(payment)
    deposit_lock(payment.payer, sum((part.amount for part in parts if part.share is None), ZERO))
    void = payment_write(*mirror_of(payment, parts, reason, actor))
    audit(
        actor,
        "billing.payment.voided",
        void,
        patient_id=payment.patient_id,
        branch_id=payment.branch_id,
        amount=payment.money,
        reason=reason,
        payment_id=payment.pk,
    )
    publish(PaymentVoided(payment_id=payment.pk, patient_id=payment.patient_id or 0))
    if payment.patient_id and any(part.share is None or part.method == "deposit" for part in parts):
        publish(DepositChanged(payment_id=void.pk, patient_id=payment.patient_id))
    for invoice in {part.share.invoice_id: part.share.invoice for part in parts if part.share}.values():
        live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return void


def mirror_of(payment: Payment, parts: Sequence[PaymentPart], reason: str, actor: Any) -> tuple[Act, list[Leg]]:
    """The act and the postings that undo a payment, on today's day of its branch."""
    postings = (
        Posting.objects.filter(document_kind="payment", document_id=payment.pk).select_related("account").order_by("pk")
    )
    act = Act(
        kind=Payment.Kind.VOID,
        payer=payment.payer,
        patient_id=payment.patient_id,
        branch_id=payment.branch_id,
        zone=payment.branch.timezone,
        desk_id=payment.desk_id,
        actor=actor,
        reason=reason,
        reverses_id=payment.pk,
        parts=[PlannedPart(part.method, part.share, -part.amount) for part in parts],
    )
    return act, mirrored(postings, effective_on=act.day)


def payment_of(payment_id: int, actor: Any) -> Payment:
    payment = (
        Payment.objects.select_related("branch", "payer", "desk").filter(pk=payment_id, branch_id__in=actor.branch_ids)
        .first()
    )  # fmt: skip
    if payment is None:
        raise NotFound
    return payment


def parts_to_mirror(payment: Payment, *, also: Sequence[int] = ()) -> list[PaymentPart]:
    """The parts of a payment that stands, locked to be mirrored; `also` names other patients that the command reaches.

    Raises AlreadyVoided, and IllegalMove where an invoice of it was rolled back since.
    """
    parts = _parts_locked(payment, also)
    if payment.mirrors.exists():
        raise AlreadyVoided
    for part in parts:
        if part.share is not None and not part.share.invoice.is_standing:
            raise IllegalMove(source=part.share.invoice.status, to=Status.ISSUED, invoice=part.share.invoice.number)
    return parts


def _parts_locked(payment: Payment, also: Sequence[int]) -> list[PaymentPart]:
    """The parts with their shares and invoices locked in one order, each invoice one object."""
    ids = [part.share_id for part in payment.parts.all() if part.share_id]
    if payment.patient_id and (ids or also):
        owners = Share.objects.filter(pk__in=ids).values_list("invoice__patient_id", flat=True)
        lock(*(("patient_money", pk) for pk in {payment.patient_id, *also, *owners}))
    shares = {
        share.pk: share
        for share in Share.objects.select_for_update(of=("self", "invoice")).filter(pk__in=ids)
        .select_related("invoice", "line", "payer").order_by("invoice_id", "pk")
    }  # fmt: skip
    invoices: dict[int, Invoice] = {}
    for share in shares.values():
        share.invoice = invoices.setdefault(share.invoice_id, share.invoice)
    parts = parts_load(payment)
    for part in parts:
        part.share = shares[part.share_id] if part.share_id else None
    return parts


@command
def settlement_accept(
    *, payer_id: int, amounts: Sequence[tuple[int, Money]], actor: Any, branch_id: int, method: str = "bank",
    offset: AccountName | None = None, paid_on: date | None = None, reason: str = "",
) -> Payment:  # fmt: skip
    """Another payer pays his shares: an insurer by bank, a barter by offset (3.0). Called by the payers' apps.

    `amounts` are (share id, sum); each within what is left of the share, else Overpaid. Reverse: payment_void.
    """
    payer = Payer.objects.filter(pk=payer_id).first()
    if payer is None or branch_id not in actor.branch_ids:
        raise NotFound
    shares = list(
        Share.objects.select_for_update(of=("self", "invoice")).filter(pk__in=[pk for pk, _sum in amounts], payer=payer)
        .select_related("invoice__branch", "line", "payer").order_by("invoice_id", "pk")
    )  # fmt: skip
    invoices: dict[int, Invoice] = {}
    for share in shares:
        share.invoice = invoices.setdefault(share.invoice_id, share.invoice)
    asked = {pk: amount for pk, amount in amounts if amount > 0}
    if len(shares) != len(asked):
        raise NotFound
    for share in shares:
        if not share.invoice.is_standing:
            raise IllegalMove(source=share.invoice.status, to=Status.PAID)
        if asked[share.pk] > share.left:
            raise Overpaid(due=str(share.left))
    patients = {share.invoice.patient_id for share in shares}
    payment = payment_write(
        Act(
            kind=Payment.Kind.SETTLEMENT,
            payer=payer,
            patient_id=patients.pop() if len(patients) == 1 else None,
            branch_id=branch_id,
            zone=shares[0].invoice.branch.timezone,
            desk_id=None,
            actor=actor,
            offset=offset,
            parts=[PlannedPart(method, share, asked[share.pk]) for share in shares],
            taken_on=paid_on,
            reason=reason,
        )
    )
    audit(
        actor,
        "billing.payment.settled",
        payment,
        patient_id=payment.patient_id,
        branch_id=branch_id,
        amount=sum(asked.values(), ZERO),
        payer=payer,
    )
    for invoice in invoices.values():
        live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return payment


def tenders_checked(tenders: Sequence[Tender], allowed: Sequence[str]) -> list[Tender]:
    """Positive sums by known methods, one a method, in the order of spending."""
    for method, amount in tenders:
        if method not in allowed:
            raise Invalid(fields={"method": _("This method cannot be used here.")})
        if amount < 0:
            raise Invalid(fields={"amount": _("A sum is not negative.")})
    ordered = rules.in_order(tenders)
    if not ordered:
        raise Invalid(fields={"amount": _("Enter a sum.")})
    return ordered


def plan_parts(tenders: Sequence[Tender], shares: Sequence[Share]) -> tuple[list[PlannedPart], list[Tender]]:
    """Divide tenders over shares, invoice by invoice in the order given."""
    by_key = {share.pk: share for share in shares}
    parts: list[PlannedPart] = []
    rest = list(tenders)
    for invoice_id in dict.fromkeys(share.invoice_id for share in shares):
        dues = [rules.Due(share.pk, share.left) for share in shares if share.invoice_id == invoice_id]
        found, rest = rules.spread(rest, dues)
        parts += [PlannedPart(part.method, by_key[part.share_id or 0], part.amount) for part in found]
        if not rest:
            break
    return parts, rest


def patient_lock_by_invoice(invoice_id: int) -> None:
    """One command a patient at a time where a payment may reach other invoices: they are locked in any order then."""
    patient_id = Invoice.objects.filter(pk=invoice_id).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound
    lock(("patient_money", patient_id))


def payer_of(shares: Sequence[Share], invoice: Invoice) -> Payer:
    """The patient as a payer; an invoice wholly on others has no share of his."""
    mine = next((share.payer for share in shares if share.kind == "patient"), None)
    return mine or Payer.objects.get_or_create(kind="patient", subject_id=invoice.patient_id)[0]
