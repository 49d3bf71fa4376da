"""SMS-Center, emulated in another process, with all its faults: nothing is lost, nothing doubled."""

import re
from datetime import timedelta

import pytest
from django.db import connection as database

from core import clock
from integrations.models import Connection, Exchange, Received
from integrations.services import connection_make, connection_test
from messaging import services
from messaging.models import Attempt, Incoming, Message
from messaging.recipients import Recipient
from tests.integrations.conftest import PASSWORD, SECRET

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("MSG-11", "INT-08")]
State = Message.State


@pytest.fixture
def write(branch, connected):
    def put(number=1, text="Ждём вас завтра в 10:00", **changes):
        given = {
            "purpose": "manual", "recipient": Recipient(f"+7900123{number:04}", "Анна"), "branch": branch, "actor": None,
            "text": text, "subject": ("test.subject", number), **changes,
        }  # fmt: skip
        return services.message_queue(**given)

    return put


def state_of(message):
    message.refresh_from_db()
    return message.state


def hurry():
    """What waits for half a minute and more is due now."""
    now = clock.now()
    Message.objects.filter(state=State.UNKNOWN).update(ask_at=now)
    Message.objects.filter(state=State.WAITING).update(send_after=now)


def test_it_goes_out_in_cyrillic_with_our_number_and_its_real_price(write, smsc):
    message = write(text="Ёлкина Анна, ждём «завтра» в 10:00 — №5 & 100% + чай")
    assert services.messages_drain() == 1
    [sent] = smsc.messages
    assert (sent["text"], sent["phone"], sent["id"]) == (message.text, "79001230001", str(message.pk))
    assert state_of(message) == State.SENT
    assert str(message.cost) == "3.50"
    assert Connection.objects.get().facts["balance"] == "996.50"


@pytest.mark.parametrize("kind", ["accept_timeout", "garbage"])
def test_taken_and_then_silent_is_asked_about_and_never_sent_again(write, smsc, kind):
    message = write()
    smsc.fault("send", kind)
    services.messages_drain()
    assert state_of(message) == State.UNKNOWN
    hurry()
    assert services.messages_drain() == 0
    services.messages_ask()
    assert state_of(message) == State.SENT
    assert len([line for line in smsc.order("log") if "send" in line["path"]]) == 1


@pytest.mark.parametrize("kind", ["timeout", "500", "drop"])
def test_not_taken_and_silent_is_asked_about_and_then_sent_once(write, smsc, kind):
    message = write()
    smsc.fault("send", kind)
    services.messages_drain()
    assert state_of(message) == State.UNKNOWN
    hurry()
    services.messages_ask()
    assert state_of(message) == State.WAITING
    services.messages_drain()
    assert state_of(message) == State.SENT
    assert len(smsc.messages) == 1


def test_a_question_without_an_answer_changes_nothing(write, smsc):
    message = write()
    smsc.fault("send", "accept_timeout")
    services.messages_drain()
    for kind in ("500", "timeout", "garbage"):
        smsc.fault("status", kind)
        hurry()
        services.messages_ask()
        services.messages_drain()
        assert state_of(message) == State.UNKNOWN
    hurry()
    services.messages_ask()
    assert state_of(message) == State.SENT
    assert len(smsc.messages) == 1


def test_a_wrong_number_fails_and_money_that_is_out_only_waits(write, smsc, connected):
    wrong = write(7)
    services.messages_drain()
    assert state_of(wrong) == State.FAILED
    poor = write(8, text="я" * 67 * 10)
    for number in range(20, 30):
        write(number, text="я" * 67 * 9)
    for _round in range(40):
        if Connection.objects.get().state == Connection.State.BROKEN:
            break
        for number in range(100 + _round * 10, 110 + _round * 10):
            write(number, text="я" * 67 * 9)
        services.messages_drain()
    assert Connection.objects.get().error == "no money"
    waiting = Message.objects.filter(state=State.WAITING)
    assert waiting.exists()
    assert set(waiting.values_list("attempts", flat=True)) == {0}, "an empty account is no attempt"
    assert state_of(poor) == State.SENT


def test_without_money_nobody_knocks_a_hundred_times(write, smsc):
    smsc.order("push", kind="balance", sum="0.00")
    for number in range(100, 200):
        write(number)
    assert services.messages_drain() == 100
    knocks = [line for line in smsc.order("log") if "send" in line["path"]]
    assert 1 <= len(knocks) <= 32, "one portion has learnt it, the others wait"
    assert set(Message.objects.values_list("state", "attempts")) == {(State.WAITING, 0)}
    smsc.order("push", kind="balance", sum="1000.00")
    hurry()
    services.messages_drain()
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}
    assert len(smsc.messages) == 100


def test_callbacks_in_any_order_and_any_number_end_right(write, smsc, heard):
    for number in (1, 2, 8, 22):
        write(number)
    services.messages_drain()
    told = smsc.order("push", kind="statuses", shuffle=7, twice=True)
    assert told["told"] == 12
    heard()
    states = dict(Message.objects.values_list("phone", "state"))
    assert states == {
        "+79001230001": State.DELIVERED, "+79001230002": State.DELIVERED, "+79001230008": State.FAILED,
        "+79001230022": State.FAILED,
    }  # fmt: skip
    assert Received.objects.count() == 12, "the second time is the same event"
    assert not Received.objects.exclude(state="done").exists()
    assert Attempt.objects.filter(what="reported").count() == 4


def test_a_callback_that_comes_before_the_answer_is_not_lost(write, smsc, heard):
    """The operator delivers within a second, our worker is still waiting for the answer that never comes."""
    message = write()
    smsc.fault("send", "accept_timeout")
    services.messages_drain()
    smsc.order("push", kind="status", id=message.pk, status=1, times=3)
    heard()
    assert state_of(message) == State.DELIVERED
    hurry()
    services.messages_ask()
    services.messages_drain()
    assert state_of(message) == State.DELIVERED
    assert len(smsc.messages) == 1


def test_a_callback_with_a_wrong_signature_or_address_changes_nothing(
    write, smsc, heard, live_server, connected, client
):
    message = write()
    services.messages_drain()
    smsc.order("hook", url=live_server.url + hook_of(connected), secret="чужое")
    assert smsc.order("push", kind="status", id=message.pk, status=20)["statuses"] == [403]
    smsc.order("hook", url=f"{live_server.url}/hooks/smsc/{'0' * 40}/", secret=SECRET)
    assert smsc.order("push", kind="status", id=message.pk, status=20)["statuses"] == [404]
    heard()
    assert state_of(message) == State.SENT
    assert not Received.objects.exists()


def hook_of(row):
    from integrations.services import hook_path

    return hook_path(row)


@pytest.mark.feature("MSG-21")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_a_reply_comes_in_whatever_its_alphabet_and_once(write, smsc, heard, encoding, connected):
    write()
    services.messages_drain()
    if encoding == "cp1251":  # its signature is over other bytes; the secret address is what is left
        from core import vault

        Connection.objects.update(secrets=vault.seal({"password": PASSWORD, "callback_secret": ""}))
    for _time in range(2):
        smsc.order("push", kind="reply", phone="79001230001", text="Приду с мамой, ёлка", encoding=encoding, ts=5)
    heard()
    row = Incoming.objects.get()
    assert (row.text, row.phone, row.meaning, row.state) == ("Приду с мамой, ёлка", "+79001230001", "free", "new")


@pytest.mark.feature("INT-01")
def test_no_secret_is_kept_open_or_told(write, smsc, connected, heard, director, client):
    message = write()
    smsc.fault("send", "accept_timeout")
    services.messages_drain()
    connection_test(code="smsc", actor=director)
    smsc.order("push", kind="status", id=message.pk, status=1)
    heard()
    client.force_login(director)
    pages = [
        client.get(url).content.decode()
        for url in ("/settings/integrations/", "/settings/integrations/smsc/", "/integration-log/", "/audit/",
                    "/api/v1/integrations/", "/api/v1/integrations/smsc/", "/api/v1/integration-log/")
    ]  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE 'BASE%'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            pages += [row for (row,) in cursor.fetchall()]
    told = "\n".join(pages)
    for secret in (PASSWORD, SECRET, "s3cret-PSW%2B"):
        assert secret not in told
    assert "•••" in "\n".join(Exchange.objects.values_list("asked", flat=True))


@pytest.mark.feature("INT-01")
def test_a_wrong_password_is_refused_beside_its_field_and_nothing_is_kept(smsc, director, client, always_awake):
    client.force_login(director)
    page = client.post("/settings/integrations/smsc/", {"login": "clinic", "password": "no", "url": f"{smsc.url}/sys/"})
    assert page.status_code == 422
    assert "Неверный логин или пароль" in page.content.decode()
    row = Connection.objects.get(code="smsc")
    assert (row.state, row.secrets) == ("off", "")
    assert Exchange.objects.filter(code="smsc").count() == 1, "the refusal stands in the raw log"


@pytest.mark.feature("INT-01")
def test_connect_change_test_disconnect_by_the_page(smsc, director, client, always_awake):
    from messaging import policies

    client.force_login(director)
    values = {"login": "clinic", "password": PASSWORD, "url": f"{smsc.url}/sys/", "version": "1"}
    assert client.post("/settings/integrations/smsc/", values).status_code == 302
    assert policies.GATEWAY.get() == "smsc", "who connects it wants to send by it"
    assert client.post("/settings/integrations/smsc/", {**values, "password": ""}).status_code == 412
    kept = {**values, "password": "", "sender": "Klinika", "version": "2"}
    assert client.post("/settings/integrations/smsc/", kept).status_code == 302, "an empty password stays as it is"
    assert client.post("/settings/integrations/smsc/test/").status_code == 302
    page = client.get("/settings/integrations/smsc/").content.decode()
    assert re.search(r"1\s000", page)
    client.post("/settings/integrations/smsc/disconnect/")
    row = Connection.objects.get(code="smsc")
    assert (row.state, row.secrets, row.facts) == ("off", "", {})


@pytest.mark.feature("INT-01")
def test_a_lost_key_asks_for_the_password_again(write, smsc, settings, director):
    from cryptography.fernet import Fernet

    message = write()
    settings.VAULT_KEYS = [Fernet.generate_key().decode()]
    services.messages_drain()
    assert state_of(message) == State.WAITING
    row = Connection.objects.get()
    assert row.state == "broken"
    assert not connection_test(code="smsc", actor=director).is_right
    typed = {"login": "clinic", "password": PASSWORD, "url": f"{smsc.url}/sys/"}
    connection_make(code="smsc", typed=typed, base_url="http://x", actor=director)
    Message.objects.update(send_after=clock.now() - timedelta(seconds=1))
    services.messages_drain()
    assert state_of(message) == State.SENT
