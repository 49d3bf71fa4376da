"""Pooled resources: so many of them, taken with the visit, never one too many whoever books and however."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from core.errors import Stale
from scheduling.errors import PoolExists, SlotTaken
from scheduling.models import Occupancy
from scheduling.rules import Range, full
from scheduling.selectors.checking import occupancy_check
from scheduling.selectors.free import Need, alternatives_find
from scheduling.selectors.pools import first_over, pools_needed
from scheduling.selectors.search import offers_find, search_for
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    appointment_change,
    appointment_move,
    appointment_set_state,
    pool_add,
    pool_change,
    shift_create,
)
from tests.factories import ChairFactory, DoctorFactory, PatientFactory, ServiceFactory
from tests.scheduling.test_races import race

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-46")]


@pytest.fixture
def treatment(db):
    return ServiceFactory(name="Лечение каналов", duration_min=60)


@pytest.fixture
def microscope(treatment, branch, director):
    return pool_add(name="Микроскоп", service_ids=[treatment.pk], counts={branch.pk: 1}, actor=director)


@pytest.fixture
def colleague(ivanov, other_chair, at, director):
    """Ivanov works beside Sokolova."""
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    return {"doctor_id": ivanov.pk, "chair_id": other_chair.pk}


def moments(rows):
    return [row.start for row in rows]


def test_a_visit_takes_one_and_the_next_is_refused_with_what_is_free(book, microscope, treatment, colleague, boris, at):
    book(10, service_ids=[treatment.pk])
    with pytest.raises(SlotTaken) as refused:
        book(10, 30, patient=boris, service_ids=[treatment.pk], **colleague)
    facts = refused.value.facts
    assert (facts["taken_by"], facts["pool"]) == ("pool", "Микроскоп")
    assert "Микроскоп" in str(refused.value)
    first = facts["alternatives"][0]
    made = book(patient=boris, service_ids=[treatment.pk], **colleague, starts_at=at(11), ends_at=at(12))
    assert (first["doctor"], first["chair"]) == (made.doctor_id, made.chair_id)
    assert book(10, 0, patient=PatientFactory(), **colleague), "what needs no microscope is booked"


def test_every_alternative_can_be_booked_as_given(book, microscope, treatment, colleague, boris, at, reception):
    book(10, service_ids=[treatment.pk], minutes=120)
    need = Need(timedelta(hours=1), patient_id=boris.pk, pools=pools_needed([treatment.pk]))
    found = alternatives_find(need, visit=Range(at(10), at(11)), user=reception, **colleague)
    assert len(found) == 3
    for spot in found:
        assert not spot.during.overlaps(Range(at(10), at(12)))
        visit = appointment_book(
            patient_id=boris.pk, doctor_id=spot.doctor_id, chair_id=spot.chair_id, starts_at=spot.start, ends_at=spot.end,
            service_ids=[treatment.pk], actor=reception,
        )  # fmt: skip
        appointment_cancel(appointment_id=visit.pk, reason="проба", then="lost", actor=reception)


def test_first_free_search_looks_past_a_taken_pool(book, microscope, treatment, colleague, reception, day, at):
    book(9, minutes=120, service_ids=[treatment.pk])
    ask = {"first": day, "last": day, "doctors": (colleague["doctor_id"],)}
    assert moments(offers_find(reception, search_for([treatment], **ask), limit=1)) == [at(11)]
    assert moments(offers_find(reception, search_for([], minutes=60, **ask), limit=1)) == [at(9)]


def test_a_branch_that_has_none_is_neither_offered_nor_booked(
    book, microscope, treatment, branch, director, reception, day
):
    pool_change(
        pool_id=microscope.pk,
        name="Микроскоп",
        is_active=True,
        service_ids=[treatment.pk],
        counts={branch.pk: 0},
        actor=director,
    )
    assert offers_find(reception, search_for([treatment], first=day), limit=1) == []
    with pytest.raises(SlotTaken, match=r"нет|has none"):
        book(10, service_ids=[treatment.pk])


def test_two_are_taken_twice_even_where_no_single_one_would_be_free_throughout(
    book, treatment, branch, colleague, director, boris
):
    """9 to 10 and 10 to 11 leave one of two free from 9 to 11."""
    pool_add(name="Микроскоп", service_ids=[treatment.pk], counts={branch.pk: 2}, actor=director)
    book(9, service_ids=[treatment.pk])
    book(10, service_ids=[treatment.pk])
    book(9, minutes=120, patient=boris, service_ids=[treatment.pk], **colleague)


def test_moving_changing_cancelling_and_coming_back_take_and_free(
    book, microscope, treatment, colleague, boris, reception, at
):
    first = book(10, service_ids=[treatment.pk])
    second = book(12, patient=boris, service_ids=[treatment.pk], **colleague)
    with pytest.raises(SlotTaken):
        appointment_move(appointment_id=second.pk, starts_at=at(10, 30), actor=reception)
    appointment_move(appointment_id=first.pk, starts_at=at(10, 30), actor=reception)  # its own is in nobody's way
    appointment_change(appointment_id=first.pk, service_ids=[], actor=reception)
    appointment_move(appointment_id=second.pk, starts_at=at(10, 30), actor=reception)
    with pytest.raises(SlotTaken):
        appointment_change(appointment_id=first.pk, service_ids=[treatment.pk], actor=reception)
    appointment_cancel(appointment_id=second.pk, reason="нет", then="lost", actor=reception)
    appointment_change(appointment_id=first.pk, service_ids=[treatment.pk], actor=reception)
    with pytest.raises(SlotTaken):
        appointment_set_state(appointment_id=second.pk, state="booked", reason="передумал", actor=reception)
    assert occupancy_check({}).is_right


def test_booking_over_a_chair_books_over_no_pool(book, microscope, treatment, boris, director, colleague):
    book(10, service_ids=[treatment.pk])
    with pytest.raises(SlotTaken):
        book(10, patient=boris, actor=director, over_reason="острая боль", service_ids=[treatment.pk], **colleague)


def test_a_new_need_takes_for_visits_that_stand_and_says_where_there_are_too_many(
    book, treatment, branch, director, colleague, boris, at
):
    book(10, service_ids=[treatment.pk])
    book(10, 30, patient=boris, service_ids=[treatment.pk], **colleague)
    made = pool_add(name="КТ", service_ids=[treatment.pk], counts={branch.pk: 1}, actor=director)
    assert Occupancy.objects.filter(resource_kind="pool").count() == 2
    assert first_over({place.pk: place.count for place in made.places.all()}) == at(10, 30)
    assert occupancy_check({}).is_right
    pool_change(
        pool_id=made.pk, name="КТ", is_active=False, service_ids=[treatment.pk], counts={branch.pk: 1}, expected_version=1,
        actor=director,
    )  # fmt: skip
    assert not Occupancy.objects.filter(resource_kind="pool").exists()


def test_a_pool_row_under_the_constraint_is_refused_by_the_database(book, microscope):
    visit = book(10)
    row = {"resource_kind": "pool", "resource_id": microscope.places.get().pk, "appointment": visit}
    with pytest.raises(IntegrityError), transaction.atomic():
        Occupancy.objects.create(**row, during=(visit.starts_at, visit.ends_at), is_overbooked=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_of_many_at_once_exactly_as_many_get_it_as_there_are(
    shift, branch, chair, treatment, director, reception, at, day
):
    pool_add(name="Микроскоп", service_ids=[treatment.pk], counts={branch.pk: 2}, actor=director)
    places = []
    for _number in range(8):
        doctor, own = DoctorFactory(), ChairFactory(branch=branch)
        shift_create(doctor_id=doctor.pk, chair_id=own.pk, starts_at=at(9), ends_at=at(21), actor=director)
        places.append((doctor.pk, own.pk, PatientFactory(branch=branch).pk))

    def booking(doctor_id, chair_id, patient_id):
        return lambda: appointment_book(
            patient_id=patient_id, doctor_id=doctor_id, chair_id=chair_id, starts_at=at(10), ends_at=at(11),
            service_ids=[treatment.pk], actor=reception,
        )  # fmt: skip

    answers = race([booking(*place) for place in places])
    assert sum(not isinstance(answer, Exception) for answer in answers) == 2
    assert {answer.facts["taken_by"] for answer in answers if isinstance(answer, SlotTaken)} == {"pool"}
    assert Occupancy.objects.filter(resource_kind="pool").count() == 2


@given(some.lists(some.tuples(some.integers(0, 30), some.integers(1, 8)), max_size=12), some.integers(1, 4))
def test_full_is_when_so_many_lie_over_each_other(spans, count):
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    ranges = [Range(zero + timedelta(hours=start), zero + timedelta(hours=start + length)) for start, length in spans]
    found = full(ranges, count)
    for hour in range(40):
        moment = Range(zero + timedelta(hours=hour), zero + timedelta(hours=hour + 1))
        assert any(each.covers(moment) for each in found) == (sum(each.covers(moment) for each in ranges) >= count)
    assert all(first.end < second.start for first, second in itertools.pairwise(found))


# Pages


def test_a_resource_is_made_and_changed_on_its_page(client, director, branch, treatment):
    client.force_login(director)
    sent = {"name": "Микроскоп", "services": [treatment.pk], "is_active": "on", f"count_{branch.pk}": "2"}
    assert client.post(reverse("scheduling:pool-new"), sent).status_code == 302
    page = client.get(reverse("scheduling:pools-list")).content.decode()
    assert "Микроскоп" in page and "Центр: 2" in page
    wrong = client.post(reverse("scheduling:pool-new"), {**sent, "name": "микроскоп"})
    assert wrong.status_code == 422 and "микроскоп" in wrong.content.decode()


def test_names_are_one_and_a_stale_page_changes_nothing(branch, microscope, director):
    with pytest.raises(PoolExists):
        pool_add(name="МИКРОСКОП", counts={branch.pk: 1}, actor=director)
    change = {"pool_id": microscope.pk, "is_active": True, "service_ids": [], "counts": {}, "actor": director}
    pool_change(**change, name="Большой микроскоп", expected_version=1)
    with pytest.raises(Stale):
        pool_change(**change, name="Малый микроскоп", expected_version=1)


def test_the_card_of_a_visit_and_the_form_name_what_is_taken(client, book, microscope, treatment, reception, day):
    visit = book(10, service_ids=[treatment.pk])
    client.force_login(reception)
    (drawn,) = client.get(reverse("scheduling:feed"), {"from": str(day)}).json()["visits"]
    assert {"code": "pool", "label": "Микроскоп", "tone": "teal", "letter": "М"} in drawn["badges"]
    assert "Микроскоп" in client.get(visit.get_absolute_url()).content.decode()
    form = client.get(reverse("scheduling:appointment-new")).context["form"]
    assert form.needs == f'{{"{treatment.pk}": ["\\u041c\\u0438\\u043a\\u0440\\u043e\\u0441\\u043a\\u043e\\u043f"]}}'


def test_the_api_finds_lists_and_refuses(client, book, microscope, treatment, reception, colleague, boris, at, day):
    book(9, service_ids=[treatment.pk], minutes=120)
    client.force_login(reception)
    asked = {"service": treatment.pk, "doctor": colleague["doctor_id"], "from": str(day), "to": str(day), "limit": 1}
    (spot,) = client.get("/api/v1/slots/", asked).json()
    assert spot["start"].startswith(f"{day}T11:00")
    body = {
        "patient": boris.pk,
        "doctor": colleague["doctor_id"],
        "chair": colleague["chair_id"],
        "services": [treatment.pk],
    }
    times = {"start": at(9, 30).isoformat(), "end": at(10, 30).isoformat()}
    refused = client.post("/api/v1/appointments/", {**body, **times}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert refused.json()["facts"]["taken_by"] == "pool"
    (listed,) = client.get("/api/v1/pools/").json()["results"]
    assert (listed["name"], listed["services"]) == ("Микроскоп", [treatment.pk])
