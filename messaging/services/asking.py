"""Those whose worker was killed and those whose answer was lost are asked about; what operators report is heard."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from core import clock
from core.command import command
from messaging import rules
from messaging.gateways import Envelope, Fate, Report, gateway_named
from messaging.models import Attempt, Message
from messaging.services.drain import UNASKABLE
from messaging.services.endings import back_to_waiting, elsewhere, tell_failures

State = Message.State
ASK_FOR = timedelta(hours=48)
ASK_BATCH = 50
GIVEN_UP = gettext_noop("the operator does not take it")


@transaction.atomic
def messages_recover() -> int:
    """What a dead worker had claimed: its fate is unknown, it will be asked. Gives how many."""
    now = clock.now()
    dead = list(
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=State.CLAIMED, lease_until__lt=now).order_by("pk")[:5000]
    )  # fmt: skip
    if not dead:
        return 0
    askable = {code for code in {row.gateway for row in dead} if (road := gateway_named(code)) is None or road.asks}
    ids = [row.pk for row in dead if row.gateway in askable]
    rows = Message.objects.filter(pk__in=ids)
    rows.update(state=State.UNKNOWN, claim=None, lease_until=None, asks=0)
    rows.filter(joined_to__isnull=True).update(ask_at=now)
    doubtful = [row.pk for row in dead if row.gateway not in askable]
    Message.objects.filter(pk__in=doubtful).update(
        state=State.UNKNOWN, claim=None, lease_until=None, ask_at=None, error=UNASKABLE
    )
    tell_failures(doubtful, state=State.UNKNOWN)
    Attempt.objects.bulk_create([Attempt(message=row, at=now, what=Attempt.What.ABANDONED) for row in dead])
    return len(dead)


def messages_ask(*, limit: int = 1000, ask_again: timedelta | None = None) -> int:
    """Ask providers about lost messages and about deliveries, by our own ids; gives how many were asked."""
    asked = 0
    while asked < limit:
        rows = claim_questions(ask_again)
        if not rows:
            break
        asked += len(rows)
        by_road: dict[str, list[Message]] = defaultdict(list)
        for row in rows:
            by_road[row.gateway].append(row)
        for code, group in by_road.items():
            road = gateway_named(code)
            questions = [
                Envelope(row.key, row.phone, row.shown_text, row.pk, row.address, row.provider_id) for row in group
            ]
            reports = road.ask_many(questions) if road else [Report(Fate.SILENT)] * len(group)
            for row, report in zip(group, reports, strict=True):
                hear(row, report)
    return asked


@transaction.atomic
def claim_questions(ask_again: timedelta | None) -> list[Message]:
    """Take some that are due to be asked; the next time is set at once, so nobody asks the same twice.

    Lost ones go first: of an evening's thousands whose delivery is only awaited none may keep them waiting.
    """
    now = clock.now()
    due = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        ask_at__lte=now, joined_to__isnull=True
    )
    rows = list(due.filter(state=State.UNKNOWN).order_by("ask_at")[:ASK_BATCH])
    rows += list(due.filter(state=State.SENT).order_by("ask_at")[: ASK_BATCH - len(rows)])
    for row in rows:
        row.asks += 1
        is_lost = row.state == State.UNKNOWN
        pause = rules.wait(row.asks, rules.ASK_BACK_OFF if is_lost else rules.REPORT_BACK_OFF)
        row.ask_at = now + (ask_again if ask_again and is_lost else pause)
    Message.objects.bulk_update(rows, ["asks", "ask_at"])
    return rows


@transaction.atomic
def hear(row: Message, report: Report) -> None:
    """What the provider answers of our key decides; only a plain «never heard of it» lets a message be repeated."""
    now = clock.now()
    mine = family(row).filter(state=row.state)
    if not list(mine.filter(pk=row.pk, asks=row.asks).select_for_update().values_list("pk", flat=True)):
        return
    if row.state == State.UNKNOWN:
        Attempt.objects.create(message=row, at=now, what=Attempt.What.ASKED, answer=report.fate)
    if report.fate == Fate.MISSING and row.state == State.UNKNOWN:
        repeat_or_end(row, mine)
    elif report.fate in (Fate.DELIVERED, Fate.FAILED, Fate.SENT):
        settle(row, mine, report)
    elif row.state == State.SENT and (row.sent_at or now) < now - ASK_FOR:
        mine.update(ask_at=None)


def family(row: Message) -> QuerySet[Message]:
    """A message with those that left as its parts."""
    return Message.objects.filter(Q(pk=row.pk) | Q(joined_to=row.pk))


def settle(row: Message, mine: QuerySet[Message], report: Report) -> None:
    """The provider knows it: what is known is written, with those that left together."""
    now = clock.now()
    known = {"error": report.error[:300], "claim": None, "lease_until": None}
    if report.provider_id:
        known["provider_id"] = report.provider_id[:100]
    if report.fate == Fate.DELIVERED:
        mine.update(state=State.DELIVERED, sent_at=row.sent_at or now, ended_at=now, ask_at=None, **known)
    elif report.fate == Fate.FAILED:
        elsewhere(mine, report.error)
    else:
        mine.update(state=State.SENT, sent_at=row.sent_at or now, **known)
        Message.objects.filter(pk=row.pk).update(ask_at=next_report(row))


@command
def message_report(*, gateway: str, number: int, report: Report, phone: str = "") -> bool:
    """What an operator tells by itself, in any order and any number of times; gives whether it changed anything.

    Only forward: what has arrived or failed stays so. One that is being handed over this moment is settled at once,
    and what its worker writes down later is void.
    """
    rows = Message.objects.select_for_update().filter(pk=number, gateway=gateway)
    row = rows.filter(phone=phone).first() if phone else rows.first()
    if row is None or row.joined_to_id or row.state not in (State.CLAIMED, State.SENT, State.UNKNOWN):
        return False
    if report.fate not in (Fate.DELIVERED, Fate.FAILED) and not (
        report.fate == Fate.SENT and row.state == State.UNKNOWN
    ):
        return False
    Attempt.objects.create(message=row, at=clock.now(), what=Attempt.What.REPORTED, answer=report.fate)
    settle(row, family(row).filter(state=row.state), report)
    return True


@command
def message_report_by(*, gateway: str, provider_id: str, report: Report) -> bool:
    """As message_report, of a provider that knows only its own number."""
    rows = Message.objects.filter(gateway=gateway, provider_id=provider_id).exclude(provider_id="")
    number = rows.filter(joined_to__isnull=True).values_list("pk", flat=True).first()
    return number is not None and message_report(gateway=gateway, number=number, report=report)


@command
def message_found(*, gateway: str, address: str, text: str, provider_id: str) -> bool:
    """The provider tells what it has sent: one whose answer was lost is found by its chat and words. False: nobody's."""
    if Message.objects.filter(gateway=gateway, provider_id=provider_id).exclude(provider_id="").exists():
        return True
    lost = Message.objects.filter(gateway=gateway, address=address, state=State.UNKNOWN, joined_to__isnull=True)
    ours = next((row for row in lost.order_by("pk") if row.shown_text == text), None)
    if ours is None:
        return False
    return message_report(gateway=gateway, number=ours.pk, report=Report(Fate.SENT, provider_id))


def next_report(row: Message) -> datetime | None:
    road = gateway_named(row.gateway)
    if road is None or not road.reports or (row.sent_at or clock.now()) < clock.now() - ASK_FOR:
        return None
    return clock.now() + rules.wait(row.asks, rules.REPORT_BACK_OFF)


def repeat_or_end(row: Message, mine: QuerySet[Message]) -> None:
    """The provider has never heard of it."""
    if row.attempts >= rules.ATTEMPTS and not row.withdrawal_asked_at:
        elsewhere(mine, GIVEN_UP)
    else:
        mine.update(ask_at=None, **back_to_waiting())
