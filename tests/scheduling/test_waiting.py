"""Patients without a date: their wishes by page and API, booking them, leaving the list by itself."""

from datetime import time

import pytest

from core.errors import Invalid, NotFound
from core.trash import InUse, trash_put
from scheduling.errors import SlotTaken
from scheduling.models import Appointment, WaitingEntry
from scheduling.services import (
    appointment_cancel,
    appointment_change,
    appointment_move,
    block_create,
    waiting_add,
    waiting_book,
)
from tests.factories import ServiceFactory
from tests.scheduling.test_api import api_of, post

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-13", "SCH-16")]


@pytest.fixture
def api(reception):
    return api_of(reception)


@pytest.fixture
def wish(api, anna, branch, sokolova):
    service = ServiceFactory()
    body = {
        "patient": anna.pk, "branch": branch.pk, "doctors": [sokolova.pk], "services": [service.pk], "duration_min": 45,
        "weekdays": [0, 2], "time_from": "17:00", "latest": "2030-01-01", "urgent": True, "comment": "после работы",
    }  # fmt: skip
    answer = post(api, "waiting-list/", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_wishes_are_kept_as_they_were_said(api, wish, anna, sokolova):
    assert (wish["patient"], wish["doctors"], wish["weekdays"]) == (anna.pk, [sokolova.pk], [0, 2])
    assert (wish["time_from"], wish["time_to"], wish["urgent"]) == ("17:00:00", None, True)
    assert api.get("/api/v1/waiting-list/").json()["results"] == [wish]
    changed = api.patch(f"/api/v1/waiting-list/{wish['id']}/", {"weekdays": []}, format="json", HTTP_IF_MATCH='"1"')
    assert (changed.status_code, changed.json()["weekdays"], changed.json()["version"]) == (200, [], 2)
    stale = api.patch(f"/api/v1/waiting-list/{wish['id']}/", {"weekdays": [1]}, format="json", HTTP_IF_MATCH='"1"')
    assert stale.status_code == 412


@pytest.mark.feature("SCH-14", "SCH-15")
def test_who_is_booked_leaves_the_list(api, wish, shift, sokolova, chair, at):
    body = {"doctor": sokolova.pk, "chair": chair.pk, "start": at(17).isoformat(), "end": at(17, 45).isoformat()}
    answer = post(api, f"waiting-list/{wish['id']}/book/", body)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["patient"], made["source_kind"], made["comment"]) == (wish["patient"], "waiting_list", "после работы")
    assert made["services"] == wish["services"]
    assert api.get("/api/v1/waiting-list/").json()["results"] == []
    assert post(api, f"waiting-list/{wish['id']}/book/", body).status_code == 404


def test_a_taken_time_leaves_him_waiting(api, wish, book, boris, sokolova, chair, at):
    book(17, patient=boris)
    body = {"doctor": sokolova.pk, "chair": chair.pk, "start": at(17).isoformat(), "end": at(17, 45).isoformat()}
    refused = post(api, f"waiting-list/{wish['id']}/book/", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert len(refused.json()["facts"]["alternatives"]) == 3
    assert WaitingEntry.objects.get().outcome == "waiting"


def test_a_stranger_finds_nobody(wish, stranger, other_branch, anna):
    other = api_of(stranger)
    assert other.get("/api/v1/waiting-list/").json()["results"] == []
    assert other.get(f"/api/v1/waiting-list/{wish['id']}/").status_code == 404
    assert other.delete(f"/api/v1/waiting-list/{wish['id']}/").status_code == 404


def test_unknown_people_and_branches_are_not_found(reception, anna, other_branch):
    for wrong in ({"branch_id": other_branch.pk}, {"doctor_ids": [999_999]}, {"service_ids": [999_999]}):
        with pytest.raises(NotFound):
            waiting_add(patient_id=anna.pk, actor=reception, **wrong)
    with pytest.raises(Invalid):
        waiting_add(patient_id=anna.pk, actor=reception, time_from=time(12), time_to=time(10))


def test_leaving_the_list_by_hand(api, wish):
    assert api.delete(f"/api/v1/waiting-list/{wish['id']}/").status_code == 204
    assert WaitingEntry.objects.get().outcome == "removed"


def test_the_service_books_with_other_details(reception, anna, sokolova, chair, shift, at):
    entry = waiting_add(patient_id=anna.pk, actor=reception, duration_min=30)
    waiting_book(
        entry_id=entry.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(10, 30),
        comment="другой", actor=reception,
    )  # fmt: skip
    assert Appointment.objects.get().comment == "другой"


@pytest.mark.feature("SET-04")
def test_a_patient_with_a_visit_ahead_does_not_go_to_the_trash(book, anna, director, reception):
    made = book(10)
    with pytest.raises(InUse) as refused:
        trash_put(anna, actor=director)
    assert len(refused.value.facts["obstacles"]) == 1
    appointment_cancel(appointment_id=made.pk, reason="переезд", then="lost", actor=reception)
    trash_put(anna, actor=director)


@pytest.mark.feature("SET-04")
def test_a_chair_with_a_shift_ahead_does_not_go_to_the_trash(shift, chair, director):
    with pytest.raises(InUse):
        trash_put(chair, actor=director)


def test_time_kept_later_does_not_drive_a_visit_out(book, chair, director, reception, at):
    """A comment on a visit that lies in time kept afterwards is still saved."""
    made = book(10)
    block_create(chair_id=chair.pk, doctor_id=None, kind="emergency", starts_at=at(9), ends_at=at(12), actor=director)
    changed = appointment_change(appointment_id=made.pk, service_ids=[ServiceFactory().pk], actor=reception)
    assert changed.version == made.version + 1
    shorter = appointment_move(appointment_id=made.pk, starts_at=at(10), ends_at=at(10, 30), actor=reception)
    assert shorter.minutes == 30
    with pytest.raises(SlotTaken):
        appointment_move(appointment_id=made.pk, starts_at=at(9), actor=reception)
