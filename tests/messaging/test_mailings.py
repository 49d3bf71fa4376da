"""A mailing: whom it reaches and whom not, in portions, stopped half-way, undone, never twice to anybody."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core import undo
from core.errors import IllegalMove, Invalid
from messaging import services
from messaging.errors import AlreadyHandedOver
from messaging.models import Mailing, MailingPerson, Message
from patients.models import Patient
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MSG-04")]
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def people(branch):
    return [
        PatientFactory(branch=branch, last_name=f"Иванов{n}", phone=f"+7900000{n:04}", mailing_allowed=True)
        for n in range(12)
    ]


@pytest.fixture
def make(people, branch, director):
    def mailing(query="", per_minute=60, kind="marketing", text="{{name}}, чистка со скидкой. {{phone}}"):
        return services.mailing_make(
            name="Осень", text=text, kind=kind, per_minute=per_minute, listing="patients", query=query, branch=branch,
            actor=director,
        )  # fmt: skip

    return mailing


def walk(noon, seconds):
    """The clock's part for a while."""
    for _n in range(seconds // 5):
        services.mailings_run()
        services.messages_drain()
        noon.shift(timedelta(seconds=5))


def test_who_is_left_out_is_counted_with_the_reason_before_anything_goes(make, people, director):
    Patient.objects.filter(pk=people[0].pk).update(phone="")
    Patient.objects.filter(pk=people[1].pk).update(mailing_allowed=False)
    Patient.objects.filter(pk=people[2].pk).update(phone=people[3].phone)
    row = make()
    whys = dict(row.people.exclude(why="").values_list("patient_id", "why"))
    assert whys[people[0].pk] == "no_phone"
    assert whys[people[1].pk] == "no_consent"
    assert sorted(whys.values()) == ["no_consent", "no_phone", "same_phone"]
    assert row.people.filter(state="in").count() == 9
    assert not Message.objects.exists()


def test_the_audience_is_what_the_lists_filters_show(make, people):
    row = make(query=f"search={people[5].last_name}")
    assert [person.patient_id for person in row.people.all()] == [people[5].pk]
    row = make(query=f"chosen={people[1].pk}&chosen={people[2].pk}")
    assert {person.patient_id for person in row.people.all()} == {people[1].pk, people[2].pk}


def test_it_goes_in_portions_and_to_everybody_once(make, notebook, noon, director):
    row = make(per_minute=24)
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 25)
    assert notebook.sent == [], "half a minute in which it can be undone"
    walk(noon, 15)
    assert 4 <= len(notebook.sent) <= 8
    walk(noon, 60)
    row.refresh_from_db()
    assert row.state == Mailing.State.DONE
    assert len({sent.phone for sent in notebook.sent}) == len(notebook.sent) == 12
    assert notebook.sent[0].text.startswith("Марина Андреевна") or "чистка" in notebook.sent[0].text


def test_stopped_half_way_the_rest_get_nothing(make, notebook, noon, director):
    row = make(per_minute=24)
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 40)
    sent = len(notebook.sent)
    services.mailing_stop(mailing_id=row.pk, actor=director)
    walk(noon, 120)
    assert 0 < sent == len(notebook.sent) < 12
    assert row.people.filter(state="dropped").count() == 12 - sent
    with pytest.raises(IllegalMove):
        services.mailing_resume(mailing_id=row.pk, actor=director)


def test_paused_and_on_again_nobody_gets_it_twice(make, notebook, noon, director):
    row = make(per_minute=24)
    services.mailing_start(mailing_id=row.pk, actor=director)
    noon.shift(timedelta(seconds=31))
    services.mailings_run()  # a portion waits in the outbox
    services.mailing_pause(mailing_id=row.pk, actor=director)
    walk(noon, 60)
    assert notebook.sent == [], "what waited at home is called back"
    services.mailing_change(
        mailing_id=row.pk, name="Осень", text="Другие слова", per_minute=600, actor=director, expected_version=None
    )
    services.mailing_resume(mailing_id=row.pk, actor=director)
    walk(noon, 60)
    assert len({sent.phone for sent in notebook.sent}) == len(notebook.sent) == 12
    assert {sent.text for sent in notebook.sent} == {"Другие слова"}


@pytest.mark.feature("MOON-18")
def test_a_start_is_undone_until_the_first_has_left(make, notebook, noon, director):
    row = make()
    services.mailing_start(mailing_id=row.pk, actor=director)
    noon.shift(timedelta(seconds=31))
    services.mailings_run()
    row = services.mailing_undo(mailing_id=row.pk, actor=director)
    assert (row.state, row.people.filter(state="in").count()) == (Mailing.State.READY, 12)
    walk(noon, 60)
    assert notebook.sent == []
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 45)
    with pytest.raises(AlreadyHandedOver):
        services.mailing_undo(mailing_id=row.pk, actor=director)
    assert Mailing.objects.get().state in ("going", "done")


@pytest.mark.feature("MOON-18")
def test_a_start_is_taken_back_by_the_key_of_every_undo(make, notebook, noon, director):
    row = make()
    services.mailing_start(mailing_id=row.pk, actor=director)
    noon.shift(timedelta(seconds=31))
    services.mailings_run()  # a portion waits in the outbox, nobody has got anything
    Mailing.objects.filter(pk=row.pk).update(state="going")
    undo.undo_last(actor=director)
    walk(noon, 60)
    row.refresh_from_db()
    assert (row.state, row.goes_at, notebook.sent) == (Mailing.State.READY, None, [])
    row = services.mailing_change(mailing_id=row.pk, name="Осень", text="{{name}}", per_minute=6, actor=director)
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 45)
    with pytest.raises(undo.UndoBlocked):
        undo.undo_last(actor=director)
    row.refresh_from_db()
    assert (row.state, len(notebook.sent) > 0) == ("going", True)


def test_a_consent_that_is_taken_back_while_it_goes_is_obeyed(make, people, notebook, noon, director):
    row = make(per_minute=24)
    services.mailing_start(mailing_id=row.pk, actor=director)
    Patient.objects.filter(pk=people[11].pk).update(mailing_allowed=False)
    walk(noon, 120)
    assert len(notebook.sent) == 11
    assert people[11].phone not in {sent.phone for sent in notebook.sent}


def test_at_night_it_sleeps_and_does_not_pile_up(make, notebook, noon, director):
    row = make(per_minute=60)
    noon.move_to(datetime(2026, 11, 24, 17, 59, 20, tzinfo=UTC))  # 20:59:20 in Moscow
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 300)
    assert notebook.sent == []
    assert not Message.objects.exclude(state="withdrawn").exists()
    assert Mailing.objects.get().next_at == datetime(2026, 11, 25, 6, tzinfo=UTC)


def test_who_had_one_lately_is_left_out(make, notebook, noon, director):
    row = make(per_minute=600)
    services.mailing_start(mailing_id=row.pk, actor=director)
    walk(noon, 60)
    assert make().people.filter(why="lately").count() == 12
    noon.shift(timedelta(days=8))
    assert make().people.filter(state="in").count() == 12


def test_wrong_words_and_nobody_to_write_to_are_refused(make, director, people):
    with pytest.raises(Invalid):
        make(text="{{diagnosis}}")
    row = make(query="search=никого-такого-нет")
    with pytest.raises(Invalid):
        services.mailing_start(mailing_id=row.pk, actor=director)


def test_the_database_lets_nobody_in_twice(make, people):
    row = make()
    with pytest.raises(IntegrityError), transaction.atomic():
        MailingPerson.objects.create(mailing=row, patient_id=people[0].pk, phone="+79990000000")
    with pytest.raises(IntegrityError), transaction.atomic():
        MailingPerson.objects.create(mailing=row, patient_id=10**9, phone=people[0].phone)
    with pytest.raises(IntegrityError), transaction.atomic():
        MailingPerson.objects.create(mailing=row, patient_id=10**9, state="out")


def test_by_its_pages(make, people, director, client, branch, notebook, noon):
    client.force_login(director)
    page = client.get("/patients/").content.decode()
    assert "/mailings/new/?listing=patients" in page
    url = f"/mailings/new/?listing=patients&search={people[3].last_name}"
    assert client.get(url).status_code == 200
    sent = {"name": "Осень", "text": "Скидка {{name}}", "kind": "marketing", "per_minute": "60"}
    assert client.post(url, {**sent, "text": "{{tooth}}"}).status_code == 422
    assert client.post(url, sent).status_code == 302
    row = Mailing.objects.get()
    assert row.people.count() == 1
    assert client.post(f"/mailings/{row.pk}/test/", {"phone": "89001112233"}).status_code == 302
    assert client.post(f"/mailings/{row.pk}/start/", {"version": row.version}).status_code == 302
    for step in ("pause", "resume", "undo", "stop"):
        assert client.post(f"/mailings/{row.pk}/{step}/").status_code == 204, step
        assert client.get(f"/mailings/{row.pk}/").status_code == 200
    assert client.post(f"/mailings/{row.pk}/undo/", HTTP_HX_REQUEST="true").status_code == 409
    assert client.get("/mailings/").status_code == 200
