"""Many at once: exactly one gets the place, nobody waits long, nothing stalls. ROUNDS=100 for the long run."""

import os
import threading
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from core.errors import DomainError
from scheduling.errors import SlotTaken
from scheduling.models import Appointment, Occupancy
from scheduling.selectors.checking import occupancy_check
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    appointment_move,
    appointment_set_state,
    hold_place,
    series_book,
    series_move,
    shift_create,
    shift_delete,
    shifts_generate,
)
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CLIENTS = 32
PATIENCE = 10.0  # seconds; a stall would be the database's deadlock timeouts, one after another


def race(calls):
    """Everybody at once. Answers in order: a value, or the refusal."""
    answers = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(number, call):
        try:
            gate.wait()
            answers[number] = call()
        except DomainError as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 3)
    assert time.monotonic() - start < PATIENCE, "somebody waited for the database's own way out of a deadlock"
    return answers


def won(answers):
    return [answer for answer in answers if not isinstance(answer, DomainError)]


def codes(answers):
    return Counter(answer.code for answer in answers if isinstance(answer, DomainError))


@pytest.fixture
def patients(branch):
    return PatientFactory.create_batch(CLIENTS, branch=branch)


@pytest.mark.feature("MOON-01", "SCH-38")
def test_one_slot_for_thirty_two(shift, patients, sokolova, chair, at, reception, director):
    """Late in the day the next one helps, so three places are offered even for its last hour."""
    shift_create(
        doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=1), ends_at=at(21, days=1), actor=director
    )  # fmt: skip

    def call(patient, hour):
        return lambda: appointment_book(
            patient_id=patient.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(hour), ends_at=at(hour + 1),
            actor=reception,
        )  # fmt: skip

    hours = [20, 19, 9, *range(10, 19)]
    for number in range(ROUNDS):
        answers = race([call(patient, hours[number % 12]) for patient in patients])
        assert len(won(answers)) == 1
        assert codes(answers) == {"slot_taken": CLIENTS - 1}
        offered = [answer.facts["alternatives"] for answer in answers if isinstance(answer, DomainError)]
        assert {len(spots) for spots in offered} == {3}
        if number % 12 == 11:
            Occupancy.objects.all().delete()
            Appointment.objects.all().delete()
    assert occupancy_check({}).is_right


@pytest.mark.feature("MOON-01")
def test_visits_that_overlap_by_a_minute(shift, patients, sokolova, chair, at, reception):
    calls = []
    for number, patient in enumerate(patients[:12]):
        start = at(10) + timedelta(minutes=59 * (number % 6))
        calls.append(
            lambda patient=patient, start=start: appointment_book(
                patient_id=patient.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=start,
                ends_at=start + timedelta(minutes=60), actor=reception,
            )
        )  # fmt: skip
    answers = race(calls)
    assert 1 <= len(won(answers)) <= 3
    starts = sorted(row.starts_at for row in won(answers))
    assert all(later - former >= timedelta(minutes=60) for former, later in pairwise(starts))


def test_one_doctor_in_two_chairs(shift, patients, sokolova, chair, other_chair, at, director, reception):
    shift_create(doctor_id=sokolova.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    calls = [
        lambda patient=patient, place=place: appointment_book(
            patient_id=patient.pk, doctor_id=sokolova.pk, chair_id=place.pk, starts_at=at(10), ends_at=at(11),
            own_minutes=20, actor=reception,
        )
        for patient, place in zip(patients, [chair, other_chair] * 16, strict=True)
    ]  # fmt: skip
    answers = race(calls)
    assert len(won(answers)) == 1
    assert {answer.facts["taken_by"] for answer in answers if isinstance(answer, SlotTaken)} == {"doctor"}


def test_one_patient_with_two_doctors(shift, anna, sokolova, ivanov, chair, other_chair, at, director, reception):
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    places = [(sokolova, chair), (ivanov, other_chair)] * 8
    answers = race([
        lambda who=who, where=where: appointment_book(
            patient_id=anna.pk, doctor_id=who.pk, chair_id=where.pk, starts_at=at(10), ends_at=at(11), actor=reception
        )
        for who, where in places
    ])  # fmt: skip
    assert len(won(answers)) == 1
    assert {answer.facts["taken_by"] for answer in answers if isinstance(answer, SlotTaken)} == {"patient"}


@pytest.mark.feature("SCH-39")
def test_one_hold_for_thirty_two(shift, sokolova, chair, at, reception, director):
    calls = [
        lambda user=user: hold_place(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(11), actor=user
        )
        for user in [reception, director] * 16
    ]
    answers = race(calls)
    assert len(won(answers)) == 1
    assert codes(answers) == {"slot_held": CLIENTS - 1}


def test_drags_that_swap_places_and_a_series_across_them(
    shift, patients, book, sokolova, chair, day, at, director, reception
):
    """Two visits are dragged onto each other's place while a series is made and another is moved over both."""
    shifts_generate(
        doctor_id=sokolova.pk, chair_id=chair.pk, weekdays=list(range(7)), first=day + timedelta(days=1),
        last=day + timedelta(days=6), start_time=shift.local_start.time(), end_time=shift.local_end.time(), actor=director,
    )  # fmt: skip
    dates = [day + timedelta(days=number) for number in range(5)]
    for number in range(ROUNDS):
        one, two, three = (book(hour, patient=patient) for hour, patient in zip((10, 12, 14), patients, strict=False))
        made, _skipped = series_book(
            patient_id=patients[5].pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(16), ends_at=at(17), dates=dates,
            zone="Europe/Moscow", actor=reception,
        )  # fmt: skip
        answers = race([
            lambda one=one: appointment_move(appointment_id=one.pk, starts_at=at(12), actor=reception),
            lambda two=two: appointment_move(appointment_id=two.pk, starts_at=at(10), actor=reception),
            lambda three=three: appointment_move(appointment_id=three.pk, starts_at=at(12, 30), actor=reception),
            lambda: series_book(
                patient_id=patients[4].pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(11), ends_at=at(12),
                dates=dates, zone="Europe/Moscow", actor=reception,
            ),
            lambda made=made: series_move(
                appointment_id=made[0].pk, scope="all", starts_at=at(12), ends_at=at(13), actor=reception
            ),
            lambda two=two: appointment_cancel(appointment_id=two.pk, reason="x", then="lost", actor=reception),
            lambda one=one: appointment_set_state(appointment_id=one.pk, state="no_show", actor=reception),
        ])  # fmt: skip
        assert "busy" not in codes(answers), number
        assert occupancy_check({}).is_right
        Occupancy.objects.all().delete()
        Appointment.objects.all().delete()


def test_a_shift_goes_while_patients_are_booked_in_it(shift, patients, sokolova, chair, at, director, reception):
    calls = [
        lambda patient=patient, number=number: appointment_book(
            patient_id=patient.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9 + number),
            ends_at=at(10 + number), actor=reception,
        )
        for number, patient in enumerate(patients[:8])
    ]  # fmt: skip
    answers = race([*calls, lambda: shift_delete(shift_id=shift.pk, then="rebook", actor=director)])
    assert set(codes(answers)) <= {"outside_shift", "shift_has_visits"}
    if answers[-1] is None:
        assert not Appointment.objects.exclude(state="cancelled").exists()
    assert occupancy_check({}).is_right
