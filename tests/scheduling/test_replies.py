"""«1» confirms, words go to the reception, «STOP» ends marketing; a doctor hears of a visit that is cancelled."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core.events import deliver_due
from core.models import Delivery
from messaging import services
from messaging.models import Incoming, Message
from scheduling.models import Appointment
from scheduling.reminders import finding
from scheduling.services import appointment_cancel
from work.models import Notification

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MSG-21")]
MORNING = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock_stands():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def day():
    from core import clock

    return clock.today("Europe/Moscow") + timedelta(days=1)


@pytest.fixture
def reminded(book, clock_stands):
    """A visit of tomorrow whose reminder has been sent."""
    row = book(10)
    Appointment.objects.filter(pk=row.pk).update(created_at=MORNING - timedelta(days=1))
    finding.reminders_find()
    clock_stands.move_to(datetime(2026, 11, 24, 8, tzinfo=UTC))
    services.messages_drain()
    assert Message.objects.get().state == "sent"
    return row


def reply(text, key="1", phone="+79001234567"):
    return services.incoming_receive(
        gateway="test", provider_key=key, channel="sms", address=phone, phone=phone, text=text
    )


@pytest.mark.parametrize("text", ["1", " 1. ", "Да", "ПОДТВЕРЖДАЮ!"])
def test_one_confirms_the_visit(reminded, text):
    row = reply(text)
    reminded.refresh_from_db()
    assert (reminded.state, row.state) == ("confirmed", "understood")
    assert row.patient_id == reminded.patient_id


def test_the_same_reply_twice_is_one(reminded):
    assert reply("1") is not None
    assert reply("1") is None
    assert Incoming.objects.count() == 1


def test_one_after_a_cancel_confirms_nothing_and_waits_for_people(reminded, reception):
    appointment_cancel(appointment_id=reminded.pk, reason="заболел", then="lost", actor=reception)
    row = reply("1")
    reminded.refresh_from_db()
    assert (reminded.state, row.state) == ("cancelled", "new")


@pytest.mark.parametrize(
    ("text", "meaning"), [("Можно позже?", "free"), ("не приду", "decline"), ("1000 рублей?", "free")]
)
def test_words_wait_for_the_reception_and_are_told(reminded, reception, text, meaning):
    row = reply(text)
    reminded.refresh_from_db()
    assert (row.state, row.meaning, reminded.state) == ("new", meaning, "booked")
    Delivery.objects.update(next_at=MORNING)
    deliver_due()
    assert Notification.objects.filter(user=reception, kind="scheduling.reply").count() == 1


def test_one_of_a_mother_confirms_the_visits_of_all_her_family(book, boris, anna, clock_stands):
    type(boris).objects.filter(pk=boris.pk).update(phone=anna.phone)
    rows = [book(10), book(12, patient=boris)]
    Appointment.objects.update(created_at=MORNING - timedelta(days=1))
    finding.reminders_find()
    clock_stands.move_to(datetime(2026, 11, 24, 8, tzinfo=UTC))
    services.messages_drain()
    leader = Message.objects.get(joined_to__isnull=True)
    assert "в 10:00" in leader.handed_text
    assert "в 12:00" in leader.handed_text
    reply("1")
    assert [Appointment.objects.get(pk=row.pk).state for row in rows] == ["confirmed"] * 2


@pytest.mark.feature("MSG-06")
def test_stop_ends_marketing_and_leaves_reminders(reminded, anna):
    type(anna).objects.filter(pk=anna.pk).update(mailing_allowed=True)
    row = reply("СТОП")
    anna.refresh_from_db()
    assert (anna.mailing_allowed, anna.reminders_allowed, row.state) == (False, True, "understood")


def test_a_stranger_is_heard_too(reception):
    row = reply("Здравствуйте, сколько стоит?", phone="+79998887766")
    assert (row.patient_id, row.state, row.branch_id) == (None, "new", None)


def test_by_its_pages(reminded, reception, client, anna):
    row = reply("Можно на час позже?")
    client.force_login(reception)
    assert "Можно на час позже?" in client.get("/incoming/").content.decode()
    assert "Можно на час позже?" in client.get(f"/incoming/{row.pk}/").content.decode()
    assert client.post(f"/incoming/{row.pk}/answer/", {"text": "Да, ждём в 11:00"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "handled"
    assert client.post(f"/incoming/{row.pk}/reopen/").status_code == 204
    assert client.post(f"/incoming/{row.pk}/done/").status_code == 204
    page = client.get(f"/patients/{anna.pk}/messages/").content.decode()
    assert "Можно на час позже?" in page
    assert "Да, ждём в 11:00" in page
    assert client.get(f"/messages/new/?patient={anna.pk}").status_code == 200


def test_a_stranger_of_another_branch_sees_none_of_it(reminded, stranger, client):
    row = reply("Можно на час позже?")
    client.force_login(stranger)
    assert client.get(f"/incoming/{row.pk}/").status_code == 404
    assert "Можно на час" not in client.get("/incoming/").content.decode()


@pytest.mark.feature("MSG-22")
def test_a_doctor_hears_of_a_visit_that_others_cancel_and_not_of_his_own(book, boris, reception, doctor):
    mine, other = book(10), book(12, patient=boris)
    Appointment.objects.update(created_at=MORNING - timedelta(days=1))
    appointment_cancel(appointment_id=mine.pk, reason="сам", then="lost", actor=doctor)
    assert not Notification.objects.filter(user=doctor).exists()
    appointment_cancel(appointment_id=other.pk, reason="заболел", then="lost", actor=reception)
    assert "12:00" in Notification.objects.get(user=doctor, kind="scheduling.cancelled_for_doctor").text
