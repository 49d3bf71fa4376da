"""Patients are reminded of tomorrow's visits once, hear of bookings and moves, and never of what is cancelled."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from core import clock
from core.policies import Setting, forget
from messaging import services as outbox
from messaging.models import Message
from scheduling.models import Appointment
from scheduling.reminders import finding, words
from scheduling.services import appointment_cancel, appointment_move, appointment_set_state
from tests.factories import PatientFactory
from work.models import Notification

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 24, 5, tzinfo=UTC)  # eight o'clock in Moscow
State = Message.State


@pytest.fixture(autouse=True)
def clock_stands():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def day() -> date:
    """Tomorrow."""
    return clock.today("Europe/Moscow") + timedelta(days=1)


@pytest.fixture
def book(book):
    """Booked at the moment at which the clock stands, not at the database's."""

    def make(*args, **kwargs):
        row = book(*args, **kwargs)
        Appointment.objects.filter(pk=row.pk).update(created_at=clock.now())
        row.refresh_from_db()
        return row

    return make


def told(purpose=words.REMINDER, **conditions):
    return list(Message.objects.filter(purpose=purpose.code, **conditions).order_by("pk"))


def move(row, hour, actor, **changes):
    start = row.starts_at.replace(hour=hour - 3, minute=0)
    return appointment_move(appointment_id=row.pk, starts_at=start, actor=actor, **changes)


def cancel(row, actor, then="lost"):
    return appointment_cancel(appointment_id=row.pk, reason="заболел", then=then, actor=actor)


@pytest.mark.feature("MSG-08", "MSG-13")
def test_every_visit_of_tomorrow_gets_a_reminder(book, boris, clock_stands):
    first = book(10)
    book(12, patient=boris)
    assert finding.reminders_find() == 2
    message = told(subject_id=first.pk)[0]
    assert message.text.startswith("Анна Петровна, ждём вас 25.11 в 10:00")
    assert (message.patient_id, message.phone) == (first.patient_id, "+79001234567")
    assert message.send_after == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert message.expires_at == first.starts_at
    assert outbox.messages_drain() == 0, "it is not ten o'clock yet"
    clock_stands.move_to(datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert outbox.messages_drain() == 2


@pytest.mark.feature("MSG-19")
def test_a_visit_is_reminded_of_once_however_often_one_looks(book, clock_stands):
    book(10)
    found = []
    for _sweep in range(20):
        found.append(finding.reminders_find())
        outbox.messages_drain()
        clock_stands.shift(timedelta(minutes=30))
    assert sum(found) == 1
    assert [message.state for message in told()] == [State.SENT]


def test_only_tomorrow_and_only_those_who_are_expected(book, boris, reception, at):
    cancelled = book(10)
    cancel(cancelled, reception)
    book(12, patient=boris)
    Appointment.objects.filter(patient=boris).update(starts_at=at(12, days=1), ends_at=at(13, days=1))
    assert finding.reminders_find() == 0


def test_tomorrow_is_the_branchs_own(book, branch, clock_stands):
    """In Vladivostok it is already the 25th at five in the afternoon in Moscow."""
    row = book(10)
    branch.timezone = "Asia/Vladivostok"
    branch.save()
    Appointment.objects.filter(pk=row.pk).update(
        starts_at=clock.at(date(2026, 11, 26), time(10), branch.timezone),
        ends_at=clock.at(date(2026, 11, 26), time(11), branch.timezone),
    )
    clock_stands.move_to(datetime(2026, 11, 24, 13, 59, tzinfo=UTC))
    assert finding.reminders_find() == 0
    clock_stands.move_to(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    assert finding.reminders_find() == 1
    message = told()[0]
    assert "26.11 в 10:00" in message.text
    assert message.send_after == datetime(2026, 11, 25, 0, tzinfo=UTC), "ten in the morning there"


@pytest.mark.feature("MSG-06")
@pytest.mark.parametrize("changes", [{"reminders_allowed": False}, {"phone": ""}, {"deleted_at": MORNING}])
def test_who_cannot_or_does_not_want_to_be_reminded_is_not(book, anna, changes):
    book(10)
    type(anna).objects.filter(pk=anna.pk).update(**changes)
    assert finding.reminders_find() == 0


def test_a_child_is_reminded_through_who_answers_for_it(book, anna):
    from patients.models import Representative

    book(10)
    type(anna).objects.filter(pk=anna.pk).update(phone="")
    Representative.objects.create(patient=anna, full_name="Ёлкина Мария", phone="+79005556677", is_responsible=True)
    finding.reminders_find()
    assert told()[0].phone == "+79005556677"


def test_in_the_patients_language(book, anna):
    type(anna).objects.filter(pk=anna.pk).update(language="en")
    book(10)
    finding.reminders_find()
    assert "we expect you on 25.11 at 10:00" in told()[0].text


def test_parts_and_cost_are_those_of_the_text(book):
    from messaging import rules

    book(10)
    finding.reminders_find()
    message = told()[0]
    assert message.segments == rules.segments(message.text) == 2
    assert message.cost == 9


def test_a_name_with_backslashes_and_braces_is_only_a_name(book, anna):
    type(anna).objects.filter(pk=anna.pk).update(first_name=r"\1 & {{time}}", middle_name="")
    book(10)
    finding.reminders_find()
    assert told()[0].text.startswith("\\1 & ")


# Moves and cancellings


@pytest.mark.feature("MSG-19", "SCH-53")
def test_a_move_withdraws_the_unsent_reminder_and_the_new_time_gets_its_own(book, reception, clock_stands):
    row = book(10)
    finding.reminders_find()
    move(row, 15, reception)
    assert [message.state for message in told()] == [State.WITHDRAWN]
    assert finding.reminders_find() == 1
    clock_stands.move_to(datetime(2026, 11, 24, 8, tzinfo=UTC))
    outbox.messages_drain()
    sent = told(state=State.SENT)
    assert len(sent) == 1
    assert "15:00" in sent[0].text


@pytest.mark.feature("MSG-19")
@pytest.mark.parametrize("then", ["lost", "rebook"])
def test_nothing_is_sent_after_a_cancel(book, reception, clock_stands, then):
    row = book(10)
    finding.reminders_find()
    cancel(row, reception, then)
    clock_stands.shift(timedelta(hours=4))
    finding.reminders_find()
    outbox.messages_drain()
    assert [message.state for message in told()] == [State.WITHDRAWN]


def test_a_visit_that_was_missed_is_not_reminded_of(book, reception):
    row = book(10)
    finding.reminders_find()
    appointment_set_state(appointment_id=row.pk, state="no_show", actor=reception)
    assert [message.state for message in told()] == [State.WITHDRAWN]


def test_a_cancel_that_is_rolled_back_leaves_the_reminder(book, reception):
    row = book(10)
    finding.reminders_find()
    with pytest.raises(RuntimeError), transaction.atomic():
        cancel(row, reception)
        raise RuntimeError
    assert [message.state for message in told()] == [State.WAITING]


@pytest.fixture
def far(book):
    """A visit five days ahead, booked now."""
    row = book(10)
    Appointment.objects.filter(pk=row.pk).update(
        starts_at=row.starts_at + timedelta(days=5), ends_at=row.ends_at + timedelta(days=5)
    )
    row.refresh_from_db()
    return row


@pytest.fixture
def noon(clock_stands):
    clock_stands.move_to(datetime(2026, 11, 24, 9, tzinfo=UTC))
    return clock_stands


@pytest.mark.feature("SCH-53")
def test_a_booking_is_told_after_three_minutes_and_once(noon, far):
    assert finding.bookings_find() == 0
    noon.shift(timedelta(minutes=2, seconds=59))
    assert finding.bookings_find() == 0
    noon.shift(timedelta(seconds=1))
    assert finding.bookings_find() == 1
    assert finding.bookings_find() == 0
    outbox.messages_drain()
    assert [message.state for message in told(words.BOOKED)] == [State.SENT]


@pytest.mark.feature("SCH-53")
def test_a_booking_that_is_undone_within_three_minutes_reaches_nobody(noon, far, reception):
    noon.shift(timedelta(minutes=2))
    cancel(far, reception)
    noon.shift(timedelta(minutes=10))
    finding.bookings_find()
    outbox.messages_drain()
    assert Message.objects.count() == 0


def test_a_booking_for_tomorrow_is_told_by_its_reminder_alone(noon, book):
    book(10)
    noon.shift(timedelta(minutes=4))
    assert (finding.bookings_find(), finding.reminders_find()) == (0, 1)


@pytest.mark.feature("SCH-53")
def test_a_move_is_told_after_three_minutes_and_one_that_is_undone_is_not(noon, far, reception, shift):
    from scheduling.models import Shift

    Shift.objects.filter(pk=shift.pk).update(
        starts_at=far.starts_at.replace(hour=6), ends_at=far.starts_at.replace(hour=18)
    )
    noon.shift(timedelta(minutes=5))
    finding.bookings_find()
    outbox.messages_drain()
    row = move(far, 15, reception)
    notice = told(words.MOVED)[0]
    assert "15:00" in notice.text
    assert notice.send_after == clock.now() + timedelta(minutes=3)
    row = move(row, 10, reception)
    assert [message.state for message in told(words.MOVED)] == [State.WITHDRAWN], "the patient has never heard of 15:00"
    row = move(row, 16, reception)
    noon.shift(timedelta(minutes=3))
    outbox.messages_drain()
    assert [message.text for message in told(words.MOVED, state=State.SENT)] == [
        message.text for message in told(words.MOVED) if "16:00" in message.text
    ]
    cancel(row, reception)
    assert told(words.CANCELLED)[0].send_after == clock.now() + timedelta(minutes=3)
    appointment_set_state(appointment_id=row.pk, state="booked", actor=reception, reason="ошибка")
    noon.shift(timedelta(minutes=10))
    outbox.messages_drain()
    assert [message.state for message in told(words.CANCELLED)] == [State.WITHDRAWN]


def test_a_clinic_may_tell_nothing(noon, far, reception, book):
    for policy in (words.REMIND, words.TELL_BOOKED, words.TELL_CANCELLED, words.TELL_MOVED):
        Setting.objects.create(key=policy.key, value=False)
    forget()
    noon.shift(timedelta(minutes=5))
    assert (finding.bookings_find(), finding.reminders_find()) == (0, 0)
    cancel(far, reception)
    assert Message.objects.count() == 0
    forget()


@pytest.mark.feature("MSG-19")
def test_somebody_is_asked_to_call_when_a_message_does_not_arrive(book, reception, clock_stands, settings):
    from core.events import deliver_due
    from core.models import Delivery
    from messaging.gateways import GATEWAYS, Answer, Gateway, Outcome

    class Refusing(Gateway):
        code, title = "refusing", "Refusing"

        def send(self, envelope):
            return Answer(Outcome.REFUSED, error="bad number")

    book(10)
    finding.reminders_find()
    clock_stands.move_to(datetime(2026, 11, 24, 8, tzinfo=UTC))
    road = GATEWAYS.register(Refusing(), module="messaging")
    try:
        outbox.messages_drain(gateway=road)
    finally:
        GATEWAYS.unregister(road)
    Delivery.objects.update(next_at=datetime(2026, 11, 24, tzinfo=UTC))  # the database's own clock is not stopped
    deliver_due()
    heard = Notification.objects.get(user=reception)
    assert "+79001234567" in heard.text


@pytest.mark.race
@pytest.mark.feature("MSG-19")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(6))
def test_finding_and_cancelling_at_once_leave_no_reminder_of_a_cancelled_visit(book, reception, branch, round_):
    row = book(10)
    barrier = threading.Barrier(2)

    def find():
        barrier.wait()
        for _sweep in range(3):
            finding.reminders_find()
        connection.close()

    def call_off():
        barrier.wait()
        cancel(row, reception)
        connection.close()

    threads = [threading.Thread(target=find), threading.Thread(target=call_off)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not Message.objects.exclude(state=State.WITHDRAWN).exists()


def test_a_hundred_visits_are_found_by_as_many_statements_as_two(
    book, shift, sokolova, chair, branch, at, django_assert_max_num_queries
):
    people = [PatientFactory(branch=branch) for _n in range(100)]
    Appointment.objects.bulk_create(
        Appointment(
            patient=person,
            doctor=sokolova,
            chair=chair,
            branch=branch,
            starts_at=at(10) + timedelta(minutes=n),
            ends_at=at(11),
        )
        for n, person in enumerate(people[:50])
    )
    with django_assert_max_num_queries(12):
        assert finding.reminders_find() == 50
