"""Triggers as data: found, told once, after their delay, never of what is no longer so; dry runs write nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core import clock
from core.audit import entry
from core.errors import Invalid
from messaging import services
from messaging.models import Message, Trigger
from messaging.selectors.triggers import counts_of, dry_run
from patients.models import Patient
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
State = Message.State


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def make(director):
    def trigger(event="patient_sanated", **changes):
        given = {
            "name": "Отзыв", "event": event, "conditions": {}, "delay": 1, "unit": "hours", "kind": "service", "channel": "",
            "text": "{{name}}, как вам у нас?", "is_approved_by_people": False, "is_active": True, **changes,
        }  # fmt: skip
        return services.trigger_save(actor=director, **given)

    return trigger


@pytest.fixture
def anna(branch):
    return PatientFactory(branch=branch, first_name="Анна", middle_name="Петровна", phone="+79001234567")


def sanate(patient, actor, status="sanated"):
    """As treatment_status_set does, at the moment at which the clock stands: the audit's own moment is the database's."""
    Patient.objects.filter(pk=patient.pk).update(treatment_status=status)
    row = entry(actor, "patients.treatment.changed", patient, patient_id=patient.pk, before="none", after=status)
    row.at = clock.now()
    row.save(force_insert=True)


@pytest.mark.feature("MSG-14")
def test_it_tells_once_after_its_delay(make, anna, director, noon, notebook):
    make()
    noon.shift(timedelta(minutes=1))
    sanate(anna, director)
    for _n in range(30):
        services.triggers_run()
        services.messages_drain()
        noon.shift(timedelta(minutes=5))
    assert [sent.text for sent in notebook.sent] == ["Анна Петровна, как вам у нас?"]
    assert Message.objects.get().created_at >= NOON + timedelta(minutes=61)


@pytest.mark.feature("MSG-15")
def test_months_are_those_of_the_calendar(make, anna, director, noon, notebook):
    make(delay=6, unit="months")
    noon.shift(timedelta(minutes=1))
    sanate(anna, director)
    noon.move_to(datetime(2027, 5, 24, 8, 0, tzinfo=UTC))
    assert services.triggers_run() == 0
    noon.move_to(datetime(2027, 5, 24, 9, 2, tzinfo=UTC))
    assert services.triggers_run() == 1
    assert services.triggers_run() == 0


@pytest.mark.feature("MSG-19")
def test_what_is_no_longer_so_is_not_told(make, anna, director, noon, notebook):
    make()
    noon.shift(timedelta(minutes=1))
    sanate(anna, director)
    noon.shift(timedelta(minutes=61))
    assert services.triggers_run() == 1
    Patient.objects.filter(pk=anna.pk).update(treatment_status="in_treatment")
    services.messages_drain()
    assert notebook.sent == []
    assert Message.objects.get().state == State.WITHDRAWN


@pytest.mark.feature("MSG-16")
def test_what_people_approve_waits_for_them(make, anna, director, noon, notebook):
    make("patient_thinking", is_approved_by_people=True, delay=0)
    noon.shift(timedelta(minutes=1))
    sanate(anna, director, "thinking")
    noon.shift(timedelta(minutes=1))
    services.triggers_run()
    services.messages_drain()
    row = Message.objects.get()
    assert (row.state, notebook.sent) == (State.PROPOSED, [])
    services.message_approve(message_id=row.pk, actor=director)
    services.messages_drain()
    assert len(notebook.sent) == 1


def test_conditions_and_consent_and_a_switch_are_obeyed(make, anna, director, noon, notebook):
    from patients.models import Group

    loyal = Group.objects.create(name="Лояльные")
    row = make(conditions={"group": [loyal.pk]}, kind="marketing", delay=0)
    noon.shift(timedelta(minutes=1))
    sanate(anna, director)
    noon.shift(timedelta(minutes=1))
    assert services.triggers_run() == 0, "not of the group"
    Patient.objects.filter(pk=anna.pk).update(group=loyal)
    assert services.triggers_run() == 0, "has not allowed marketing"
    Patient.objects.filter(pk=anna.pk).update(mailing_allowed=True)
    services.trigger_switch(trigger_id=row.pk, is_active=False, actor=director)
    assert services.triggers_run() == 0
    services.trigger_switch(trigger_id=row.pk, is_active=True, actor=director)
    assert services.triggers_run() == 0, "what was before it works is not told of"


def test_a_dry_run_says_whom_it_would_have_told_and_writes_nothing(make, anna, director, noon, branch):
    other = PatientFactory(branch=branch, phone="", first_name="Олег")
    sanate(anna, director)
    sanate(other, director)
    noon.shift(timedelta(days=30))
    row = make()
    found = dry_run(row)
    assert counts_of(found) == {"told": 1, "no_consent": 0, "no_phone": 1, "gone": 0}
    assert not Message.objects.exists()
    noon.shift(timedelta(days=70))
    assert dry_run(row) == [], "90 days and no more"


def test_a_wrong_place_or_a_second_of_the_name_is_refused(make):
    with pytest.raises(Invalid):
        make(text="{{diagnosis}}")
    make()
    with pytest.raises(Invalid):
        make()


@pytest.mark.feature("MSG-12")
def test_by_its_pages(director, client, anna):
    client.force_login(director)
    assert client.get("/messages/triggers/").status_code == 200
    assert client.get("/messages/triggers/new/nothing/").status_code == 404
    url = "/messages/triggers/new/visit_completed/"
    assert client.get(url).status_code == 200
    sent = {"name": "Через час", "delay": "1", "unit": "hours", "kind": "service", "channel": "whatsapp", "text": "{{name}}!",
            "is_active": "on"}  # fmt: skip
    assert client.post(url, {**sent, "text": "{{tooth}}"}).status_code == 422
    assert client.post(url, sent).status_code == 302
    row = Trigger.objects.get()
    assert client.get(f"/messages/triggers/{row.pk}/").status_code == 200
    assert client.post(f"/messages/triggers/{row.pk}/", {**sent, "version": "1", "delay": "2"}).status_code == 302
    assert client.post(f"/messages/triggers/{row.pk}/", {**sent, "version": "1"}).status_code == 412
    assert client.get(f"/messages/triggers/{row.pk}/dry-run/").status_code == 200
    assert client.post(f"/messages/triggers/{row.pk}/switch/", {"on": "0"}).status_code == 204
    assert client.post(f"/messages/triggers/{row.pk}/trash/").status_code == 204
    assert not Trigger.objects.live().exists()
