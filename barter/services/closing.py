"""The end of an entry: four sign-offs, of which the last writes the debt off (BAR-28, BIL-27)."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from barter import rules
from barter.errors import SignOffMissing
from barter.models import Beneficiary, SignOff, State
from barter.permissions import AGREE, AGREE_PLAN, ANNOUNCE_END, WRITE_OFF
from barter.selectors.money import shares_unsettled
from barter.services.entries import entry_locked, limit_shut, saved
from barter.services.telling import exhausted_key, step_key, step_task, tell
from billing.services import settlement_accept
from core import clock
from core.access import check
from core.command import command
from core.errors import IllegalMove
from core.money import ZERO, Money
from ledger import accounts
from work.services import tasks_end_by_key

RIGHTS = {"marketer": AGREE_PLAN, "sales": AGREE, "senior": ANNOUNCE_END, "finance": WRITE_OFF}


@command
def entry_sign(*, entry_id: int, part: str, actor: Any, note: str = "") -> Beneficiary:
    """One of the four signs; the marketer begins and so ends the treatment, the finance manager is `debt_write_off`.

    Raises IllegalMove, SignedAlready, SignOffMissing, Forbidden.
    """
    entry = entry_locked(entry_id)
    if part == "finance":
        return debt_write_off(entry_id=entry_id, actor=actor, note=note)
    signing_check(entry, part, actor)
    SignOff.objects.create(beneficiary=entry, part=part, note=note[:300], actor=actor)
    tell(actor, "entry.signed", entry, part=str(SignOff.Part(part).label))
    if part == "marketer":
        if rules.right_for(entry.contract.kind, entry.state, State.FINISHED) is None:
            raise IllegalMove(source=entry.state, to=State.FINISHED)
        entry.state = State.FINISHED
        limit_shut(entry)
        step_task(entry, actor)
    tasks_end_by_key(
        key=step_key(entry) + (":senior" if part == "senior" else ""), actor=actor
    ) if part != "marketer" else None
    saved(entry)
    return entry


def signing_check(entry: Beneficiary, part: str, actor: Any) -> None:
    check(actor, RIGHTS[part])
    signed = set(entry.sign_offs.values_list("part", flat=True))
    if part != "marketer" and entry.state != State.FINISHED:
        raise IllegalMove(source=entry.state, to=State.CLOSED)
    if missing := rules.missing_before(part, signed):
        names = ", ".join(str(SignOff.Part(each).label) for each in missing)
        raise SignOffMissing(_("First: %(names)s.") % {"names": names}, missing=missing)


@command
def debt_write_off(*, entry_id: int, actor: Any, note: str = "") -> Beneficiary:
    """The finance manager writes off what barter owes by an offset against the exchange, and the entry is closed.

    No money moves; the card turns white and the next visit is for money. Raises SignOffMissing, IllegalMove.
    Reverse: payment_void of its settlement.
    """
    entry = entry_locked(entry_id)
    signing_check(entry, "finance", actor)
    amount = _offset(entry, actor)
    SignOff.objects.create(beneficiary=entry, part="finance", note=note[:300], actor=actor)
    entry.state, entry.closed_at = State.CLOSED, clock.now()
    saved(entry)
    for key in (step_key(entry), f"{step_key(entry)}:senior", exhausted_key(entry)):
        tasks_end_by_key(key=key, actor=actor)
    tell(actor, "entry.written_off", entry, amount=amount)
    return entry


def _offset(entry: Beneficiary, actor: Any) -> Money:
    """Every share that is still owed goes to the exchange account, branch by branch."""
    if entry.payer is None:
        return ZERO
    parts: dict[int, list[tuple[int, Money]]] = defaultdict(list)
    for share in shares_unsettled(entry):
        parts[share.invoice.branch_id].append((share.pk, share.left))
    for branch_id, amounts in sorted(parts.items()):
        settlement_accept(
            payer_id=entry.payer.pk, amounts=amounts, actor=actor, branch_id=branch_id, method="offset",
            offset=accounts.exchange(entry.payer), reason=str(entry),
        )  # fmt: skip
    return sum((amount for amounts in parts.values() for _pk, amount in amounts), ZERO)
