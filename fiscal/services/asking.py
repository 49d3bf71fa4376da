"""What became of receipts that a register has taken, or may have: it is asked until it says so."""

from datetime import timedelta

from django.db import transaction

from core import clock, live, vault
from fiscal import rules
from fiscal.devices import Fate, Report, device_named
from fiscal.models import Receipt, ReceiptStep
from fiscal.services.sending import ASK_FIRST, order_of, step_write

State, What = Receipt.State, ReceiptStep.What
FACTS = ("fn", "fd", "fp", "shift", "number", "at", "kkt", "url", "ofd")


def receipts_recover(*, limit: int = 500) -> int:
    """Claims whose worker has not come back: nobody knows whether the register has them."""
    now, done = clock.now(), 0
    with transaction.atomic():
        rows = Receipt.objects.select_for_update(skip_locked=True).filter(state=State.CLAIMED, lease_until__lt=now)
        for receipt in rows.order_by("pk")[:limit]:
            receipt.state, receipt.claim, receipt.lease_until = State.UNKNOWN, None, None
            receipt.asks, receipt.ask_at = 0, now + ASK_FIRST
            receipt.save(update_fields=["state", "claim", "lease_until", "asks", "ask_at"])
            step_write(receipt, What.ABANDONED)
            done += 1
    return done


def receipts_ask(*, limit: int = 500) -> int:
    """Ask about those that are due; gives how many. Two workers never ask about one at a time."""
    asked = 0
    while asked < limit:
        receipt = claim_question()
        if receipt is None:
            break
        asked += 1
        report_write(receipt, question(receipt))
    return asked


def receipt_hurry(*, provider_id: str, codes: tuple[str, ...]) -> bool:
    """The service has said that it has news: it is asked at once, since what it says is not signed."""
    mine = Receipt.objects.filter(
        provider_id=provider_id, register__device__in=codes, state__in=(State.SENT, State.UNKNOWN)
    )
    return bool(mine.update(ask_at=clock.now()))


@transaction.atomic
def claim_question() -> Receipt | None:
    """The next is asked about after the pause even when this worker is killed with the answer in its hands."""
    receipt = (
        Receipt.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=(State.SENT, State.UNKNOWN), ask_at__lte=clock.now())
        .select_related("branch__legal_entity", "register").order_by("ask_at", "pk").first()
    )  # fmt: skip
    if receipt is None:
        return None
    receipt.asks += 1
    receipt.ask_at = clock.now() + timedelta(seconds=max(rules.pause(rules.STEPS, receipt.asks), 15))
    receipt.save(update_fields=["asks", "ask_at"])
    return receipt


def question(receipt: Receipt) -> Report:
    device = device_named(receipt.register.device) if receipt.register else None
    if device is None or not device.is_ready() or receipt.register is None:
        return Report(Fate.SILENT)
    try:
        return device.ask(order_of(receipt, receipt.register))
    except vault.VaultClosed:
        return Report(Fate.SILENT)


@transaction.atomic
def report_write(asked: Receipt, report: Report) -> None:
    """What the register says of a receipt; the last word stands and is never taken back."""
    receipt = Receipt.objects.select_for_update().get(pk=asked.pk)
    if receipt.state not in (State.SENT, State.UNKNOWN) or receipt.external_id != asked.external_id:
        return
    was, now = receipt.state, clock.now()
    receipt.error = report.error[:300] or receipt.error
    if report.provider_id:
        receipt.provider_id = report.provider_id[:100]
    if report.fate == Fate.DONE:
        receipt.state, receipt.done_at, receipt.error, receipt.ask_at = State.DONE, now, "", None
        receipt.sent_at = receipt.sent_at or now
        receipt.facts = {name: report.facts[name] for name in FACTS if report.facts.get(name) not in (None, "")}
        step_write(receipt, What.DONE)
    elif report.fate == Fate.FAILED:
        receipt.state, receipt.ask_at = State.FAILED, None
        step_write(receipt, What.REFUSED, receipt.error)
    elif report.fate == Fate.MISSING:
        receipt.state, receipt.ask_at, receipt.send_after = State.WAITING, None, now
        step_write(receipt, What.MISSING)
    elif report.fate == Fate.WAITS and was == State.UNKNOWN:
        receipt.state, receipt.sent_at, receipt.error = State.SENT, now, ""
        receipt.asks, receipt.ask_at = 0, now + timedelta(seconds=rules.STEPS[0])
        step_write(receipt, What.TAKEN)
    receipt.save()
    if receipt.state != was:
        live.announce("fiscal_receipt", receipt.pk, branch_id=receipt.branch_id)
