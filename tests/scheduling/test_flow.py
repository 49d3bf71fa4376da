"""The flow board: columns, minutes in a state, alerts, one tap on."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.selectors import user_loaded
from core import clock
from patients.services import identity_change, patient_change
from scheduling.for_work import without_papers
from scheduling.models import Appointment, StatusLabel
from scheduling.selectors.flow import flow_read
from scheduling.services import appointment_step
from scheduling.slots import FLOW_DUE

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-48")]


@pytest.fixture
def today(book, at, boris):
    """Anna at ten and Boris at eleven, looked at on their day at half past ten."""
    visits = [book(10), book(11, patient=boris)]
    with time_machine.travel(at(10, 30), tick=False) as moment:
        yield moment, visits


def columns(user, branch, day):
    return {name: [card.visit.pk for card in cards] for name, cards in flow_read(user, branch, day).items()}


def test_patients_walk_over_the_board(today, reception, branch, day):
    moment, (anna, boris) = today
    assert columns(reception, branch, day) == {
        "expected": [anna.pk, boris.pk],
        "arrived": [],
        "in_chair": [],
        "to_pay": [],
    }
    appointment_step(appointment_id=anna.pk, state="arrived", actor=reception, is_walking=True)
    moment.shift(timedelta(minutes=16))
    (card,) = flow_read(reception, branch, day)["arrived"]
    assert (card.minutes, card.tone, card.is_late) == (16, "red", True)
    appointment_step(appointment_id=anna.pk, state="in_chair", actor=reception)
    (card,) = flow_read(reception, branch, day)["in_chair"]
    assert (card.minutes, card.tone) == (0, "grey")
    appointment_step(appointment_id=anna.pk, state="completed", actor=reception)
    after = {"expected": [boris.pk], "arrived": [], "in_chair": [], "to_pay": [anna.pk]}
    assert columns(reception, branch, day) == after


def test_who_is_late_counts_from_his_time(today, reception, branch, day):
    anna, boris = flow_read(reception, branch, day)["expected"]
    assert (anna.minutes, anna.is_late, boris.minutes) == (30, True, -30)


def test_a_status_has_minutes_of_its_own(today, reception, branch, day):
    StatusLabel.objects.create(state="booked", name="Ждём", alert_minutes=45)
    card = flow_read(reception, branch, day)["expected"][0]
    assert (card.alert, card.tone) == (45, "amber")


def test_who_owes_stays_in_the_last_column(today, reception, branch, day):
    _moment, (anna, _boris) = today
    appointment_step(appointment_id=anna.pk, state="completed", actor=reception, is_walking=True)

    def owes(rows, user):
        return {row.pk: ["1 500 ₽"] for row in rows}

    FLOW_DUE.register(owes, module="scheduling")
    try:
        (card,) = flow_read(reception, branch, day)["to_pay"]
        assert card.visit.pk == anna.pk
        assert "1 500 ₽" in card.due
    finally:
        FLOW_DUE.unregister(owes)


def test_the_page_and_one_tap(today, reception, stranger):
    _moment, (anna, _boris) = today
    client = Client()
    client.force_login(reception)
    page = client.get("/flow/")
    assert anna.patient.short_name in page.content.decode()
    part = client.get("/flow/", headers={"HX-Request": "true", "HX-Target": "flow"})
    assert "<html" not in part.content.decode()
    tap = client.post(f"/appointments/{anna.pk}/step/", {"state": "arrived"}, headers={"HX-Request": "true"})
    assert tap.status_code == 204
    other = Client()
    other.force_login(stranger)
    assert anna.patient.short_name not in other.get("/flow/").content.decode()


def test_the_number_of_statements_does_not_grow(today, reception, branch, day, book):
    def asked():
        user = user_loaded(reception.pk)
        assert user.branch_ids
        with CaptureQueriesContext(connection) as queries:
            flow_read(user, branch, day)
        return len(queries)

    asked()
    few = asked()
    for hour in range(12, 18):
        book(hour)
    assert asked() == few


@pytest.mark.feature("PAT-36")
def test_who_came_without_papers_is_asked_for_them_at_once_until_they_are_there(client, book, reception, anna):
    """From the calendar, from the board, and in the queue; filled in by whatever way, it is asked no more."""
    visit = book(10)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=clock.now(), ends_at=clock.now() + timedelta(hours=1))
    client.force_login(reception)
    step = reverse("scheduling:appointment-step", args=[visit.pk])
    form = reverse("patients:arrival", args=[anna.pk])
    answer = client.post(step, {"state": "arrived"}, content_type="application/json")
    assert answer.json()["papers"] == form
    assert form in client.get(reverse("scheduling:flow")).content.decode()
    assert [item.url for item in without_papers(reception)] == [form]
    patient_change(patient_id=anna.pk, changes={"birth_date": date(1990, 1, 1)}, actor=reception)
    identity_change(
        patient_id=anna.pk, changes={"passport_series": "4509", "passport_number": "123456"}, actor=reception
    )
    assert list(without_papers(reception)) == []
    assert form not in client.get(reverse("scheduling:flow")).content.decode()


@pytest.mark.feature("PAT-36")
def test_a_press_on_the_board_opens_the_papers(client, book, reception, anna):
    visit = book(10)
    client.force_login(reception)
    url = reverse("scheduling:appointment-step", args=[visit.pk])
    answer = client.post(url, {"state": "arrived"}, headers={"HX-Request": "true"})
    assert json.loads(answer["HX-Trigger"])["panel:open"] == {"url": reverse("patients:arrival", args=[anna.pk])}
