"""Beeline's SMS, emulated in another process: its XML, its words instead of numbers, its faults."""

import pytest

from core import clock
from core.errors import DomainError
from integrations.models import Connection, Exchange
from integrations.services import connection_make, hook_path
from messaging import services
from messaging.models import Incoming, Message
from messaging.recipients import Recipient
from tests.integrations.conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("MSG-11", "INT-01")]
State = Message.State


@pytest.fixture
def road(beeline, director, always_awake, live_server):
    values = {"login": "clinic", "password": PASSWORD, "url": f"{beeline.url}/sms_send/"}
    row = connection_make(code="beeline", typed=values, base_url=live_server.url, actor=director)
    beeline.order("hook", url=live_server.url + hook_path(row))
    return row


def write(branch, phone="+79161112233", number=1, text="Приём 23.11 в 10:00 & кофе <…>"):
    return services.message_queue(
        purpose="manual",
        recipient=Recipient(phone, "Анна"),
        branch=branch,
        actor=None,
        text=text,
        subject=("x.x", number),
    )


def state_of(message):
    message.refresh_from_db()
    return message.state


def ask_now(times=1):
    for _n in range(times):
        Message.objects.update(ask_at=clock.now())
        services.messages_ask()


def test_sent_with_our_number_and_asked_until_it_has_arrived(road, beeline, branch):
    assert road.facts["balance"] == "812.50"
    message = write(branch)
    services.messages_drain()
    (sent,) = beeline.messages
    assert (state_of(message), sent["text"], sent["post_id"]) == (State.SENT, message.text, str(message.pk))
    assert message.provider_id == sent["id"] == "9007199254740994"
    ask_now(3)
    assert state_of(message) == State.DELIVERED


def test_what_does_not_arrive_says_why(road, beeline, branch):
    message = write(branch, "+79161110008")
    services.messages_drain()
    ask_now(3)
    assert (state_of(message), message.error) == (State.FAILED, "Абонент не отвечает")


def test_a_bad_number_is_refused_alone(road, beeline, branch):
    bad, good = write(branch, "+79161110007"), write(branch, number=2)
    services.messages_drain()
    assert (state_of(bad), state_of(good)) == (State.FAILED, State.SENT)
    assert "Неверный номер" in bad.error


@pytest.mark.parametrize(
    ("fault", "made"), [("accept_timeout", 1), ("garbage", 1), ("500", 0), ("drop", 0), ("timeout", 0)]
)
def test_a_lost_answer_is_asked_about_and_nothing_is_lost_or_doubled(road, beeline, branch, fault, made):
    message = write(branch)
    beeline.fault("sms_send", fault)
    services.messages_drain()
    assert state_of(message) == State.UNKNOWN
    assert len(beeline.messages) == made
    ask_now()
    Message.objects.update(send_after=clock.now())
    services.messages_drain()
    assert (state_of(message), len(beeline.messages)) == (State.SENT, 1)


def test_where_texts_are_not_told_nobody_repeats(road, beeline, branch):
    write(branch)
    services.messages_drain()
    beeline.order("push", kind="texts", on=False)
    message = write(branch, number=2, text="Другой текст")
    beeline.fault("sms_send", "500")
    services.messages_drain()
    ask_now()
    services.messages_drain()
    assert (state_of(message), len(beeline.messages)) == (State.UNKNOWN, 1)


def test_a_locked_account_closes_the_road_and_is_seen(road, beeline, branch):
    message = write(branch)
    beeline.order("push", kind="lock")
    services.messages_drain()
    assert state_of(message) == State.WAITING
    row = Connection.objects.get(code="beeline")
    assert (row.state, row.error) == ("broken", "Учётная запись заблокирована")


def test_a_wrong_password_connects_nothing_and_no_secret_is_written_down(road, beeline, director, live_server):
    values = {"login": "clinic", "password": "wrong-password", "url": f"{beeline.url}/sms_send/"}
    with pytest.raises(DomainError) as refused:
        connection_make(code="beeline", typed=values, base_url=live_server.url, actor=director)
    assert "password" in refused.value.fields
    told = [text for row in Exchange.objects.values_list("url", "asked", "answered") for text in row]
    assert not any(secret in text for text in told for secret in (PASSWORD, "s3cret-PSW%2B", "wrong-password"))


@pytest.mark.feature("MSG-21")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_replies_come_in_once_in_either_alphabet(road, beeline, heard, encoding):
    beeline.order("push", kind="reply", phone="79161112233", text="Буду", id="501", encoding=encoding, times=3)
    heard()
    row = Incoming.objects.get()
    assert (row.phone, row.text, row.meaning) == ("+79161112233", "Буду", "confirm")


@pytest.mark.parametrize("body", [b"", b"<html>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><output>&a;</output>", b"<a/>"])
def test_what_is_no_answer_is_garbled(body):
    from integrations.beeline import client

    with pytest.raises(client.Garbled):
        client.read(body)
