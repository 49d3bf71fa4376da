"""Receipts that a user may see, and why some are not issued yet."""

import base64
import io
from datetime import timedelta
from typing import Any

import qrcode
import qrcode.image.svg
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import gettext_noop as noop

from billing.slots import Fiscalised
from core import clock
from core.errors import NotFound
from fiscal import policies
from fiscal.models import Receipt, ReceiptStep
from ledger.selectors import money_window

State = Receipt.State
TONES = {
    State.WAITING: "amber", State.CLAIMED: "blue", State.SENT: "blue", State.UNKNOWN: "amber", State.DONE: "green",
    State.FAILED: "red",
}  # fmt: skip
OPEN = (State.WAITING, State.CLAIMED, State.SENT, State.UNKNOWN, State.FAILED)
TITLES = {
    "kkt": gettext_lazy("Register № (KKT)"), "fn": gettext_lazy("Fiscal drive (FN)"), "shift": gettext_lazy("Shift"),
    "number": gettext_lazy("No. in the shift"), "fd": gettext_lazy("Document (FD)"),
    "fp": gettext_lazy("Fiscal sign (FP)"), "at": gettext_lazy("Issued at"), "ofd": gettext_lazy("Check at"),
}  # fmt: skip
STEP_TONES = {
    ReceiptStep.What.DONE: ("circle-check", "green"), ReceiptStep.What.REFUSED: ("alert-circle", "red"),
    ReceiptStep.What.TAKEN: ("send", "blue"), ReceiptStep.What.RETRIED: ("refresh", "blue"),
}  # fmt: skip
noop("no cash register at this branch")


def receipts_reachable_by(user: Any) -> QuerySet[Receipt]:
    return Receipt.objects.filter(branch_id__in=user.branch_ids).select_related(
        "branch", "register", "patient", "payment", "reverses"
    )


def receipts_visible_to(user: Any) -> QuerySet[Receipt]:
    """Receipts of the user's branches and days (SET-14)."""
    return receipts_reachable_by(user).filter(money_window(user, "made_on"))


def receipt_get(user: Any, pk: int) -> Receipt:
    receipt = receipts_reachable_by(user).filter(pk=pk).first()
    if receipt is None:
        raise NotFound
    return receipt


def is_late(receipt: Receipt) -> bool:
    """Taken by the register, or perhaps, and not confirmed for too long."""
    since = receipt.sent_at or receipt.made_at
    edge = clock.now() - timedelta(minutes=policies.ALERT_MINUTES.get())
    return receipt.state in (State.SENT, State.UNKNOWN) and since < edge


def tone_of(receipt: Receipt) -> str:
    return "red" if is_late(receipt) else TONES[State(receipt.state)]


def why_of(receipt: Receipt) -> str:
    """Why it is not issued yet, in a sentence; empty when it is."""
    if receipt.state == State.DONE:
        return ""
    said = _(receipt.error) if receipt.error else ""
    if receipt.state == State.FAILED:
        return _("Refused: %(why)s. Mend the reason and send it once more.") % {"why": said}
    if receipt.state == State.UNKNOWN:
        return _("The register gave no answer. It is asked whether it has the receipt; nothing is issued twice.")
    if is_late(receipt):
        minutes = int((clock.now() - (receipt.sent_at or receipt.made_at)).total_seconds() // 60)
        return ngettext(
            "The register has it and has not confirmed it for %(n)s minute: look at the register.",
            "The register has it and has not confirmed it for %(n)s minutes: look at the register.",
            minutes,
        ) % {"n": minutes}
    if receipt.state in (State.SENT, State.CLAIMED):
        return _("The register has it and has not confirmed it yet.")
    if receipt.reverses and receipt.reverses.state != State.DONE:
        return _("Goes after receipt %(number)s, which it reverses.") % {"number": receipt.reverses}
    return _("Not sent yet: %(why)s. It is tried again by itself.") % {"why": said} if said else _("In the queue.")


def qr_text(receipt: Receipt) -> str:
    """What the tax service's application reads: t, s, fn, i, fp, n."""
    facts = receipt.facts
    if not all(facts.get(name) for name in ("fn", "fd", "fp")):
        return ""
    kind = 1 if receipt.operation == Receipt.Operation.SALE else 2
    stamp = clock.local(receipt.done_at or receipt.made_at, receipt.branch.timezone)
    told = str(facts.get("at", ""))
    return (
        f"t={stamp_of(told) or stamp.strftime('%Y%m%dT%H%M')}&s={receipt.total:.2f}&fn={facts['fn']}&i={facts['fd']}"
        f"&fp={facts['fp']}&n={kind}"
    )


def stamp_of(told: str) -> str:
    """`22.11.2026 10:15:30` as `20261122T1015`; empty where it is written otherwise."""
    day, _blank, time = told.partition(" ")
    parts, hours = day.split("."), time.split(":")
    if len(parts) != 3 or len(hours) < 2 or not all(part.isdigit() for part in (*parts, *hours)):
        return ""
    return f"{parts[2]}{parts[1]}{parts[0]}T{hours[0]}{hours[1]}"


def qr_picture(text: str) -> str:
    if not text:
        return ""
    drawn = io.BytesIO()
    qrcode.make(text, image_factory=qrcode.image.svg.SvgPathFillImage, border=2).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode('ascii')}"


def facts_of(receipt: Receipt) -> list[tuple[Any, str]]:
    return [(title, str(receipt.facts[name])) for name, title in TITLES.items() if receipt.facts.get(name)]


def link_of(receipt: Receipt) -> str:
    """The operator's page of the receipt: nothing but an address of the web becomes a link."""
    url = str(receipt.facts.get("url", ""))
    return url if url.startswith(("https://", "http://")) else ""


def payment_fiscalised(payment_id: int) -> Fiscalised | None:
    """For the payment's page and paper, through billing's slot."""
    receipt = Receipt.objects.select_related("branch", "reverses").filter(payment_id=payment_id).first()
    if receipt is None:
        return None
    return Fiscalised(
        label=receipt.get_state_display(), tone=tone_of(receipt), url=receipt.get_absolute_url(), is_done=receipt.is_done,
        why=why_of(receipt), facts=facts_of(receipt), link=link_of(receipt), qr=qr_picture(qr_text(receipt)),
    )  # fmt: skip


def receipt_page(receipt: Receipt) -> dict[str, Any]:
    steps = [
        (*STEP_TONES.get(ReceiptStep.What(step.what), ("clock", "amber")), step.get_what_display(), step.at,
         _(step.text) if step.text else "")
        for step in receipt.steps.all()
    ]  # fmt: skip
    forms = [
        (title, number, amount)
        for title, number, amount in (
            (_("Cash"), 1031, receipt.cash), (_("Cashless"), 1081, receipt.electronic),
            (_("Set-off of an advance"), 1215, receipt.advance), (_("On credit"), 1216, receipt.credit),
            (_("Other provision"), 1217, receipt.other),
        )
        if amount
    ]  # fmt: skip
    return {
        "receipt": receipt, "items": receipt.items.select_related("agency"), "steps": steps, "forms": forms,
        "why": why_of(receipt), "tone": tone_of(receipt), "facts": facts_of(receipt), "link": link_of(receipt),
        "qr": qr_picture(qr_text(receipt)), "vat": dict(policies.VATS).get(receipt.vat, receipt.vat),
        "title": _("Fiscal receipt %(number)s") % {"number": receipt}, "active": "fiscal",
    }  # fmt: skip
