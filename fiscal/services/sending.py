"""The queue of receipts: claim, hand over outside of any transaction, write down.

A claim is committed before the receipt leaves, so a killed worker's receipt stays claimed; when the lease is over its
fate is unknown, and unknown ones are asked about by our own id before anything is sent again.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core import clock, live, vault
from core.audit import audit, sentence
from core.command import command
from core.errors import NotFound
from core.worker import wake_up
from fiscal import rules
from fiscal.devices import Answer, Item, Order, Outcome, device_named
from fiscal.errors import ReceiptIssued, ReceiptOnItsWay
from fiscal.models import Receipt, ReceiptItem, ReceiptStep, Register
from fiscal.services.making import register_for

sentence(
    "fiscal.receipt.retried", _("Fiscal receipt %(object)s is sent once more"), "refresh", "blue",
    compartment="financial", is_timeline=False,
)  # fmt: skip

State = Receipt.State
LEASE = timedelta(seconds=120)  # much longer than any service's time-out
ASK_FIRST = timedelta(seconds=15)
CLOSED_FOR = timedelta(seconds=60)
NO_REGISTER, NOT_CONNECTED, KEY_CHANGED = (
    gettext_noop("no cash register at this branch"),
    gettext_noop("the service of cash registers is not connected"),
    gettext_noop("the register's own key must be entered again"),
)


def receipts_send(*, limit: int = 500, lease: timedelta = LEASE) -> int:
    """Hand over what is due; gives how many were claimed. Safe in many workers at once, and when they are killed."""
    handled, closed = 0, set[int]()
    while handled < limit:
        receipt = claim_next(lease, closed)
        if receipt is None:
            break
        handled += 1
        answer = hand_over(receipt)
        write_down(receipt, answer)
        if answer.outcome == Outcome.CLOSED and receipt.register_id:
            closed.add(receipt.register_id)  # nobody need knock there for each receipt
    return handled


@transaction.atomic
def claim_next(lease: timedelta, closed: Collection[int]) -> Receipt | None:
    """The oldest that is due; a reversal only after what it reverses is issued."""
    receipt = (
        Receipt.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(reverses__isnull=True) | Q(reverses__state=State.DONE), state=State.WAITING, send_after__lte=clock.now())
        .exclude(register_id__in=closed).select_related("branch__legal_entity", "register")
        .order_by("send_after", "pk").first()
    )  # fmt: skip
    if receipt is None:
        return None
    if receipt.register is None or not receipt.register.is_active:
        receipt.register = register_for(receipt.branch_id, receipt.desk_id)
    receipt.state, receipt.claim, receipt.lease_until = State.CLAIMED, uuid.uuid4(), clock.now() + lease
    receipt.tries += 1
    receipt.save(update_fields=["state", "claim", "lease_until", "tries", "register"])
    return receipt


def hand_over(receipt: Receipt) -> Answer:
    if receipt.register is None:
        return Answer(Outcome.CLOSED, error=NO_REGISTER)
    device = device_named(receipt.register.device)
    if device is None or not device.is_ready():
        return Answer(Outcome.CLOSED, error=NOT_CONNECTED)
    try:
        order = order_of(receipt, receipt.register)
    except vault.VaultClosed:
        return Answer(Outcome.CLOSED, error=KEY_CHANGED)
    return device.send(order)


def order_of(receipt: Receipt, register: Register) -> Order:
    """What the register is told. Raises vault.VaultClosed."""
    branch = receipt.branch
    return Order(
        external_id=receipt.external_id, provider_id=receipt.provider_id, operation=receipt.operation,
        items=[item_of(each) for each in receipt.items.select_related("agency")], forms=receipt.forms(),
        total=receipt.total, vat=receipt.vat, tax_system=register.tax_system, inn=branch.legal_entity.inn,
        place=register.address or branch.address or branch.name, email=register.email, contact=receipt.contact,
        buyer=receipt.buyer, cashier=receipt.cashier, at=clock.local(receipt.made_at, branch.timezone),
        group=register.group, account=register.account, secret=vault.unseal(register.sealed).get("key", ""),
    )  # fmt: skip


def item_of(item: ReceiptItem) -> Item:
    agency = item.agency
    supplier = (agency.supplier, agency.inn, agency.phone) if agency else ("", "", "")
    return Item(item.name, item.price, item.quantity, item.sum, item.method, item.subject, *supplier)


@transaction.atomic
def write_down(receipt: Receipt, answer: Answer) -> None:
    """What came of handing over, if the claim is still ours."""
    now, What = clock.now(), ReceiptStep.What
    changes: dict[str, Any] = {"error": answer.error[:300]}
    what = What.LATER
    if answer.outcome == Outcome.TAKEN:
        what = What.TAKEN
        changes |= {"state": State.SENT, "provider_id": answer.provider_id[:100], "sent_at": now, "asks": 0,
                    "ask_at": now + timedelta(seconds=rules.STEPS[0])}  # fmt: skip
    elif answer.outcome == Outcome.REFUSED:
        what = What.REFUSED
        changes |= {"state": State.FAILED}
    elif answer.outcome == Outcome.LOST:
        what = What.LOST
        changes |= {"state": State.UNKNOWN, "asks": 0, "ask_at": now + ASK_FIRST}
    else:
        pause = timedelta(seconds=rules.pause(rules.TRIES, receipt.tries - 1))
        changes |= {"state": State.WAITING, "send_after": now + max(pause, CLOSED_FOR)}
    mine = Receipt.objects.filter(pk=receipt.pk, state=State.CLAIMED, claim=receipt.claim)
    if mine.update(claim=None, lease_until=None, **changes) and (what != What.LATER or answer.error != receipt.error):
        step_write(receipt, what, answer.error)
        live.announce("fiscal_receipt", receipt.pk, branch_id=receipt.branch_id)


def step_write(receipt: Receipt, what: str, text: str = "") -> None:
    ReceiptStep.objects.create(receipt=receipt, at=clock.now(), what=what, text=text[:300])


@command
def receipt_retry(*, receipt_id: int, actor: Any) -> Receipt:
    """Send now what waits, and anew what was refused, then under another id of ours (BIL-19).

    Raises ReceiptOnItsWay where the register may have it, ReceiptIssued. There is no way back but to cancel the payment.
    """
    receipt = (
        Receipt.objects.select_for_update(of=("self",)).select_related("branch", "register")
        .filter(pk=receipt_id, branch_id__in=actor.branch_ids).first()
    )  # fmt: skip
    if receipt is None:
        raise NotFound
    if receipt.state == State.DONE:
        raise ReceiptIssued
    if not receipt.may_be_retried:
        raise ReceiptOnItsWay
    if receipt.state == State.FAILED:
        receipt.issue += 1
        receipt.external_id = f"{receipt.key}-{receipt.issue}"
        receipt.provider_id, receipt.sent_at, receipt.ask_at = "", None, None
        receipt.register = register_for(receipt.branch_id, receipt.desk_id) or receipt.register
    receipt.state, receipt.send_after, receipt.tries = State.WAITING, clock.now(), 0
    receipt.save()
    step_write(receipt, ReceiptStep.What.RETRIED, str(actor))
    audit(actor, "fiscal.receipt.retried", receipt, patient_id=receipt.patient_id, branch_id=receipt.branch_id)
    transaction.on_commit(lambda: wake_up("fiscal.send"))
    return receipt
