"""The flow board: columns, minutes in a state, alerts, one tap on."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.selectors import user_loaded
from scheduling.models import StatusLabel
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
