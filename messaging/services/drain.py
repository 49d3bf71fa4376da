"""Out to the provider: claim, hand over, write down; and ask about those whose fate nobody knows.

A claim is committed before the message leaves, so a killed worker's messages stay claimed. When the lease is over
their fate is unknown, and unknown ones are never repeated before the provider has said that it does not know our key.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from clinic.models import Branch
from core import clock
from core.events import publish
from messaging import policies, rules
from messaging.events import MessageFailed
from messaging.gateways import Answer, Envelope, Fate, Gateway, Outcome, Report, gateway_named
from messaging.models import Attempt, Message
from messaging.recipients import recipients_of

State = Message.State
LEASE = timedelta(seconds=120)  # much longer than any gateway's time-out
ASK_FIRST = timedelta(seconds=30)  # what a provider may still have in its hands when we lost its answer
ASK_FOR = timedelta(hours=48)
ASK_BATCH = 50


TOO_LATE, NO_CONSENT, GIVEN_UP = (
    gettext_noop("too late"),
    gettext_noop("no consent"),
    gettext_noop("the operator does not take it"),
)
# Decided by the statement itself: a withdrawal that commits while we wait for the row must be seen.
WAITING_UNLESS_WITHDRAWN = {
    "state": Case(When(withdrawal_asked_at__isnull=False, then=Value(State.WITHDRAWN)), default=Value(State.WAITING)),
    "ended_at": Case(When(withdrawal_asked_at__isnull=False, then=Now()), default=None),
}


class Claimed(NamedTuple):
    pk: int
    key: uuid.UUID
    phone: str
    text: str
    patient_id: int | None
    kind: str
    attempts: int
    expires_at: datetime | None


CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM messaging_message
        WHERE state = 'waiting' AND send_after <= %(now)s AND (is_urgent OR coalesce(branch_id, 0) <> ALL(%(quiet)s))
        ORDER BY send_after, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message m
    SET state = 'claimed', claim = %(claim)s, lease_until = %(until)s, gateway = %(gateway)s, attempts = attempts + 1
    FROM due WHERE m.id = due.id
    RETURNING m.id, m.key, m.phone, m.text, m.patient_id, m.kind, m.attempts, m.expires_at
"""


def messages_drain(*, limit: int = 5000, lease: timedelta = LEASE, gateway: Gateway | None = None) -> int:
    """Hand over what is due; gives how many were claimed. Safe in many workers at once, and when they are killed."""
    road = gateway or gateway_named(policies.GATEWAY.get())
    if road is None:
        return 0
    quiet = quiet_branches()
    handled = 0
    while handled < limit:
        claim, started = uuid.uuid4(), time.monotonic()
        rows = claim_due(road, claim, lease, quiet, min(road.batch, limit - handled))
        if not rows:
            break
        handled += len(rows)
        hand_over(road, claim, rows, started + lease.total_seconds() / 2)
    return handled


def quiet_branches() -> list[int]:
    """Branches where people sleep now; 0 stands for messages without a branch."""
    now, hours = clock.now(), policies.quiet_hours()
    zones = [(0, settings.TIME_ZONE), *Branch.objects.values_list("pk", "timezone")]
    return [pk for pk, zone in zones if rules.is_quiet(clock.local(now, zone).time(), *hours)]


def claim_due(road: Gateway, claim: uuid.UUID, lease: timedelta, quiet: list[int], limit: int) -> list[Claimed]:
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {
            "now": now, "quiet": quiet, "limit": limit, "claim": claim, "until": now + lease, "gateway": road.code,
        })  # fmt: skip
        return [Claimed._make(row) for row in cursor.fetchall()]


def hand_over(road: Gateway, claim: uuid.UUID, rows: Sequence[Claimed], deadline: float) -> None:
    """Send a claimed batch to whoever may still get it, and write down what came of it."""
    wanted = drop_unwanted(claim, rows)
    if not wanted:
        return
    if time.monotonic() > deadline:  # stopped for long (swap, debugger): another may have the lease by now
        give_back(claim, wanted)
        return
    answers = road.send_many([Envelope(row.key, row.phone, row.text) for row in wanted])
    write_down(road, claim, list(zip(wanted, answers, strict=True)))


def drop_unwanted(claim: uuid.UUID, rows: Sequence[Claimed]) -> list[Claimed]:
    """Leave out the late ones and those of people who have withdrawn their consent or are gone (MSG-06)."""
    now = clock.now()
    people = recipients_of(row.patient_id for row in rows if row.patient_id)
    late, unwilling, wanted = [], [], []
    for row in rows:
        person = people.get(row.patient_id) if people is not None and row.patient_id else None
        if row.expires_at and row.expires_at <= now:
            late.append(row.pk)
        elif row.patient_id and people is not None and (person is None or not person.allows(row.kind)):
            unwilling.append(row.pk)
        else:
            wanted.append(row)
    if late:
        end(claim, late, State.FAILED, error=TOO_LATE)
    if unwilling:
        end(claim, unwilling, State.WITHDRAWN, withdraw_reason=NO_CONSENT)
    return wanted


def give_back(claim: uuid.UUID, rows: Iterable[Claimed]) -> None:
    """Surely not handed over: back into the queue, or withdrawn when that was asked meanwhile."""
    mine = Message.objects.filter(claim=claim, pk__in=[row.pk for row in rows])
    mine.update(claim=None, lease_until=None, **WAITING_UNLESS_WITHDRAWN)


@transaction.atomic
def end(claim: uuid.UUID, ids: Sequence[int], state: str, **changes: Any) -> None:
    Message.objects.filter(claim=claim, pk__in=ids).update(
        state=state, ended_at=clock.now(), claim=None, lease_until=None, ask_at=None, **changes
    )
    if state == State.FAILED:
        tell_failures(ids)


def tell_failures(ids: Sequence[int]) -> None:
    for row in Message.objects.filter(pk__in=ids, state=State.FAILED):
        publish(MessageFailed(
            message_id=row.pk, purpose=row.purpose, subject_kind=row.subject_kind, subject_id=row.subject_id,
            patient_id=row.patient_id, branch_id=row.branch_id, error=row.error,
        ))  # fmt: skip


@transaction.atomic
def write_down(road: Gateway, claim: uuid.UUID, results: list[tuple[Claimed, Answer]]) -> None:
    """One statement for those that simply went out, one each for the few others."""
    now = clock.now()
    report_at = now + rules.wait(1, rules.REPORT_BACK_OFF) if road.reports else None
    taken: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, answer in results:
        if answer.outcome in (Outcome.SENT, Outcome.DELIVERED):
            taken[answer.outcome, answer.provider_id].append(row.pk)
        else:
            write_down_trouble(claim, row, answer)
    for (outcome, provider_id), ids in taken.items():
        ends = {"ended_at": now} if outcome == Outcome.DELIVERED else {"ask_at": report_at}
        Message.objects.filter(claim=claim, pk__in=ids).update(
            state=outcome.value, sent_at=now, provider_id=provider_id, error="", claim=None, lease_until=None, **ends
        )


def write_down_trouble(claim: uuid.UUID, row: Claimed, answer: Answer) -> None:
    now = clock.now()
    mine = Message.objects.filter(claim=claim, pk=row.pk)
    free = {"claim": None, "lease_until": None, "error": answer.error[:300]}
    if answer.outcome == Outcome.LOST:
        what = Attempt.What.LOST
        mine.update(state=State.UNKNOWN, ask_at=now + ASK_FIRST, asks=0, **free)
    elif answer.outcome == Outcome.REFUSED or row.attempts >= rules.ATTEMPTS:
        what = Attempt.What.REFUSED
        mine.update(state=State.FAILED, ended_at=now, **free)
        tell_failures([row.pk])
    else:
        what = Attempt.What.LATER
        mine.update(send_after=now + rules.wait(row.attempts), **WAITING_UNLESS_WITHDRAWN, **free)
    Attempt.objects.create(message_id=row.pk, at=now, what=what, answer=answer.error[:300])


# Those whose worker was killed, and those whose answer was lost


@transaction.atomic
def messages_recover() -> int:
    """What a dead worker had claimed: its fate is unknown, it will be asked. Gives how many."""
    now = clock.now()
    dead = list(
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=State.CLAIMED, lease_until__lt=now).values_list("pk", flat=True)[:5000]
    )  # fmt: skip
    Message.objects.filter(pk__in=dead).update(state=State.UNKNOWN, claim=None, lease_until=None, ask_at=now, asks=0)
    Attempt.objects.bulk_create([Attempt(message_id=pk, at=now, what=Attempt.What.ABANDONED) for pk in dead])
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
            reports = road.ask_many([row.key for row in group]) if road else [Report(Fate.SILENT)] * len(group)
            for row, report in zip(group, reports, strict=True):
                hear(row, report)
    return asked


@transaction.atomic
def claim_questions(ask_again: timedelta | None) -> list[Message]:
    """Take some that are due to be asked; the next time is set at once, so nobody asks the same twice."""
    now = clock.now()
    rows = list(
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=[State.UNKNOWN, State.SENT], ask_at__lte=now).order_by("ask_at")[:ASK_BATCH]
    )  # fmt: skip
    for row in rows:
        steps = rules.ASK_BACK_OFF if row.state == State.UNKNOWN else rules.REPORT_BACK_OFF
        row.asks += 1
        row.ask_at = now + (ask_again or rules.wait(row.asks, steps))
    Message.objects.bulk_update(rows, ["asks", "ask_at"])
    return rows


@transaction.atomic
def hear(row: Message, report: Report) -> None:
    """What the provider says of our key decides; only a plain «never heard of it» lets a message be repeated."""
    now = clock.now()
    mine = Message.objects.filter(pk=row.pk, state=row.state, asks=row.asks)
    if not list(mine.select_for_update().values_list("pk", flat=True)):
        return
    if row.state == State.UNKNOWN:
        Attempt.objects.create(message=row, at=now, what=Attempt.What.ASKED, answer=report.fate)
    known = {"provider_id": report.provider_id, "error": report.error}
    if report.fate == Fate.DELIVERED:
        mine.update(state=State.DELIVERED, sent_at=row.sent_at or now, ended_at=now, ask_at=None, **known)
    elif report.fate == Fate.FAILED:
        mine.update(state=State.FAILED, ended_at=now, ask_at=None, **known)
        tell_failures([row.pk])
    elif report.fate == Fate.SENT:
        mine.update(state=State.SENT, sent_at=row.sent_at or now, ask_at=next_report(row), **known)
    elif report.fate == Fate.MISSING and row.state == State.UNKNOWN:
        repeat_or_end(row, mine)
    elif row.state == State.SENT and (row.sent_at or now) < now - ASK_FOR:
        mine.update(ask_at=None)


def next_report(row: Message) -> datetime | None:
    road = gateway_named(row.gateway)
    if road is None or not road.reports or (row.sent_at or clock.now()) < clock.now() - ASK_FOR:
        return None
    return clock.now() + rules.wait(row.asks, rules.REPORT_BACK_OFF)


def repeat_or_end(row: Message, mine: QuerySet[Message]) -> None:
    """The provider has never heard of it."""
    if row.attempts >= rules.ATTEMPTS and not row.withdrawal_asked_at:
        mine.update(state=State.FAILED, ended_at=clock.now(), ask_at=None, error=GIVEN_UP)
        tell_failures([row.pk])
    else:
        mine.update(ask_at=None, **WAITING_UNLESS_WITHDRAWN)
