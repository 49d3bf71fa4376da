"""A share that another payer has refused becomes the patient's, by a mirrored pair in the book."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import rules
from billing.models import Share
from billing.services.locking import invoice_lock
from billing.services.payments import payer_of
from billing.services.telling import FINANCIAL
from core import clock, live
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, Invalid, NotFound
from core.money import ZERO, Money
from ledger import accounts
from ledger.services import Leg, Source, post

sentence("billing.share.passed", _("%(amount)s of invoice № %(number)s are the patient's now: %(reason)s"), "user-dollar",
         "amber", **FINANCIAL)  # fmt: skip


@command
def share_pass_to_patient(*, share_id: int, amount: Money, actor: Any, reason: str) -> Share:
    """So much of another payer's share is owed by the patient instead (INS-22). Income stays as it was issued.

    Posted under the invoice, so that a roll-back mirrors it too. Raises IllegalMove, Invalid on `amount`.
    """
    invoice_id = Share.objects.filter(pk=share_id).values_list("invoice_id", flat=True).first()
    if invoice_id is None:
        raise NotFound
    invoice, shares, _desk = invoice_lock(invoice_id, actor)
    share = next(each for each in shares if each.pk == share_id)
    if not invoice.is_standing or share.kind == "patient":
        raise IllegalMove(source=invoice.status, to="passed")
    if not ZERO < amount <= share.left:
        raise Invalid(fields={"amount": _("From 0.01 to what is not paid yet.")})
    mine = next((each for each in shares if each.line_id == share.line_id and each.kind == "patient"), None)
    if mine is None:
        mine = Share(invoice=invoice, line=share.line, payer=payer_of(shares, invoice), kind="patient", amount=ZERO)
    day = clock.today(invoice.branch.timezone)
    source = Source(
        document_kind="invoice", document_id=invoice.pk, branch_id=invoice.branch_id, effective_on=day, today=day, actor=actor,
        patient_id=invoice.patient_id, note=reason,
    )  # fmt: skip
    common: dict[str, Any] = {
        "line_id": share.line_id, "doctor_id": share.line.doctor_id, "direction_id": share.line.direction_id,
    }  # fmt: skip
    legs = [
        Leg(account=accounts.receivable(mine.payer), amount=amount, **common),
        Leg(account=accounts.receivable(share.payer), amount=-amount, **common),
    ]
    post(source, legs)
    share.amount, mine.amount, mine.why = share.amount - amount, mine.amount + amount, reason[:200]
    share.save(update_fields=["amount"])
    mine.save()
    invoice.due, invoice.status = invoice.due + amount, rules.status_of(invoice.total, invoice.paid)
    invoice.version += 1
    invoice.save(update_fields=["due", "status", "version"])
    audit(
        actor,
        "billing.share.passed",
        invoice,
        patient_id=invoice.patient_id,
        number=invoice.number,
        amount=amount,
        reason=reason,
    )
    live.announce("invoice", invoice.pk, branch_id=invoice.branch_id, version=invoice.version)
    return mine
