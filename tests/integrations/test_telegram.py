"""The clinic's bot, emulated in another process: linking, writing, falling back to SMS, never twice."""

import pytest

from core import clock
from integrations.models import Connection, Received
from messaging import services
from messaging.models import Address, Channel, Incoming, Message
from messaging.recipients import Recipient
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("MSG-10")]
State = Message.State
CHAT = 77


@pytest.fixture
def anna(branch):
    return PatientFactory(last_name="Ёлкина", first_name="Анна", branch=branch, phone="+79001234567")


@pytest.fixture
def link(bot, telegram, director, heard):
    """The patient opens the link from the card."""

    def make(patient, chat=CHAT):
        code = services.link_code_make(patient_id=patient.pk, channel="telegram", actor=director)
        telegram.order("push", kind="text", chat=chat, text=f"/start {code}")
        heard()
        return code

    return make


@pytest.fixture
def write(branch):
    def put(patient, number=1, **changes):
        to = Recipient(patient.phone, patient.full_name, patient.pk)
        return services.message_queue(
            purpose="manual", recipient=to, branch=branch, actor=None, text="Ждём вас в 10:00",
            subject=("test.subject", number), **changes,
        )  # fmt: skip

    return put


def state_of(message):
    message.refresh_from_db()
    return message.state, message.channel


def sent(telegram):
    return [each["text"] for each in telegram.messages if each["text"].startswith("Ждём")]


def test_who_came_by_his_link_is_written_to_in_telegram(anna, link, write, telegram):
    link(anna)
    message = write(anna)
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.TELEGRAM)
    assert sent(telegram) == ["Ждём вас в 10:00"]
    assert message.cost == 0


def test_a_link_works_once_and_for_one_chat(anna, link, telegram, heard):
    code = link(anna)
    telegram.order("push", kind="text", chat=88, text=f"/start {code}")
    heard()
    assert list(Address.objects.values_list("address", flat=True)) == [str(CHAT)]


@pytest.mark.parametrize(("own", "linked"), [(True, 1), (False, 0)])
def test_a_phone_links_only_when_it_is_the_writers_own(anna, bot, telegram, heard, own, linked):
    telegram.order("push", kind="contact", chat=CHAT, phone="79001234567", own=own)
    heard()
    assert Address.objects.count() == linked


def test_who_has_blocked_the_bot_gets_an_sms_and_is_not_tried_again(anna, link, write, telegram, connected, smsc):
    link(anna)
    telegram.order("push", kind="block", chat=CHAT)
    first = write(anna)
    services.messages_drain()
    assert state_of(first) == (State.SENT, Channel.SMS)
    assert [each["text"] for each in smsc.messages] == ["Ждём вас в 10:00"]
    assert not Address.objects.filter(ended_at__isnull=True).exists()


def test_taken_and_then_silent_is_never_repeated_by_any_road_and_people_hear_of_it(
    anna, link, write, telegram, connected, smsc
):
    from core.models import EventRecord

    link(anna)
    message = write(anna)
    telegram.fault("sendMessage", "accept_timeout")
    services.messages_drain()
    Message.objects.update(send_after=clock.now())
    for _round in range(3):
        services.messages_ask()
        services.messages_recover()
        services.messages_drain()
    assert state_of(message) == (State.UNKNOWN, Channel.TELEGRAM)
    assert len(sent(telegram)) == 1
    assert smsc.messages == []
    assert EventRecord.objects.filter(kind="messaging.MessageFailed").count() == 1


def test_too_many_at_once_waits_as_long_as_it_is_told(anna, link, write, telegram):
    link(anna)
    telegram.order("fault", path="never", kind="slow", left=1)
    message = write(anna)
    services.messages_drain()
    assert state_of(message) == (State.WAITING, "telegram")
    assert 3 <= (message.send_after - clock.now()).total_seconds() <= 5
    Message.objects.update(send_after=clock.now())
    services.messages_drain()
    assert len(sent(telegram)) == 1


def test_an_order_of_ones_own_goes_first(anna, link, write, telegram, connected, smsc, director):
    link(anna)
    services.preference_set(patient_id=anna.pk, channels=["sms", "telegram"], actor=director)
    assert write(anna) and services.messages_drain()
    assert sent(telegram) == []
    services.preference_set(patient_id=anna.pk, channels=["telegram"], actor=director)
    telegram.order("push", kind="block", chat=CHAT)
    message = write(anna, 2)
    services.messages_drain()
    assert state_of(message)[0] == State.FAILED, "no SMS to whom does not want any"
    assert len(smsc.messages) == 1


@pytest.mark.feature("MSG-21")
def test_words_to_the_bot_come_in_once(anna, link, telegram, heard):
    link(anna)
    telegram.order("push", kind="text", chat=CHAT, text="Можно на час позже?", times=3)
    heard()
    row = Incoming.objects.get()
    assert (row.patient_id, row.text, row.meaning, row.state) == (anna.pk, "Можно на час позже?", "free", "new")


def test_who_does_not_know_the_secret_is_not_heard(anna, bot, telegram, heard):
    assert telegram.order("push", kind="text", chat=CHAT, text="привет", secret="wrong")["statuses"] == [403]
    assert not Received.objects.exists()


def test_a_token_that_is_no_longer_right_stops_nothing_else(anna, link, write, telegram, connected, smsc):
    link(anna)
    from core import vault

    Connection.objects.filter(code="telegram").update(secrets=vault.seal({"token": "1:wrong"}))
    message = write(anna)
    services.messages_drain()
    assert state_of(message)[0] == State.WAITING, "a closed road is no end: somebody will mend it"
    assert Connection.objects.get(code="telegram").state == "broken"
