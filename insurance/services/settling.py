"""Insurers' payments: allocated to lines of a register, refusals disputed, written off or passed on (BIL-31, INS-22)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from billing.models import Payment, Share
from billing.services import settlement_accept, share_pass_to_patient
from billing.services.limits import limits_give_back
from core import live
from core.access import is_allowed
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, Invalid, NotFound
from core.files import DOCUMENTS, SHEETS, Purpose, file_store
from core.money import ZERO, Money
from core.tables import Field, Table, date_of, decimal_of, whole_of
from core.templatetags.ui import money
from insurance.errors import NotSigned
from insurance.models import Allocation, CoveredLine, InsurerPayment, Register
from insurance.permissions import SEE_REGISTERS
from insurance.rules import Claim, Told
from insurance.services.policies import SCAN
from insurance.services.registers import register_lock
from ledger import accounts

FINANCIAL: dict[str, Any] = {"compartment": "financial", "is_timeline": False}
Outcome = CoveredLine.Outcome
DONE = (Outcome.PAID, Outcome.WRITTEN_OFF, Outcome.REBILLED, Outcome.RETURNED)
TABLE = Purpose("insurance.payment", (*SHEETS, *DOCUMENTS), lambda user, row: is_allowed(user, SEE_REGISTERS))


def said(verb: str, text: Any, icon: str, tone: str) -> str:
    return sentence(f"insurance.share.{verb}", text, icon, tone, compartment="financial").code


PAID = sentence(
    "insurance.payment.entered",
    _("%(insurer)s paid %(amount)s for register %(register)s"),
    "building-bank",
    "green",
    **FINANCIAL,
).code
REFUSED = said("refused", _("%(insurer)s refused %(amount)s: %(reason)s"), "shield-x", "red")
DISPUTED = said("disputed", _("The refusal of %(insurer)s is disputed"), "message-report", "amber")
WRITTEN_OFF = said("written_off", _("%(amount)s refused by %(insurer)s are written off: %(reason)s"), "eraser", "grey")
REBILLED = said(
    "rebilled", _("%(amount)s refused by %(insurer)s are the patient's now: %(agreement)s"), "user-dollar", "amber"
)

PAYMENT_FIELDS = (
    Field(
        "place", _("Number in the register"), ("№", "№ п/п", "n п/п", "номер", "п/п", "no", "number in the register")
    ),
    Field("policy", _("Policy No."), ("полис", "№ полиса", "номер полиса", "policy", "policy no")),
    Field("code", _("Service code"), ("код услуги", "код", "service code", "code")),
    Field("day", _("Service date"), ("дата услуги", "дата", "дата оказания", "service date", "date")),
    Field("paid", _("Paid"), ("оплачено", "сумма оплаты", "принято", "принято к оплате", "к оплате", "paid"), True),
    Field("refused", _("Refused"), ("отказ", "отказано", "сумма отказа", "снято", "не принято", "refused")),
    Field("reason", _("Reason"), ("причина", "причина отказа", "комментарий", "примечание", "reason")),
)


@dataclass(frozen=True, slots=True)
class Split:
    """What a payment says of one covered line."""

    covered_id: int
    paid: Money
    refused: Money = ZERO
    reason: str = ""


def claims_of(register: Register) -> list[Claim]:
    """What of a register is still open, as a payment may name it."""
    rows = register.lines.select_related("covered__share").order_by("position")
    return [
        Claim(
            line.covered_id, line.position, line.data["policy"], line.data["service_code"], line.data["service_on"],
            line.covered.share.left, f"{line.data['patient']}, {line.data['service']}",
        )
        for line in rows if line.covered.outcome in (Outcome.OPEN, Outcome.REFUSED, Outcome.DISPUTED)
    ]  # fmt: skip


def table_told(table: Table, columns: dict[str, int]) -> tuple[list[Told], list[tuple[int, str]]]:
    """Rows of the insurer's table, and those that cannot be read: (row, what)."""
    rows, wrong = [], []
    for row in table.rows:

        def cell(name: str, row: Any = row) -> str:
            return row.get(columns.get(name)).strip()

        if not any(cell(name) for name in ("place", "policy", "code")):
            continue  # totals and signatures under the table
        try:
            told = Told(
                row.number, whole_of(cell("place")) if cell("place") else None, cell("policy"), cell("code"),
                date_of(cell("day")).isoformat() if cell("day") else "", decimal_of(cell("paid") or "0"),
                decimal_of(cell("refused") or "0"), cell("reason")[:300],
            )  # fmt: skip
        except ValueError:
            wrong.append((row.number, " · ".join(value for value in row.cells if value)[:120]))
            continue
        if told.paid < 0 or told.refused < 0:
            wrong.append((row.number, f"{told.paid} / {told.refused}"))
            continue
        rows.append(told)
    return rows, wrong


@command
def payment_enter(
    *, register_id: int, number: str, paid_on: date, amount: Money, actor: Any, splits: Sequence[Split] | None = None,
    file: Any = None, note: str = "",
) -> InsurerPayment:  # fmt: skip
    """Money of an insurer closes the debt of the lines it is for (BIL-31); refused sums wait for a decision.

    Without `splits` it pays all that is open, and must be exactly that. Raises Invalid on `amount`, `number`. Reverse: each
    settlement is cancelled like any payment (payment_void), which opens its lines again.
    """
    register = register_lock(register_id)
    if register.is_draft:
        raise IllegalMove(source=register.status, to=Register.Status.SETTLED)
    claims = {claim.key: claim for claim in claims_of(register)}
    if splits is None:
        splits = [Split(claim.key, claim.left) for claim in claims.values() if claim.left and not is_refused(claim.key)]
    if unknown := [split.covered_id for split in splits if split.covered_id not in claims]:
        raise NotFound(lines=unknown)
    paid = sum((split.paid for split in splits), ZERO)
    if paid != amount:
        text = _("The lines make %(lines)s, the order says %(amount)s.")
        raise Invalid(fields={"amount": text % {"lines": money(paid), "amount": money(amount)}}, lines=str(paid))
    if InsurerPayment.objects.filter(insurer=register.insurer, number=number.strip(), paid_on=paid_on).exists():
        raise Invalid(fields={"number": _("This payment is entered already.")})
    payment = InsurerPayment.objects.create(
        insurer=register.insurer, register=register, number=number.strip(), paid_on=paid_on, amount=amount,
        refused=sum((split.refused for split in splits), ZERO), file=file, note=note.strip(), created_by=actor,
    )  # fmt: skip
    settled = settle(register, payment, splits, actor)
    Allocation.objects.bulk_create(
        [
            Allocation(
                payment=payment, covered_id=split.covered_id, amount=split.paid, refused=split.refused, reason=split.reason[:300],
                settlement=settled.get(split.covered_id),
            )
            for split in splits if split.paid or split.refused
        ]
    )  # fmt: skip
    for split in splits:
        if split.refused:
            refuse(covered_lock(split.covered_id), split.refused, split.reason, actor)
    outcomes_fit([split.covered_id for split in splits])
    register_fit(register)
    audit(actor, PAID, payment, insurer=register.insurer.name, amount=str(amount), register=str(register))
    return payment


def is_refused(covered_id: int) -> bool:
    return CoveredLine.objects.filter(pk=covered_id, outcome__in=(Outcome.REFUSED, Outcome.DISPUTED)).exists()


def settle(register: Register, payment: InsurerPayment, splits: Sequence[Split], actor: Any) -> dict[int, Payment]:
    """One settlement a policy and branch: that is how the book knows who owes (3.0)."""
    paid = {split.covered_id: split.paid for split in splits if split.paid}
    groups: dict[tuple[int, int], list[CoveredLine]] = defaultdict(list)
    for row in CoveredLine.objects.filter(pk__in=paid).select_related("share__invoice").order_by("pk"):
        groups[row.share.payer_id, row.share.invoice.branch_id].append(row)
    found: dict[int, Payment] = {}
    for (payer_id, branch_id), rows in sorted(groups.items()):
        made = settlement_accept(
            payer_id=payer_id, amounts=[(row.share_id, paid[row.pk]) for row in rows], actor=actor, branch_id=branch_id,
            paid_on=payment.paid_on, reason=f"{register.insurer} № {payment.number}",
        )  # fmt: skip
        found |= {row.pk: made for row in rows}
    return found


@command
def share_refuse(*, covered_id: int, amount: Money, reason: str, actor: Any) -> CoveredLine:
    """The insurer will not pay so much of a line of a sent register. Then dispute, write off, or pass it on."""
    row = covered_lock(covered_id)
    line = getattr(row, "register_line", None)
    if line is None or line.register.is_draft or row.outcome not in (Outcome.OPEN, Outcome.DISPUTED):
        raise IllegalMove(source=row.outcome, to=Outcome.REFUSED)
    if not ZERO < amount <= row.share.left:
        raise Invalid(fields={"amount": _("From 0.01 to %(sum)s.") % {"sum": money(row.share.left)}})
    refuse(row, amount, reason, actor)
    outcomes_fit([row.pk])
    row.refresh_from_db()
    return row


def refuse(row: CoveredLine, amount: Money, reason: str, actor: Any) -> None:
    if amount > row.share.left:
        raise Invalid(fields={"amount": _("From 0.01 to %(sum)s.") % {"sum": money(row.share.left)}})
    row.refused, row.refusal, row.outcome = amount, reason.strip()[:300], Outcome.REFUSED
    row.save(update_fields=["refused", "refusal", "outcome"])
    tell(actor, REFUSED, row, amount=str(amount), reason=reason or "—")


@command
def share_dispute(*, covered_id: int, actor: Any) -> CoveredLine:
    """The clinic does not agree: the sum stays the insurer's debt, and a later payment may close it."""
    row = refused_lock(covered_id, Outcome.DISPUTED)
    row.outcome = Outcome.DISPUTED
    row.save(update_fields=["outcome"])
    tell(actor, DISPUTED, row)
    return row


@command
def share_write_off(*, covered_id: int, reason: str, actor: Any) -> CoveredLine:
    """The refused sum is the clinic's loss: the debt is closed against an account of its own. Cancelled like a payment."""
    row = refused_lock(covered_id, Outcome.WRITTEN_OFF)
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why.")})
    amount, branch_id = row.refused, row.share.invoice.branch_id
    settlement_accept(
        payer_id=row.share.payer_id, amounts=[(row.share_id, amount)], actor=actor, branch_id=branch_id, method="offset",
        offset=accounts.write_off(branch_id), reason=reason,
    )  # fmt: skip
    row.outcome = Outcome.WRITTEN_OFF
    row.save(update_fields=["outcome"])
    give_back(row, amount, actor)
    tell(actor, WRITTEN_OFF, row, amount=str(amount), reason=reason)
    register_fit(register_lock(row.register_line.register_id))
    return row


@command
def share_rebill(*, covered_id: int, agreement: str, actor: Any, upload: UploadedFile | None = None) -> CoveredLine:
    """The patient pays what was refused, if he has signed for it: his debt instead of the insurer's (INS-22).

    Raises NotSigned on `agreement` without a paper that says so. Not undone but by rolling the invoice back.
    """
    row = refused_lock(covered_id, Outcome.REBILLED)
    if not agreement.strip():
        raise NotSigned(fields={"agreement": NotSigned.message})
    if upload is not None:
        row.agreement_file = file_store(upload, purpose=SCAN, actor=actor, patient_id=row.policy.patient_id)
    amount = row.refused
    why = str(_("%(insurer)s refused it") % {"insurer": row.policy.insurer})
    share_pass_to_patient(
        share_id=row.share_id, amount=amount, actor=actor, reason=f"{why}: {row.refusal}".rstrip(": ")
    )
    row.outcome, row.agreement = Outcome.REBILLED, agreement.strip()[:200]
    row.save(update_fields=["outcome", "agreement", "agreement_file"])
    give_back(row, amount, actor)
    tell(actor, REBILLED, row, amount=str(amount), agreement=row.agreement)
    register_fit(register_lock(row.register_line.register_id))
    return row


# Parts


def covered_lock(covered_id: int) -> CoveredLine:
    rows = CoveredLine.objects.select_for_update(of=("self",)).filter(pk=covered_id)
    row = rows.select_related("share__invoice", "policy__insurer", "policy__purse", "register_line__register").first()
    if row is None:
        raise NotFound
    return row


def refused_lock(covered_id: int, to: str) -> CoveredLine:
    row = covered_lock(covered_id)
    if row.outcome not in (Outcome.REFUSED, Outcome.DISPUTED) or row.outcome == to or not row.refused:
        raise IllegalMove(source=row.outcome, to=to)
    if row.refused > row.share.left:
        raise IllegalMove(source=row.outcome, to=to)
    return row


def give_back(row: CoveredLine, amount: Money, actor: Any) -> None:
    """What the insurer has not paid does not use up his limits."""
    limits = [row.policy.purse_id] if row.policy.purse_id else []
    category = row.policy.category_limits.filter(category=row.share.line.direction_id).first()
    limits += [category.purse_id] if category else []
    letter = row.approval_line.approval.letter if row.approval_line else None
    limits += [letter.purse_id] if letter and letter.purse_id else []
    limits_give_back(row.share.invoice, dict.fromkeys(limits, amount), actor, reason=row.refusal)


def outcomes_fit(covered_ids: Sequence[int]) -> None:
    """Paid in full is paid; what was refused before and is paid now too."""
    for row in CoveredLine.objects.filter(pk__in=covered_ids).select_related("share").order_by("pk"):
        outcome = row.outcome
        if outcome in (Outcome.OPEN, Outcome.REFUSED, Outcome.DISPUTED, Outcome.PAID):
            if not row.share.left:
                outcome, row.refused = Outcome.PAID, ZERO
            elif outcome == Outcome.PAID:
                outcome = Outcome.OPEN
        row.outcome = outcome
        row.save(update_fields=["outcome", "refused"])


def register_fit(register: Register) -> None:
    """A register of which nothing is open any more is settled; opened again by a payment that was cancelled."""
    is_open = register.lines.exclude(covered__outcome__in=DONE).exists()
    status = Register.Status.SENT if is_open else Register.Status.SETTLED
    if register.status != status and not register.is_draft:
        register.status, register.version = status, register.version + 1
        register.save(update_fields=["status", "version"])
    live.announce("register", register.pk)


def settlement_voided(payment_id: int) -> None:
    """A settlement was cancelled: its lines are owed again."""
    ids = list(Allocation.objects.filter(settlement=payment_id).values_list("covered_id", flat=True))
    shares = Share.objects.filter(parts__payment=payment_id, kind="dms").values("pk")
    written = CoveredLine.objects.filter(share__in=shares, outcome=Outcome.WRITTEN_OFF)
    for row in written.select_for_update():
        row.outcome = Outcome.REFUSED
        row.save(update_fields=["outcome"])
        ids.append(row.pk)
    if not ids:
        return
    outcomes_fit(ids)
    for pk in Register.objects.filter(lines__covered__in=ids).values_list("pk", flat=True).distinct():
        register_fit(register_lock(pk))


def tell(actor: Any, code: str, row: CoveredLine, **facts: Any) -> None:
    audit(
        actor, code, row.share.invoice, patient_id=row.policy.patient_id, branch_id=row.share.invoice.branch_id,
        insurer=row.policy.insurer.name, **facts,
    )  # fmt: skip
