"""The clinic's own WhatsApp, paired by a QR picture, emulated in another process."""

import json

import pytest

from core import clock
from integrations.models import Connection, Exchange, Received
from integrations.services import connection_make, connection_pairing
from messaging import services
from messaging.models import Address, Channel, Incoming, Message
from messaging.recipients import Recipient
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("MSG-10", "MSG-11", "INT-01")]
State = Message.State
PHONE = "79001234567"
TOKEN = "gtoken-1234567890"


@pytest.fixture
def anna(branch):
    return PatientFactory(last_name="Ёлкина", first_name="Анна", branch=branch, phone=f"+{PHONE}")


@pytest.fixture
def unpaired(whatsapp, director, always_awake, live_server):
    values = {"instance": "7103000001", "token": TOKEN, "url": whatsapp.url}
    return connection_make(code="whatsapp", typed=values, base_url=live_server.url, actor=director)


@pytest.fixture
def paired(unpaired, whatsapp, heard):
    whatsapp.order("push", kind="scan")
    heard()
    return Connection.objects.get(code="whatsapp")


@pytest.fixture
def linked(paired, whatsapp, heard, anna):
    whatsapp.order("push", kind="text", phone=PHONE, text="Здравствуйте", id="IN0")
    heard()
    return anna


def write(patient, branch, number=1, text="Ждём вас в 10:00"):
    to = Recipient(patient.phone, patient.full_name, patient.pk)
    return services.message_queue(
        purpose="manual",
        recipient=to,
        branch=branch,
        actor=None,
        text=text,
        subject=("test.subject", number),
    )


def state_of(message):
    message.refresh_from_db()
    return message.state, message.channel


def test_the_picture_is_shown_until_it_is_scanned(client, director, unpaired, whatsapp, heard):
    client.force_login(director)
    assert unpaired.facts["pairing"] == "notAuthorized"
    page = client.get("/settings/integrations/whatsapp/pairing/").content.decode()
    assert 'src="data:image/png;base64,' in page
    assert "every 20s" in page
    whatsapp.order("push", kind="scan", secret="wrong")
    heard()
    assert "data:image" not in client.get("/settings/integrations/whatsapp/pairing/").content.decode()
    row = Connection.objects.get(code="whatsapp")
    assert (row.facts["pairing"], row.facts["number"], row.state) == ("authorized", "79990000000", "on")
    assert client.get("/settings/integrations/whatsapp/").status_code == 200
    whatsapp.order("push", kind="unpair")
    heard()
    row.refresh_from_db()
    assert (row.state, row.facts["pairing"]) == ("broken", "notAuthorized")


def test_a_wrong_token_is_refused_and_the_right_one_is_nowhere_in_the_log(whatsapp, director, live_server, paired):
    with pytest.raises(Exception, match=r"token|токен"):
        connection_make(
            code="whatsapp", typed={"instance": "1", "token": "wrong-token", "url": whatsapp.url},
            base_url=live_server.url, actor=director,
        )  # fmt: skip
    rows = list(Exchange.objects.values_list("url", "asked", "answered", "error"))
    assert rows
    assert not any(TOKEN in text for row in rows for text in row)
    assert TOKEN not in json.dumps(list(Connection.objects.values("options", "secrets", "facts")))


def test_an_unpaired_phone_sends_nothing_and_sms_goes_instead(anna, unpaired, whatsapp, connected, smsc, branch):
    services.address_link_by_phone(phone=anna.phone, channel="whatsapp", address=PHONE)
    message = write(anna, branch)
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.SMS)
    assert whatsapp.messages == []


def test_who_has_written_first_is_written_to_there_and_the_way_of_a_message_is_told(linked, whatsapp, branch, heard):
    message = write(linked, branch)
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.WHATSAPP)
    assert [(each["chat"], each["text"]) for each in whatsapp.messages] == [(f"{PHONE}@c.us", "Ждём вас в 10:00")]
    whatsapp.order("push", kind="statuses", status=["sent", "delivered", "read"], shuffle=3, times=2)
    heard()
    assert state_of(message)[0] == State.DELIVERED
    assert Received.objects.filter(state="failed").count() == 0


def test_a_link_of_the_card_brings_the_patient_from_any_phone(anna, paired, whatsapp, director, heard):
    from messaging.slots import bot_link

    code = services.link_code_make(patient_id=anna.pk, channel="whatsapp", actor=director)
    assert bot_link("whatsapp", code).startswith("https://wa.me/79990000000?text=")
    whatsapp.order("push", kind="text", phone="79165554433", text=f"/start {code}")
    heard()
    assert list(Address.objects.values_list("patient_id", "address")) == [(anna.pk, "79165554433")]


def test_no_whatsapp_at_the_phone_is_an_sms_and_the_next_one_at_once(paired, whatsapp, connected, smsc, branch, heard):
    boris = PatientFactory(branch=branch, phone="+79001230004")
    services.address_link_by_phone(phone=boris.phone, channel="whatsapp", address="79001230004")
    message = write(boris, branch)
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.WHATSAPP)
    whatsapp.order("push", kind="statuses", status=[])
    heard()
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.SMS)
    other = write(boris, branch, 2, "Ждём вас завтра")
    services.messages_drain()
    assert state_of(other) == (State.SENT, Channel.SMS)
    assert (len(whatsapp.messages), len(smsc.messages)) == (1, 2)


@pytest.mark.parametrize("fault", ["accept_timeout", "garbage"])
def test_taken_and_then_silent_is_found_by_what_the_gateway_has_sent_and_never_repeated(
    linked, whatsapp, branch, heard, fault
):
    message = write(linked, branch)
    whatsapp.fault("sendMessage", fault)
    services.messages_drain()
    assert state_of(message)[0] == State.UNKNOWN
    whatsapp.order("push", kind="echo", ago=300, times=2)
    heard()
    assert state_of(message)[0] == State.SENT
    assert message.provider_id == whatsapp.messages[0]["id"]
    Message.objects.update(send_after=clock.now())
    services.messages_recover()
    services.messages_drain()
    assert len(whatsapp.messages) == 1


def test_what_it_tells_before_we_know_of_it_is_asked_again(paired, whatsapp, linked, branch, heard):
    message = write(linked, branch)
    whatsapp.fault("sendMessage", "accept_timeout")
    services.messages_drain()
    Message.objects.filter(pk=message.pk).update(
        state=State.CLAIMED, claim="00000000-0000-0000-0000-000000000001", lease_until=clock.now()
    )
    whatsapp.order("push", kind="echo")
    heard()
    assert Received.objects.filter(state="new").count() == 1
    Message.objects.filter(pk=message.pk).update(state=State.UNKNOWN, claim=None, lease_until=None)
    Received.objects.update(next_at=clock.now())
    heard()
    assert state_of(message)[0] == State.SENT


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_a_500_is_doubt_and_no_repeat(linked, whatsapp, branch, fault):
    message = write(linked, branch)
    whatsapp.fault("sendMessage", fault)
    services.messages_drain()
    assert state_of(message)[0] == State.UNKNOWN
    services.messages_drain()
    assert whatsapp.messages == []


def test_a_used_up_plan_closes_the_road_and_loses_nothing(linked, whatsapp, branch):
    whatsapp.order("fault", path="never", kind="quota")
    message = write(linked, branch)
    services.messages_drain()
    assert state_of(message)[0] == State.WAITING
    assert Connection.objects.get(code="whatsapp").state == "broken"


@pytest.mark.feature("MSG-21")
def test_words_come_in_once_and_only_with_the_token(linked, whatsapp, heard):
    assert whatsapp.order("push", kind="text", phone=PHONE, text="x", id="IN7", secret="wrong")["statuses"] == [403]
    whatsapp.order("push", kind="text", phone=PHONE, text="1", id="IN8", times=3)
    heard()
    assert list(Incoming.objects.order_by("pk").values_list("patient_id", "text", "meaning")) == [
        (linked.pk, "Здравствуйте", "free"), (linked.pk, "1", "confirm"),
    ]  # fmt: skip


def test_whoever_pairs_must_have_the_right(client, reception, unpaired):
    client.force_login(reception)
    assert client.get("/settings/integrations/whatsapp/pairing/").status_code == 403
    assert connection_pairing(code="whatsapp").picture


def test_a_patients_own_order_is_walked_channel_by_channel_and_never_back(
    linked, whatsapp, bot, telegram, connected, smsc, director, branch, heard
):
    code = services.link_code_make(patient_id=linked.pk, channel="telegram", actor=director)
    telegram.order("push", kind="text", chat=77, text=f"/start {code}")
    heard()
    services.preference_set(patient_id=linked.pk, channels=["whatsapp", "telegram", "sms"], actor=director)
    telegram.order("push", kind="block", chat=77)
    message = write(linked, branch)
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.WHATSAPP)
    whatsapp.order("push", kind="statuses", status=["failed"])
    heard()
    services.messages_drain()
    assert state_of(message) == (State.SENT, Channel.SMS)
    assert message.tried == ["whatsapp", "telegram"]
    assert [each["text"] for each in smsc.messages] == ["Ждём вас в 10:00"]
    services.preference_set(patient_id=linked.pk, channels=["sms"], actor=director)
    write(linked, branch, 2, "Ждём вас завтра")
    services.messages_drain()
    assert (len(whatsapp.messages), len(smsc.messages)) == (1, 2)
