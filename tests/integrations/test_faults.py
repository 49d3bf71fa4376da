"""The table of a gateway's faults, met all at once and in a random order: whatever it does, nothing is lost or doubled.

| fault | SMS-Center | Telegram |
| --- | --- | --- |
| accepted, then a time-out | asked about by our number: sent | never sent again, people are told |
| an answer in a wrong alphabet | asked about: sent | never sent again, people are told |
| a time-out, a cut line, 500, nothing taken | asked about: unknown there, sent once more | never sent again, people are told |
| 429 | | again after as long as it says |
| the question answered by 500, silence, garbage | asked again later | cannot be asked |
| callbacks twice, mixed up, before the answer | the last word counts, once | an update counts once |
| a callback in windows-1251, in no alphabet | read | |

`FULL=1` for the whole size.
"""

import os
import random

import pytest

from core import clock
from core.models import EventRecord
from integrations.models import Received
from messaging import services
from messaging.models import Address, Channel, Incoming, Message
from messaging.recipients import Recipient
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("MSG-10", "MSG-11", "MSG-19", "INT-08")]
State = Message.State
FULL = bool(os.environ.get("FULL"))
MANY, SEEDS = (40, [1, 2, 3]) if FULL else (24, [2])
FAULTS = {"accept_timeout": 5, "garbage": 7, "timeout": 11, "500": 6, "drop": 13}
FATES = {"0008": State.FAILED, "0022": State.FAILED, "0007": State.FAILED}


def put(branch, number, phone, **to):
    return services.message_queue(
        purpose="manual", recipient=Recipient(phone, "Анна", **to), branch=branch, actor=None, text=f"Ждём вас, {number}",
        subject=("test.subject", number + 1),
    )  # fmt: skip


def hurry():
    """What waits for half a minute and more is due now."""
    now = clock.now()
    Message.objects.filter(state=State.UNKNOWN, ask_at__isnull=False).update(ask_at=now)
    Message.objects.filter(state=State.WAITING).update(send_after=now)


def left():
    rows = Message.objects.filter(state__in=[State.WAITING, State.CLAIMED])
    return rows.exists() or Message.objects.filter(state=State.UNKNOWN, ask_at__isnull=False).exists()


def phone_of(number):
    """Every tenth has a fate of his own: undeliverable, a wrong number, refused at once."""
    end = ("0008", "0022", "0007")[number // 10 % 3] if number % 10 == 3 else f"1{number:03}"
    return f"+7900{number:03}{end}"


@pytest.mark.parametrize("seed", SEEDS)
def test_sms_center_with_all_its_faults(branch, connected, smsc, heard, seed):
    dice = random.Random(seed)
    kinds = list(FAULTS.items())
    dice.shuffle(kinds)
    for kind, every in kinds:
        smsc.fault("send.php", kind, every=every + seed)
    for kind, every in (("500", 4), ("garbage", 5), ("timeout", 9)):
        smsc.fault("status.php", kind, every=every)
    rows = [put(branch, number, phone_of(number)) for number in range(MANY)]
    for _round in range(60):
        services.messages_drain(limit=dice.randint(1, MANY))
        if dice.random() < 0.3:  # callbacks come while answers are still out, mixed up and twice
            smsc.order("push", kind="statuses", shuffle=seed + _round, twice=True)
            heard()
        services.messages_recover()
        services.messages_ask()
        hurry()
        if not left():
            break
    smsc.order("push", kind="statuses", shuffle=seed, twice=True)
    heard()

    state = smsc.order("state")
    taken = [row for row in rows if not row.phone.endswith("0007")]
    assert state["doubles"] == []
    assert sorted(each["id"] for each in state["messages"]) == sorted(str(row.pk) for row in taken)
    for row in rows:
        row.refresh_from_db()
        assert row.state == FATES.get(row.phone[-4:], State.DELIVERED), (row.phone, row.error)
    assert not Received.objects.exclude(state="done").exists()
    failed = [row.pk for row in rows if row.state == State.FAILED]
    told = EventRecord.objects.filter(kind="messaging.MessageFailed").values_list("payload__message_id", flat=True)
    assert sorted(told) == sorted(failed), "people hear of each failure once"


@pytest.mark.parametrize("seed", SEEDS)
def test_telegram_with_all_its_faults(branch, bot, telegram, connected, smsc, heard, seed):
    dice = random.Random(seed)
    people = [PatientFactory(branch=branch, phone=f"+7901{seed:03}{number:04}") for number in range(MANY)]
    for number, patient in enumerate(people):
        telegram.order("push", kind="text", chat=100 + number, text="здравствуйте")
        Address.objects.create(patient_id=patient.pk, channel=Channel.TELEGRAM, address=str(100 + number))
    for kind, every in FAULTS.items():
        telegram.fault("sendMessage", kind, every=every + seed)
    telegram.order("fault", path="never", kind="slow", left=2)
    rows = [put(branch, number, each.phone, patient_id=each.pk) for number, each in enumerate(people)]
    for _round in range(30):
        services.messages_drain(limit=dice.randint(1, MANY))
        services.messages_recover()
        services.messages_ask()
        hurry()
        if not left():
            break

    texts = [each["text"] for each in telegram.messages]
    assert len(texts) == len(set(texts)), "nobody reads anything twice"
    assert smsc.messages == [], "and by no other road either"
    for row in rows:
        row.refresh_from_db()
    asked = [line for line in telegram.order("log") if "sendMessage" in line["path"]]
    lost = sum(line["fault"] in FAULTS for line in asked)
    sent = [row for row in rows if row.state == State.SENT]
    assert lost and len(sent) == MANY - lost
    assert {row.text for row in sent} <= set(texts)
    doubtful = [row.pk for row in rows if row.state == State.UNKNOWN]
    told = EventRecord.objects.filter(kind="messaging.MessageFailed").values_list("payload__message_id", flat=True)
    assert len(doubtful) == lost
    assert sorted(told) == sorted(doubtful), "people hear of each doubtful one once"


@pytest.mark.feature("MSG-21")
def test_updates_of_the_bot_twice_and_mixed_up_are_each_heard_once(branch, bot, telegram, heard):
    words = [f"Вопрос {number}" for number in range(12)]
    telegram.order("push", kind="texts", chat=77, texts=words, shuffle=5, twice=True)
    heard()
    assert sorted(Incoming.objects.values_list("text", flat=True)) == sorted(words)


@pytest.mark.feature("MSG-21")
def test_a_reply_in_no_alphabet_is_kept_all_the_same(branch, connected, smsc, heard, client):
    from core import vault
    from integrations.models import Connection
    from integrations.services import hook_path
    from tests.integrations.conftest import PASSWORD

    Connection.objects.update(secrets=vault.seal({"password": PASSWORD, "callback_secret": ""}))
    body = b"phone=79001230001&mes=%98%CF%F0%E8%E4%F3&to=79990000000&ts=5"
    path = hook_path(Connection.objects.get(code="smsc"))
    answer = client.post(path, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    heard()
    row = Incoming.objects.get()
    assert (row.phone, row.text[1:]) == ("+79001230001", "Приду")
