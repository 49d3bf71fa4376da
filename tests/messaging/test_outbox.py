"""Into the outbox, out of it, and out to the provider: once, never after a cancel, never at night."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core import clock
from core.models import EventRecord
from messaging import services
from messaging.errors import AlreadyHandedOver, NotConsented
from messaging.gateways import Answer, Envelope, Fate, Outcome, Report
from messaging.models import Attempt, Kind, Message
from messaging.recipients import RECIPIENTS, Recipient
from messaging.services import drain

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)  # in Moscow
State = Message.State


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def state_of(message):
    message.refresh_from_db()
    return message.state


@pytest.mark.feature("MSG-13")
def test_a_queued_message_goes_out_with_our_own_id(queue, notebook):
    message = queue()
    assert message.text == "Анна, ждём вас в 10:00"
    assert services.messages_drain() == 1
    assert [(sent.key, sent.phone, sent.text) for sent in notebook.sent] == [
        (message.key, "+79001234567", message.text)
    ]
    assert state_of(message) == State.SENT
    assert message.sent_at == NOON
    assert message.claim is None


@pytest.mark.feature("MSG-19")
def test_one_thing_is_told_once_per_window(queue, notebook):
    assert queue() is not None
    assert queue() is None
    services.messages_drain()
    assert queue() is None
    assert queue(window="2026-11-26") is not None
    assert Message.objects.count() == 2


@pytest.mark.feature("MSG-19")
def test_what_was_withdrawn_may_be_queued_again(queue):
    queue()
    assert services.messages_withdraw(subject=("scheduling.appointment", 1), reason="moved", actor=None).withdrawn == 1
    assert queue() is not None


def test_a_second_message_of_a_window_breaks_the_constraint(queue):
    first = queue()
    with pytest.raises(IntegrityError, match="message_once_per_window"), transaction.atomic():
        Message.objects.create(
            purpose=first.purpose, subject_kind=first.subject_kind, subject_id=1, window=first.window, phone="+7", text="x",
            segments=1, send_after=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"phone": ""}, "message_has_a_phone"), ({"text": ""}, "message_has_a_text"),
        ({"state": "claimed"}, "message_claimed_by_somebody_for_a_time"), ({"state": "sent"}, "message_sent_at_a_time"),
    ],
)  # fmt: skip
def test_no_message_is_half(queue, changes, name):
    message = queue()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**changes)


@pytest.mark.feature("MSG-19")
def test_a_message_of_a_rolled_back_fact_never_goes_out(queue, notebook):
    with pytest.raises(RuntimeError), transaction.atomic():
        queue()
        raise RuntimeError
    assert services.messages_drain() == 0


@pytest.mark.feature("MSG-19")
def test_a_withdrawn_message_never_goes_out(queue, notebook):
    message = queue()
    done = services.messages_withdraw(subject=("scheduling.appointment", 1), reason="cancelled", actor=None)
    assert (done.withdrawn, done.in_flight) == (1, 0)
    assert services.messages_drain() == 0
    assert state_of(message) == State.WITHDRAWN
    assert message.withdraw_reason == "cancelled"


@pytest.mark.feature("MSG-19")
@pytest.mark.parametrize(
    ("answer", "state"), [(Outcome.SENT, State.SENT), (Outcome.LATER, State.WITHDRAWN), (Outcome.LOST, State.UNKNOWN)]
)
def test_one_that_is_being_handed_over_cannot_be_called_back_but_is_never_repeated(
    queue, notebook, noon, answer, state
):
    message = queue()
    done = []
    notebook.on_send = lambda envelope: done.append(
        services.messages_withdraw(subject=("scheduling.appointment", 1), reason="cancelled", actor=None)
    )
    notebook.answers = [Answer(answer)]
    services.messages_drain()
    assert (done[0].withdrawn, done[0].in_flight) == (0, 1)
    assert state_of(message) == state
    notebook.on_send, notebook.sent = None, []  # the provider has never seen it
    noon.shift(timedelta(hours=1))
    services.messages_ask()
    services.messages_drain()
    assert notebook.sent == []
    assert state_of(message) in (State.SENT, State.WITHDRAWN)


@pytest.mark.feature("MSG-20")
def test_at_night_messages_wait_for_the_branchs_morning(queue, notebook, noon, branch, other_branch):
    other_branch.timezone = "Asia/Vladivostok"  # seven hours ahead: 22:00 there at three in the afternoon here
    other_branch.save()
    noon.shift(timedelta(hours=3))
    here, there = queue(1), queue(2, branch=other_branch)
    assert here.send_after == clock.now()
    assert there.send_after == datetime(2026, 11, 24, 23, tzinfo=UTC)
    services.messages_drain()
    assert [sent.key for sent in notebook.sent] == [here.key]


@pytest.mark.feature("MSG-20")
def test_a_delayed_message_is_not_sent_in_quiet_hours_but_an_urgent_one_is(queue, notebook, noon):
    queue(1)
    urgent = queue(2, is_urgent=True)
    noon.move_to(datetime(2026, 11, 24, 20, tzinfo=UTC))
    services.messages_drain()
    assert [sent.key for sent in notebook.sent] == [urgent.key]
    noon.move_to(datetime(2026, 11, 25, 6, tzinfo=UTC))
    assert services.messages_drain() == 1


@pytest.mark.feature("MSG-06")
@pytest.mark.parametrize(("service", "marketing"), [(True, False), (False, True)])
def test_who_does_not_want_a_kind_gets_none_of_it(queue, branch, director, service, marketing):
    to = Recipient("+79001234567", allows_service=service, allows_marketing=marketing)
    assert (queue(to=to) is not None) is service
    for kind, allowed in ((Kind.SERVICE, service), (Kind.MARKETING, marketing)):
        write = {
            "phone": to.phone,
            "text": "Здравствуйте",
            "kind": kind,
            "recipient": to,
            "branch": branch,
            "actor": director,
        }
        if allowed:
            assert services.message_send_by_hand(**write).kind == kind
        else:
            with pytest.raises(NotConsented):
                services.message_send_by_hand(**write)


@pytest.mark.feature("MSG-06")
def test_a_consent_taken_back_while_the_message_waits_is_obeyed(queue, notebook):
    people = {7: Recipient("+79001234567"), 8: Recipient("+79001234568")}
    provider = RECIPIENTS.register(lambda ids: {pk: people[pk] for pk in ids if pk in people}, module="messaging")
    try:
        kept, refused, gone = (queue(n, to=Recipient(f"+7900123456{n}", "Анна", patient_id=n)) for n in (7, 8, 9))
        people[8] = Recipient("+79001234568", allows_service=False)
        services.messages_drain()
        assert [sent.key for sent in notebook.sent] == [kept.key]
        assert [state_of(row) for row in (kept, refused, gone)] == [State.SENT, State.WITHDRAWN, State.WITHDRAWN]
    finally:
        RECIPIENTS.unregister(provider)


def test_nobody_without_a_phone_is_queued(queue):
    assert queue(to=Recipient("", "Анна")) is None


def test_a_message_in_the_persons_language_or_the_clinics(queue):
    assert queue(1, to=Recipient("+7", "Ann", language="en")).text == "Ann, see you at 10:00"
    assert queue(2, to=Recipient("+7", "Ana", language="ro")).text == "Ana, ждём вас в 10:00"


def test_a_pointless_message_fails_instead_of_coming_late(queue, notebook, noon):
    message = queue(expires_at=NOON + timedelta(hours=1))
    noon.shift(timedelta(hours=2))
    services.messages_drain()
    assert notebook.sent == []
    assert (state_of(message), message.error) == (State.FAILED, "too late")


def test_what_the_provider_could_not_take_is_tried_again_later_and_later(queue, notebook, noon):
    message = queue()
    notebook.answers = [Answer(Outcome.LATER, error="HTTP 503")] * 2
    services.messages_drain()
    assert (state_of(message), message.attempts) == (State.WAITING, 1)
    assert services.messages_drain() == 0
    noon.shift(timedelta(seconds=31))
    services.messages_drain()
    assert message.send_after < clock.now()
    message.refresh_from_db()
    assert message.send_after == clock.now() + timedelta(seconds=120)
    noon.shift(timedelta(seconds=121))
    services.messages_drain()
    assert (state_of(message), message.attempts) == (State.SENT, 3)
    assert list(message.history.values_list("what", flat=True)) == [Attempt.What.LATER] * 2


def test_one_that_the_provider_refuses_fails_at_once_and_is_told(queue, notebook):
    from core.events import _after, _subscribe
    from messaging.events import MessageFailed

    def hear(event):
        pass

    _subscribe(_after, MessageFailed, hear)
    try:
        message = queue()
        notebook.answers = [Answer(Outcome.REFUSED, error="bad number")]
        services.messages_drain()
        assert (state_of(message), message.error) == (State.FAILED, "bad number")
        assert EventRecord.objects.get(kind="messaging.MessageFailed").payload["message_id"] == message.pk
    finally:
        _after[MessageFailed].remove(hear)


@pytest.mark.parametrize(
    ("fate", "state", "again"),
    [
        (Fate.SENT, State.SENT, 0),
        (Fate.DELIVERED, State.DELIVERED, 0),
        (Fate.FAILED, State.FAILED, 0),
        (Fate.MISSING, State.SENT, 1),
        (Fate.SILENT, State.UNKNOWN, 0),
    ],
)
def test_a_lost_one_is_asked_about_before_it_is_repeated(queue, notebook, noon, fate, state, again):
    message = queue()
    notebook.answers = [Answer(Outcome.LOST, error="timed out")]
    services.messages_drain()
    assert state_of(message) == State.UNKNOWN
    notebook.sent = []
    assert services.messages_drain() == 0, "nobody repeats what may have arrived"
    assert services.messages_ask() == 0, "the provider may still have it in its hands"
    noon.shift(timedelta(seconds=31))
    notebook.reports_ = [Report(fate)]
    assert services.messages_ask() == 1
    services.messages_drain()
    assert state_of(message) == state
    assert len(notebook.sent) == again


def test_a_provider_that_stays_silent_is_asked_more_and_more_rarely_and_nothing_is_repeated(queue, notebook, noon):
    message = queue()
    notebook.answers = [Answer(Outcome.LOST)]
    services.messages_drain()
    notebook.sent, times = [], 0
    for _minute in range(600):
        noon.shift(timedelta(minutes=1))
        notebook.reports_ = [Report(Fate.SILENT)]
        times += services.messages_ask()
        services.messages_drain()
    assert state_of(message) == State.UNKNOWN
    assert 8 < times < 30
    assert notebook.sent == []


def test_what_a_killed_worker_had_in_its_hands_is_asked_about(queue, notebook, noon):
    message = queue()
    rows = drain.claim_due(notebook, uuid.uuid4(), drain.LEASE, [], 10)
    assert [row.pk for row in rows] == [message.pk]
    assert services.messages_recover() == 0
    noon.shift(timedelta(seconds=121))
    assert services.messages_recover() == 1
    services.messages_ask()
    assert state_of(message) == State.WAITING, "the provider has never seen it"
    services.messages_drain()
    assert len(notebook.sent) == 1


def test_a_worker_that_comes_back_from_the_dead_changes_nothing(queue, notebook, noon):
    """Its lease was over, another worker has sent the message: what the first one writes down is void."""
    message = queue()
    stale = uuid.uuid4()
    rows = drain.claim_due(notebook, stale, drain.LEASE, [], 10)
    noon.shift(timedelta(seconds=121))
    services.messages_recover()
    services.messages_ask()
    services.messages_drain()
    load = drain.Load(notebook, Envelope(rows[0].key, rows[0].phone, rows[0].text), rows[0])
    drain.write_down(notebook, stale, [(load, Answer(Outcome.LATER))])
    assert state_of(message) == State.SENT


def test_a_worker_that_was_stopped_for_long_gives_back_what_it_has_not_handed_over(queue, notebook):
    message = queue()
    claim = uuid.uuid4()
    rows = drain.claim_due(notebook, claim, drain.LEASE, [], 10)
    drain.hand_over({"sms": notebook}, claim, rows, deadline=0)
    assert notebook.sent == []
    assert state_of(message) == State.WAITING


def test_after_many_tries_it_is_given_up(queue, notebook, noon):
    message = queue()
    for _try in range(12):
        notebook.answers = [Answer(Outcome.LATER, error="HTTP 503")]
        services.messages_drain()
        noon.move_to(clock.now() + timedelta(days=1))
    assert state_of(message) == State.FAILED
    assert message.attempts == 8


@pytest.mark.feature("MSG-03")
def test_two_clicks_send_one_message(branch, director, notebook):
    key = uuid.uuid4()
    for _click in range(2):
        services.message_send_by_hand(phone="+79001234567", text="Ждём вас", branch=branch, actor=director, key=key)
    services.messages_drain()
    assert [sent.key for sent in notebook.sent] == [key]


def test_a_message_by_hand_can_be_withdrawn_until_it_is_handed_over_and_repeated_when_it_failed(
    branch, director, notebook
):
    write = {"phone": "+79001234567", "text": "Ждём вас", "branch": branch, "actor": director}
    first, second = (services.message_send_by_hand(**write) for _n in range(2))
    services.message_withdraw(message_id=first.pk, reason="by hand", actor=director)
    services.messages_drain()
    with pytest.raises(AlreadyHandedOver):
        services.message_withdraw(message_id=second.pk, reason="by hand", actor=director)
    with pytest.raises(AlreadyHandedOver):
        services.message_repeat(message_id=second.pk, actor=director)
    again = services.message_repeat(message_id=first.pk, actor=director)
    services.messages_drain()
    assert [sent.key for sent in notebook.sent] == [second.key, again.key]


@pytest.mark.feature("MSG-01")
def test_parts_and_cost_are_counted(branch, director):
    message = services.message_send_by_hand(phone="+79001234567", text="я" * 71, branch=branch, actor=director)
    assert (message.segments, str(message.cost)) == (2, "9.00")
