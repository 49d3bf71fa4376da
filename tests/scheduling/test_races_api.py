"""32 programs at once through the API of two web servers: one gets the place, the others hear what else is free.

ROUNDS=100 for the long run: it prints the longest answer.
"""

import http.client
import json
import os
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from rest_framework.authtoken.models import Token

from scheduling.models import Appointment, Occupancy
from scheduling.selectors.checking import occupancy_check
from scheduling.services import shifts_generate
from tests.factories import ChairFactory, PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.slow]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CLIENTS = 32
# Everybody is answered within a second; a machine that runs other tests at the same time gets patience in the suite.
PATIENCE = 1.0 if ROUNDS >= 100 else 5.0


class Programs:
    """Open lines to both servers, as programs keep them."""

    def __init__(self, addresses, token):
        self.lines = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=30) for url in addresses]
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self.longest = 0.0

    def post(self, number, body):
        """(status, answer, seconds) of one booking on the line of that number."""
        line, words, start = self.lines[number], json.dumps(body), time.monotonic()
        try:
            line.request("POST", "/api/v1/appointments/", words, self.headers)
            answer = line.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # the server closes a line that was idle for seconds
            line.close()
            line.request("POST", "/api/v1/appointments/", words, self.headers)
            answer = line.getresponse()
        return answer.status, json.loads(answer.read()), time.monotonic() - start

    def race(self, bodies):
        """All at once; gives (status, answer) in order and remembers the longest."""
        answers = [None] * len(bodies)
        gate = threading.Barrier(len(bodies))

        def run(number, body):
            gate.wait()
            answers[number] = self.post(number, body)

        threads = [threading.Thread(target=run, args=each) for each in enumerate(bodies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(40)
        self.longest = max(self.longest, *(seconds for _status, _answer, seconds in answers))
        return [answer[:2] for answer in answers]


@pytest.fixture
def programs(web2, reception):
    made = Programs(web2 * (CLIENTS // 2), Token.objects.create(user=reception).key)
    yield made
    print(f"\n{ROUNDS} rounds of {CLIENTS}: the longest answer took {made.longest:.2f} s")
    assert made.longest < PATIENCE


@pytest.fixture
def patients(branch):
    return PatientFactory.create_batch(CLIENTS, branch=branch)


@pytest.fixture
def week(shift, sokolova, ivanov, chair, other_chair, day, director):
    """Both doctors work the whole week, Sokolova in two chairs; gives the times of a round."""
    hours = {
        "weekdays": list(range(7)), "last": day + timedelta(days=6), "start_time": shift.local_start.time(),
        "end_time": shift.local_end.time(), "actor": director,
    }  # fmt: skip
    shifts_generate(doctor_id=sokolova.pk, chair_id=chair.pk, first=day + timedelta(days=1), **hours)
    shifts_generate(doctor_id=sokolova.pk, chair_id=other_chair.pk, first=day, **hours)


def body(patient, doctor, chair, start, minutes=60, **more):
    end = start + timedelta(minutes=minutes)
    places = {"patient": patient.pk, "doctor": doctor.pk, "chair": chair.pk}
    return {**places, "start": start.isoformat(), "end": end.isoformat(), **more}


def judged(programs, bodies, taken_by):
    """One 201; everybody else 409 with three places, which one of them then books as they were given."""
    answers = programs.race(bodies)
    assert Counter(status for status, _answer in answers) == {201: 1, 409: CLIENTS - 1}, answers
    refused = [(index, answer) for index, (status, answer) in enumerate(answers) if status == 409]
    assert {answer["code"] for _index, answer in refused} == {"slot_taken"}
    assert {answer["facts"]["taken_by"] for _index, answer in refused} == {taken_by}
    assert {len(answer["facts"]["alternatives"]) for _index, answer in refused} == {3}
    index, answer = refused[-1]
    for spot in answer["facts"]["alternatives"]:
        assert datetime.fromisoformat(spot["end"]) - datetime.fromisoformat(spot["start"]) == timedelta(minutes=60)
        status, made, _seconds = programs.post(index, bodies[index] | spot)
        assert status == 201, made
    assert occupancy_check({}).is_right
    Occupancy.objects.all().delete()
    Appointment.objects.all().delete()


def times(at):
    """Each round has another time: early, at the end of the day, the last one of all."""
    return [at(9 + number % 12, days=number % 7) for number in range(ROUNDS)]


@pytest.mark.feature("MOON-01", "SCH-38")
def test_one_slot(programs, week, patients, sokolova, chair, at):
    for start in times(at):
        judged(programs, [body(patient, sokolova, chair, start) for patient in patients], "doctor")


@pytest.mark.feature("MOON-01")
def test_two_slots_that_overlap_by_a_minute(programs, week, patients, sokolova, chair, at):
    for number, start in enumerate(times(at)):
        other = start + timedelta(minutes=-59 if number % 12 == 11 else 59)  # after the last hour it is closed
        turns = [start, other] * (CLIENTS // 2)
        judged(
            programs, [body(*each) for each in zip(patients, [sokolova] * 32, [chair] * 32, turns, strict=True)], "doctor"
        )  # fmt: skip


@pytest.mark.feature("MOON-01")
@pytest.mark.parametrize("own", [{}, {"own_minutes": 20}])
def test_one_doctor_in_two_chairs(programs, week, patients, sokolova, chair, other_chair, at, own):
    for start in times(at)[: ROUNDS // 2 + 1]:
        places = [chair, other_chair] * (CLIENTS // 2)
        bodies = [body(patient, sokolova, place, start, **own) for patient, place in zip(patients, places, strict=True)]
        judged(programs, bodies, "doctor")


@pytest.mark.feature("MOON-01")
def test_one_patient_with_two_doctors(programs, anna, sokolova, ivanov, chair, week, day, branch, director, shift, at):
    third = ChairFactory(branch=branch, name="Кресло 3")
    shifts_generate(
        doctor_id=ivanov.pk, chair_id=third.pk, weekdays=list(range(7)), first=day, last=day + timedelta(days=6),
        start_time=shift.local_start.time(), end_time=shift.local_end.time(), actor=director,
    )  # fmt: skip
    for start in times(at):
        places = [(sokolova, chair), (ivanov, third)] * (CLIENTS // 2)
        judged(programs, [body(anna, doctor, place, start) for doctor, place in places], "patient")
