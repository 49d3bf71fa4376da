"""One SMS for a family's phone; quiet hours by the branch's own clock, on the nights when it jumps too."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from messaging import rules, services
from messaging.errors import AlreadyQueued  # noqa: F401  its constraint is told of
from messaging.gateways import Answer, Fate, Outcome, Report
from messaging.models import Message
from messaging.recipients import Recipient
from messaging.services import drain
from tests.factories import BranchFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
State = Message.State
BUCHAREST, MOSCOW = "Europe/Bucharest", "Europe/Moscow"


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def family(queue):
    """Three of a family at one phone, and a neighbour."""

    def make(phone="+79001234567", names=("Мария", "Пётр", "Анна"), start=1, **changes):
        rows = []
        for number, name in enumerate(names, start):
            row = queue(number, to=Recipient(phone, name), bundle="reminder:1:2026-11-25", **changes)
            Message.objects.filter(pk=row.pk).update(
                line=f"{name} в {9 + number}:00", joint_text="Ждём вас: {{lines}}."
            )
            row.refresh_from_db()
            rows.append(row)
        return rows

    return make


def states(rows):
    return [Message.objects.get(pk=row.pk).state for row in rows]


@pytest.mark.feature("MSG-10")
def test_a_family_at_one_phone_gets_one_sms(family, queue, notebook, noon):
    rows = family()
    other = queue(9, to=Recipient("+79007654321", "Олег"), bundle="reminder:1:2026-11-25")
    services.messages_drain()
    assert sorted(sent.text for sent in notebook.sent) == [
        "Ждём вас: Мария в 10:00, Пётр в 11:00, Анна в 12:00.",
        other.text,
    ]
    assert states(rows) == [State.SENT] * 3
    first, *others = [Message.objects.get(pk=row.pk) for row in rows]
    assert [row.joined_to_id for row in others] == [first.pk, first.pk]
    assert (first.segments, [row.cost for row in others]) == (1, [0, 0]), "only the one that goes costs"


def test_who_is_called_off_before_is_not_in_the_familys_sms(family, notebook, noon):
    rows = family()
    services.messages_withdraw(subject=("scheduling.appointment", 1), reason="cancelled", actor=None)
    services.messages_drain()
    assert [sent.text for sent in notebook.sent] == ["Ждём вас: Пётр в 11:00, Анна в 12:00."]
    assert states(rows) == [State.WITHDRAWN, State.SENT, State.SENT]


def test_two_workers_never_take_two_parts_of_a_family(family, notebook, noon):
    family()
    first = drain.claim_due(notebook, uuid.uuid4(), drain.LEASE, [], 1)
    assert len(first) == 3
    assert drain.claim_due(notebook, uuid.uuid4(), drain.LEASE, [], 10) == []


def test_a_familys_sms_waits_for_the_one_that_falls_due_within_minutes(family, queue, notebook, noon):
    rows = family()
    Message.objects.filter(pk=rows[2].pk).update(send_after=clock.now() + timedelta(minutes=3))
    assert services.messages_drain() == 0
    noon.shift(timedelta(minutes=3))
    services.messages_drain()
    assert len(notebook.sent) == 1


@pytest.mark.parametrize(("fate", "again"), [(Fate.MISSING, 1), (Fate.SENT, 0), (Fate.DELIVERED, 0)])
def test_a_familys_lost_sms_is_asked_about_once_and_repeated_for_all_or_none(family, notebook, noon, fate, again):
    rows = family()
    notebook.answers = [Answer(Outcome.LOST)]
    services.messages_drain()
    assert states(rows) == [State.UNKNOWN] * 3
    services.messages_withdraw(subject=("scheduling.appointment", 2), reason="cancelled", actor=None)
    notebook.sent = []
    noon.shift(timedelta(seconds=31))
    notebook.reports_ = [Report(fate)]
    assert services.messages_ask() == 1
    services.messages_drain()
    assert [sent.text for sent in notebook.sent] == ["Ждём вас: Мария в 10:00, Анна в 12:00."] * again
    middle = State.WITHDRAWN if again else states(rows)[0]
    assert states(rows)[1] == middle


def test_a_refused_familys_sms_fails_for_all(family, notebook, noon):
    rows = family()
    notebook.answers = [Answer(Outcome.REFUSED, error="bad number")]
    services.messages_drain()
    assert states(rows) == [State.FAILED] * 3


# Quiet hours


SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)  # the clock jumps in Bucharest at four and back to three


@pytest.mark.feature("MSG-20")
@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", [BUCHAREST, MOSCOW])
def test_morning_comes_at_the_branchs_nine_on_the_night_of_the_jump(queue, notebook, day, zone):
    branch = BranchFactory(timezone=zone)
    evening = clock.at(day - timedelta(days=1), time(22), zone)
    with time_machine.travel(evening, tick=False) as traveller:
        message = queue(branch=branch)
        assert clock.local(message.send_after, zone) == datetime.combine(day, time(9), ZoneInfo(zone))
        Message.objects.update(send_after=evening)  # whatever stands there, nobody is woken
        went = []
        while not went:
            traveller.shift(timedelta(minutes=10))
            services.messages_drain()
            went = list(notebook.sent)
        assert f"{clock.local(clock.now(), zone):%d %H:%M}" == f"{day:%d} 09:00"


@given(
    st.datetimes(min_value=datetime(2026, 10, 20), max_value=datetime(2027, 4, 5), timezones=st.just(UTC)),
    st.sampled_from([BUCHAREST, MOSCOW, "Asia/Vladivostok"]),
    st.integers(18, 23), st.integers(5, 11),
)  # fmt: skip
def test_the_first_moment_that_is_not_quiet_is_found_across_every_jump(moment, zone, first, last):
    """A walk minute by minute on the wall finds the same."""
    start, end = time(first), time(last)

    def sleeps(at):
        return rules.is_quiet(clock.local(at, zone).time(), start, end)

    local = moment.astimezone(ZoneInfo(zone))
    allowed = rules.after_quiet(local, start, end)
    found = moment if allowed == local else clock.at(allowed.date(), allowed.time(), zone)
    walk = moment
    while sleeps(walk):
        walk += timedelta(minutes=1)
    assert not sleeps(found)
    assert timedelta(0) <= walk - found < timedelta(minutes=1)


def test_nothing_is_begun_in_the_last_minute_before_the_quiet(queue, notebook):
    with time_machine.travel(clock.at(date(2026, 11, 24), time(20, 58, 30), MOSCOW), tick=False) as traveller:
        queue()
        traveller.shift(timedelta(seconds=40))
        assert services.messages_drain() == 0
