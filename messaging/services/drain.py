"""Out to the provider: claim, choose the channel, hand over, write down.

A claim is committed before the message leaves, so a killed worker's messages stay claimed. When the lease is over
their fate is unknown, and unknown ones are never repeated before the provider has said that it does not know our key.
Messages of one bundle to one phone are claimed together and leave as one.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from clinic.models import Branch
from core import clock
from core.money import ZERO
from messaging import policies, rules
from messaging.gateways import Answer, Envelope, Gateway, Outcome
from messaging.models import Attempt, Channel, Message
from messaging.recipients import recipients_of, void_of
from messaging.services.endings import back_to_waiting, elsewhere, tell_failures
from messaging.services.marks import Mark, Taken, marks_write, taken_write
from messaging.services.outbox import cost_of
from messaging.services.routes import Roads, Route, any_ready, batch_of, gone, roads_now, routes_of

State = Message.State
LEASE = timedelta(seconds=120)  # much longer than any gateway's time-out
ASK_FIRST = timedelta(seconds=30)  # what a provider may still have in its hands when we lost its answer
BEFORE_QUIET = timedelta(seconds=60)  # a message that is handed over now may take so long
CLOSED_FOR = timedelta(seconds=60)  # before a closed road is tried again

TOO_LATE, NO_CONSENT, NO_WAY, NOT_CONNECTED, NOT_TRUE = (
    gettext_noop("too late"),
    gettext_noop("no consent"),
    gettext_noop("none of the person's channels can be used"),
    gettext_noop("the road is not connected"),
    gettext_noop("what it tells is no longer so"),
)
UNASKABLE = gettext_noop("no answer, and it cannot be asked: please call")


class Claimed(NamedTuple):
    pk: int
    key: uuid.UUID
    phone: str
    text: str
    patient_id: int | None
    kind: str
    attempts: int
    expires_at: datetime | None
    tried: list[str]
    wanted: str
    bundle: str
    line: str
    joint_text: str
    purpose: str
    subject_kind: str
    subject_id: int | None
    window: str
    trigger_id: int | None


class Load(NamedTuple):
    """What is handed over at once: one message, or those of a bundle with the first of them in front."""

    road: Gateway
    envelope: Envelope
    row: Claimed
    joined: tuple[Claimed, ...] = ()


# The first of a bundle stands for it, once no other of it falls due within minutes; the others come along. Two workers
# never take two parts: until the first one's claim is committed, the others are not first.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT m.id, m.bundle, m.phone FROM messaging_message m
        WHERE m.state = 'waiting' AND m.send_after <= %(now)s
            AND (m.is_urgent OR coalesce(m.branch_id, 0) <> ALL(%(quiet)s))
            AND (m.bundle = '' OR NOT EXISTS (
                SELECT 1 FROM messaging_message s
                WHERE s.state = 'waiting' AND s.phone = m.phone AND s.bundle = m.bundle AND s.bundle <> '' AND s.id <> m.id
                    AND ((s.id < m.id AND s.send_after <= %(now)s)
                        OR (s.send_after > %(now)s AND s.send_after <= m.send_after + interval '10 minutes'))
            ))
        ORDER BY m.send_after, m.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), others AS MATERIALIZED (
        SELECT s.id FROM messaging_message s
        JOIN due ON due.bundle <> '' AND s.bundle = due.bundle AND s.phone = due.phone AND s.id <> due.id
        WHERE s.state = 'waiting' AND s.bundle <> '' AND s.send_after <= %(now)s
        FOR UPDATE OF s SKIP LOCKED
    ), taken AS (SELECT id FROM due UNION ALL SELECT id FROM others)
    UPDATE messaging_message m
    SET state = 'claimed', claim = %(claim)s, lease_until = %(until)s, gateway = %(gateway)s, channel = %(channel)s,
        address = m.phone, attempts = attempts + 1, joined_to_id = NULL, handed_text = ''
    FROM taken WHERE m.id = taken.id
    RETURNING m.id, m.key, m.phone, m.text, m.patient_id, m.kind, m.attempts, m.expires_at, m.tried, m.wanted, m.bundle,
        m.line, m.joint_text, m.purpose, m.subject_kind, m.subject_id, m."window", m.trigger_id
"""


def messages_drain(*, limit: int = 5000, lease: timedelta = LEASE, gateway: Gateway | None = None) -> int:
    """Hand over what is due; gives how many were claimed. Safe in many workers at once, and when they are killed."""
    roads = roads_now(gateway)
    if not any_ready(roads):
        return 0
    road = roads.get(Channel.SMS) or next(iter(roads.values()))
    handled, closed = 0, set[str]()
    while handled < limit:
        claim, started = uuid.uuid4(), time.monotonic()
        rows = claim_due(road, claim, lease, quiet_branches(), min(batch_of(roads), limit - handled))
        if not rows:
            break
        handled += len(rows)
        closed |= hand_over(roads, claim, rows, started + lease.total_seconds() / 2, closed)
    return handled


def quiet_branches() -> list[int]:
    """Branches where people sleep now, or will before a message is through; 0 stands for those without a branch."""
    now, hours = clock.now(), policies.quiet_hours()
    zones = [(0, settings.TIME_ZONE), *Branch.objects.values_list("pk", "timezone")]
    return [
        pk
        for pk, zone in zones
        if any(rules.is_quiet(clock.local(at, zone).time(), *hours) for at in (now, now + BEFORE_QUIET))
    ]


def claim_due(road: Gateway, claim: uuid.UUID, lease: timedelta, quiet: list[int], limit: int) -> list[Claimed]:
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {
            "now": now, "quiet": quiet, "limit": limit, "claim": claim, "until": now + lease, "gateway": road.code,
            "channel": road.channel,
        })  # fmt: skip
        return [Claimed._make(row) for row in cursor.fetchall()]


def hand_over(
    roads: Roads, claim: uuid.UUID, rows: Sequence[Claimed], deadline: float, closed: Collection[str] = ()
) -> set[str]:
    """Send a claimed batch to whoever may still get it, and write down what came of it.

    Gives the channels that turned out to be closed (no money, a wrong password): nobody need knock there thousands of
    times for the same answer.
    """
    wanted = drop_unwanted(claim, rows)
    routes, waiting = routes_of(wanted, roads, closed)
    shut = set[str]()
    strand(claim, [row for row in wanted if row.pk not in routes], waiting)
    by_road: dict[Gateway, list[Load]] = defaultdict(list)
    for load in loads_of([row for row in wanted if row.pk in routes], routes):
        by_road[load.road].append(load)
    for road, loads in by_road.items():
        # What cannot be asked about is marked one by one, so that a killed worker leaves no more than one in doubt.
        portions = [loads] if road.asks else [[load] for load in loads]
        for portion in portions:
            if time.monotonic() > deadline:  # stopped for long (swap, debugger): another may have the lease by now
                give_back(claim, [row for load in portion for row in (load.row, *load.joined)])
                continue
            mark(claim, road, portion)
            answers = road.send_many([load.envelope for load in portion])
            write_down(road, claim, list(zip(portion, answers, strict=True)))
            if all(answer.outcome == Outcome.CLOSED for answer in answers):
                shut.add(road.channel)
    return shut


def drop_unwanted(claim: uuid.UUID, rows: Sequence[Claimed]) -> list[Claimed]:
    """Leave out the late ones, those of people who have withdrawn their consent or are gone (MSG-06), untrue ones."""
    now = clock.now()
    people = recipients_of(row.patient_id for row in rows if row.patient_id)
    untrue = void_of(rows)
    late, unwilling, wanted = [], [], []
    for row in rows:
        person = people.get(row.patient_id) if people is not None and row.patient_id else None
        if row.expires_at and row.expires_at <= now:
            late.append(row.pk)
        elif row.patient_id and people is not None and (person is None or not person.allows(row.kind)):
            unwilling.append(row.pk)
        elif row.pk not in untrue:
            wanted.append(row)
    if late:
        end(claim, late, State.FAILED, error=TOO_LATE)
    if unwilling:
        end(claim, unwilling, State.WITHDRAWN, withdraw_reason=NO_CONSENT)
    if untrue:
        end(claim, list(untrue - set(late) - set(unwilling)), State.WITHDRAWN, withdraw_reason=NOT_TRUE)
    return wanted


def strand(claim: uuid.UUID, rows: Sequence[Claimed], waiting: set[int]) -> None:
    """Those without a way: they wait for a road that will be connected, or there is none at all."""
    lost = [row.pk for row in rows if row.pk not in waiting]
    if lost:
        end(claim, lost, State.FAILED, error=NO_WAY)
    held = [row.pk for row in rows if row.pk in waiting]
    if held:
        postpone(Message.objects.filter(claim=claim, pk__in=held), NOT_CONNECTED)


def postpone(mine: QuerySet[Message], error: str, wait: timedelta = CLOSED_FOR) -> None:
    """The road is closed: again after a while, and that was no attempt."""
    mine.update(
        send_after=clock.now() + wait, attempts=F("attempts") - 1, error=error[:300], claim=None, lease_until=None,
        **back_to_waiting(),
    )  # fmt: skip


def loads_of(rows: Sequence[Claimed], routes: dict[int, Route]) -> Iterator[Load]:
    """One load a message, or one for those of a bundle that go to the same address."""
    groups: dict[Any, list[Claimed]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.pk):
        route = routes[row.pk]
        groups[(row.bundle, route.road.code, route.address) if row.bundle else row.pk].append(row)
    for first, *others in groups.values():
        route = routes[first.pk]
        text = first.text if not others else joint(first, others)
        yield Load(route.road, Envelope(first.key, first.phone, text, first.pk, route.address), first, tuple(others))


def joint(first: Claimed, others: Sequence[Claimed]) -> str:
    """The text for all of a bundle."""
    lines = [row.line or row.text for row in (first, *others)]
    return rules.render(first.joint_text or "{{lines}}", {"lines": ", ".join(dict.fromkeys(lines))})


def mark(claim: uuid.UUID, road: Gateway, loads: Iterable[Load]) -> None:
    """Which road and with whom, before anything leaves: who finds them after a crash must know whom to ask.

    A single SMS is marked by its claim already.
    """
    marks_write(claim, road, [each for load in loads for each in marks_of(load)])


def marks_of(load: Load) -> Iterator[Mark]:
    pk, address, text = load.row.pk, load.envelope.address, load.envelope.text
    if load.joined:
        parts = rules.segments(text)
        yield Mark(pk, address, None, text, parts, cost_of(parts) if load.road.channel == Channel.SMS else ZERO)
        for row in load.joined:
            yield Mark(row.pk, address, pk, "", 0, ZERO)
    elif load.road.channel != Channel.SMS:
        yield Mark(pk, address, cost=ZERO)


def give_back(claim: uuid.UUID, rows: Iterable[Claimed]) -> None:
    """Surely not handed over, and that was no attempt: back into the queue, or withdrawn when that was asked meanwhile."""
    mine = Message.objects.filter(claim=claim, pk__in=[row.pk for row in rows])
    mine.update(attempts=F("attempts") - 1, claim=None, lease_until=None, **back_to_waiting())


@transaction.atomic
def end(claim: uuid.UUID, ids: Sequence[int], state: str, **changes: Any) -> None:
    Message.objects.filter(claim=claim, pk__in=ids).update(
        state=state, ended_at=clock.now(), claim=None, lease_until=None, ask_at=None, **changes
    )
    if state == State.FAILED:
        tell_failures(ids)


@transaction.atomic
def write_down(road: Gateway, claim: uuid.UUID, results: list[tuple[Load, Answer]]) -> None:
    """One statement for those that simply went out, one each for the few others."""
    now = clock.now()
    taken: dict[str, list[Taken]] = defaultdict(list)
    for load, answer in results:
        if answer.outcome in (Outcome.SENT, Outcome.DELIVERED):
            taken[answer.outcome.value] += [
                Taken(load.row.pk, answer.provider_id, answer.cost),
                *(Taken(row.pk, answer.provider_id, None) for row in load.joined),
            ]
        else:
            write_down_trouble(road, claim, load, answer)
    for state, rows in taken.items():
        is_over = state == Outcome.DELIVERED.value
        report_at = now + rules.wait(1, rules.REPORT_BACK_OFF) if road.reports and not is_over else None
        taken_write(claim, state, rows, now=now, ended_at=now if is_over else None, ask_at=report_at)


def write_down_trouble(road: Gateway, claim: uuid.UUID, load: Load, answer: Answer) -> None:
    now, row = clock.now(), load.row
    ids = [row.pk, *(each.pk for each in load.joined)]
    mine = Message.objects.filter(claim=claim, pk__in=ids)
    free = {"claim": None, "lease_until": None, "error": answer.error[:300]}
    what = Attempt.What.LATER
    if answer.outcome == Outcome.LOST:
        what = Attempt.What.LOST
        lost(road, mine, row.pk, free)
    elif answer.outcome == Outcome.CLOSED:
        postpone(mine, answer.error, timedelta(seconds=answer.wait) if answer.wait else CLOSED_FOR)
    elif answer.outcome == Outcome.REFUSED or row.attempts >= rules.ATTEMPTS:
        what = Attempt.What.REFUSED
        if answer.is_gone:
            gone(road, load.envelope.address, answer.error)
        elsewhere(mine, answer.error)
    else:
        wait = timedelta(seconds=answer.wait) if answer.wait else rules.wait(row.attempts)
        mine.update(send_after=now + wait, **back_to_waiting(), **free)
    Attempt.objects.create(message_id=row.pk, at=now, what=what, answer=answer.error[:300])


def lost(road: Gateway, mine: QuerySet[Message], leader: int, free: dict[str, Any]) -> None:
    """Nobody knows whether it has arrived. Where nobody can be asked, people hear of it and nothing is repeated."""
    if road.asks:
        mine.update(state=State.UNKNOWN, asks=0, **free)
        Message.objects.filter(pk=leader, state=State.UNKNOWN).update(ask_at=clock.now() + ASK_FIRST)
        return
    ids = list(mine.values_list("pk", flat=True))
    mine.update(state=State.UNKNOWN, asks=0, ask_at=None, **{**free, "error": UNASKABLE})
    tell_failures(ids, state=State.UNKNOWN)
