"""A freed time with three waiting, on real workers and a real clock: SMS by SMS until the third takes it by his phone."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.services import policies_set
from integrations.services import connection_make
from messaging.models import Message
from scheduling.models import Appointment, Offer, Refill, WaitingEntry
from scheduling.selectors.checking import occupancy_check
from scheduling.services import appointment_book, appointment_cancel, waiting_add
from tests.closing import closing_in_time
from tests.factories import PatientFactory
from tests.integrations.conftest import PASSWORD, smsc, smsc_process  # noqa: F401
from tests.small_clinic import moment
from tests.stories.conftest import PHONE, is_now, settles, spoken

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("SCH-41", "MOON-03")]
PHONES = ("+79005550001", "+79005550002", "+79005550003", "+79005550004")
SWEEP = 45  # seconds; beat's own pace is twenty


@pytest.fixture
def connected(clinic, web, smsc):  # noqa: F811
    """SMS go out by day and night; links in them lead to this web server."""
    policies_set(
        values={
            "messaging.quiet_from": "00:00", "messaging.quiet_to": "00:00", "scheduling.public_address": web,
        },
        actor=clinic.boss,
    )  # fmt: skip
    typed = {"login": "clinic", "password": PASSWORD, "url": f"{smsc.url}/sys/"}
    return connection_make(code="smsc", typed=typed, base_url=web, actor=clinic.boss)


@pytest.fixture
def waiting(clinic):
    """Three wait for Sokolova, the first of them for the longest; the fourth wants a shorter time and is not asked."""
    entries = []
    for number, phone in enumerate(PHONES):
        patient = PatientFactory(last_name=f"Ждущий{number + 1}", branch=clinic.branch, phone=phone)
        wishes = {"doctor_ids": [clinic.sokolova.pk], "duration_min": 60}
        if number == 3:
            wishes["earliest"] = clinic.day + timedelta(days=2)
        entry = waiting_add(patient_id=patient.pk, actor=clinic.boss, **wishes)
        WaitingEntry.objects.filter(pk=entry.pk).update(created_at=clock.now() - timedelta(days=20 - number))
        entries.append(entry)
    return entries


@pytest.fixture
def stranger_phone(browser, web):
    """Somebody's telephone: no account, no session."""
    contexts = []

    def take():
        context = browser.new_context(locale="ru-RU", viewport=PHONE, has_touch=True, is_mobile=True)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield take
    for context in contexts:
        with closing_in_time():
            context.close()


def link_that_came(smsc, phone, seconds=20):  # noqa: F811
    """The address in the one SMS that the operator has delivered to this phone."""

    def read():
        texts = [each["text"] for each in smsc.messages if each["phone"] == phone.lstrip("+")]
        assert len(texts) == 1, texts
        return re.search(r"http\S+/o/\S+/", texts[0])[0]

    return settles(read, seconds)


def press(page, text):
    page.get_by_role("button", name=spoken(text, "ru")).click()


def test_the_third_takes_it_by_his_phone_and_nobody_has_touched_it(
    clinic, connected, waiting, smsc, worker, beat, stranger_phone  # noqa: F811
):  # fmt: skip
    tomorrow = clinic.day + timedelta(days=1)
    visit = appointment_book(
        patient_id=clinic.boris.pk, doctor_id=clinic.sokolova.pk, chair_id=clinic.chair.pk,
        starts_at=moment(tomorrow, 15), ends_at=moment(tomorrow, 16), actor=clinic.boss,
    )  # fmt: skip
    appointment_cancel(appointment_id=visit.pk, reason="Заболел", then="lost", actor=clinic.people["administrator"])

    old = link_that_came(smsc, PHONES[0])
    first = Offer.objects.get(patient=waiting[0].patient)
    looked = stranger_phone()
    looked.goto(old)
    held = first.expires_at - first.sent_at
    assert timedelta(minutes=19) < held < timedelta(minutes=21)
    Offer.objects.filter(pk=first.pk).update(
        expires_at=clock.now()
    )  # twenty minutes have gone by, he has looked and put it away

    page = stranger_phone()
    page.goto(link_that_came(smsc, PHONES[1], SWEEP))
    is_now(first, state=Offer.State.EXPIRED)
    press(page, "Not this time")
    page.get_by_text(spoken("Thank you for the answer", "ru")).wait_for()

    page = stranger_phone()
    page.goto(link_that_came(smsc, PHONES[2]))
    page.get_by_text(spoken("A time has become free", "ru")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(page, "Take this time")
    page.get_by_text(spoken("You are booked", "ru")).wait_for()
    made = Appointment.objects.get(patient=waiting[2].patient)
    assert (made.starts_at, made.doctor, made.chair) == (moment(tomorrow, 15), clinic.sokolova, clinic.chair)
    assert (made.created_by, made.source_kind) == (None, "waiting_list")

    a_fourth_and_the_first_come_too_late(waiting, old, looked, stranger_phone)
    refill = Refill.objects.get()
    assert (refill.state, refill.stopped_by) == (Refill.State.FILLED, None)
    assert Appointment.objects.filter(starts_at=moment(tomorrow, 15), state="booked").count() == 1
    state = smsc.order("state")
    offered = [each["phone"] for each in state["messages"] if "/o/" in each["text"]]
    assert (state["doubles"], sorted(offered)) == ([], [phone.lstrip("+") for phone in PHONES[:3]])
    assert not Message.objects.filter(phone=PHONES[3]).exists()
    assert occupancy_check({}).is_right


def a_fourth_and_the_first_come_too_late(waiting, old, looked, stranger_phone):
    """Somebody to whom the old link was passed on; and the first, who presses the button that he still sees."""
    before = [WaitingEntry.objects.values().get(pk=entry.pk) for entry in (waiting[0], waiting[1], waiting[3])]
    page = stranger_phone()
    answer = page.goto(old)
    assert answer.status == 410
    page.get_by_text(spoken("This time has already been given to somebody else", "ru")).wait_for()
    page.get_by_text("Вы ничего не потеряли").wait_for()
    assert not page.locator("[name=answer]").count()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(looked, "Take this time")
    looked.get_by_text(spoken("This time has already been given to somebody else", "ru")).wait_for()
    assert before == [WaitingEntry.objects.values().get(pk=row["id"]) for row in before]
    assert {row["outcome"] for row in before} == {WaitingEntry.Outcome.WAITING}
