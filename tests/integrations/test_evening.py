"""One evening's visits, reminded of by workers that are killed at random, through a gateway of another process.

The clock jumps that night in Bucharest and not in Moscow. By default some dozens of visits; `FULL=1` for 20,000.
"""

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from pathlib import Path

import pytest
import time_machine

from core import clock, policies
from messaging.models import Message
from patients.models import Patient
from scheduling.models import Appointment
from scheduling.reminders import finding
from scheduling.services import appointment_cancel
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory

ROOT = Path(__file__).resolve().parents[2]
FULL = bool(os.environ.get("FULL"))
VISITS, KILLS, WORKERS, DEADLINE = (20_000, 60, 3, 1800) if FULL else (60, 4, 2, 60)
LEASE = 20 if FULL else 3  # seconds; never shorter than a portion takes on a busy machine
EVENING = date(2027, 3, 28)  # of the night before it Bucharest has one hour less
NIGHT = datetime(2027, 3, 27, 1, 0, tzinfo=UTC)  # three and four o'clock
MORNING = datetime(2027, 3, 27, 6, 30, tzinfo=UTC)
TEN_IN_MOSCOW = datetime(2027, 3, 27, 7, 0, 5, tzinfo=UTC)
TEN_IN_BUCHAREST = datetime(2027, 3, 27, 8, 0, 5, tzinfo=UTC)
State = Message.State


@pytest.fixture
def places(db):
    return [
        BranchFactory(name=zone, timezone=zone, phone="+79000000001") for zone in ("Europe/Moscow", "Europe/Bucharest")
    ]


@pytest.fixture
def evening(places):
    """Every fifth patient shares the phone of the one before him; visits begin between five and eight."""
    doctor, made = DoctorFactory(), []
    chairs = [ChairFactory(branch=branch) for branch in places]
    for number in range(VISITS):
        branch = places[number % 2]
        phone = f"+7901{(number - 2 if number % 10 >= 8 else number) * 10 + 5:07}"
        person = PatientFactory.build(branch=branch, phone=phone, first_name=f"Имя{number}", middle_name="")
        start = clock.at(EVENING, wall(17 + number // 2 % 3, number % 4 * 15), branch.timezone)
        made.append(Appointment(
            patient=person, doctor=doctor, chair=chairs[number % 2], branch=branch, starts_at=start,
            ends_at=start + timedelta(minutes=15),
        ))  # fmt: skip
    Patient.objects.bulk_create([visit.patient for visit in made], batch_size=1000)
    for visit in made:
        visit.patient_id = visit.patient.pk
    Appointment.objects.bulk_create(made, batch_size=1000)
    Appointment.objects.update(created_at=MORNING - timedelta(days=3))
    return list(Appointment.objects.select_related("patient", "branch").order_by("pk"))


@pytest.fixture
def real_nights(connected):
    """Quiet hours as a clinic has them."""
    policies.Setting.objects.filter(key__startswith="messaging.quiet").delete()
    policies.forget()


def start(moment):
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.integrations.worker", moment.isoformat(), str(LEASE)], cwd=ROOT, env=dict(os.environ),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout and worker.stdout.readline() == "ready\n"
    return worker


def stop(workers):
    for worker in workers:
        worker.kill()
        worker.wait()


def hurry(moment):
    """What waits for half a minute after a fault is due at once: that pause is for real operators."""
    Message.objects.filter(state=State.WAITING, attempts__gt=0).update(send_after=moment)
    Message.objects.filter(state=State.UNKNOWN, joined_to__isnull=True).update(ask_at=moment)


def left(branch):
    return Message.objects.filter(branch=branch, state__in=[State.WAITING, State.CLAIMED, State.UNKNOWN]).count()


def work_through(moment, branch, kills, dice):
    """Workers of that moment, killed at random, until nothing of the branch is left."""
    workers = [start(moment) for _n in range(WORKERS)]
    end = time.monotonic() + DEADLINE
    try:
        while (left(branch) or kills) and time.monotonic() < end:
            time.sleep(dice.uniform(0.05, 0.4))
            hurry(moment)
            if kills:
                kills -= 1
                stop([workers.pop(0)])
                workers.append(start(moment))
    finally:
        stop(workers)
    assert left(branch) == 0


@pytest.mark.slow
@pytest.mark.race
@pytest.mark.feature("MSG-10", "MSG-13", "MSG-19", "MSG-20")
@pytest.mark.django_db(transaction=True)
def test_an_evening_is_told_of_once_by_day_in_local_time_and_never_after_a_cancel(
    places, evening, smsc, real_nights, director
):
    moscow, bucharest = places
    dice = random.Random(20270328)
    with time_machine.travel(MORNING, tick=False):
        assert finding.reminders_find() == VISITS
        assert finding.reminders_find() == 0
        cancelled = evening[3 :: max(9, VISITS // 40)]
        for visit in cancelled:
            appointment_cancel(appointment_id=visit.pk, reason="заболел", then="lost", actor=director)
    smsc.order("push", kind="balance", sum="1000000.00")
    for kind, every in (("accept_timeout", 13), ("500", 17), ("garbage", 19), ("timeout", 23)):
        smsc.order("fault", path="send.php", kind=kind, every=every)
    smsc.order("fault", path="status.php", kind="500", every=5)

    asleep = [start(NIGHT)]
    Message.objects.filter(state=State.WAITING).update(send_after=NIGHT)
    time.sleep(1.5)
    stop(asleep)
    assert smsc.messages == [], "whatever stands in the queue, nobody is woken"
    with time_machine.travel(MORNING, tick=False):
        Message.objects.filter(state=State.WAITING).update(send_after=MORNING)
    for branch, moment in ((moscow, TEN_IN_MOSCOW), (bucharest, TEN_IN_BUCHAREST)):
        Message.objects.filter(branch=branch, state=State.WAITING).update(send_after=moment)
        others = Message.objects.exclude(branch=branch).filter(state=State.WAITING)
        others.update(send_after=TEN_IN_BUCHAREST + timedelta(minutes=30))
        work_through(moment, branch, KILLS // 2, dice)

    state = smsc.order("state")
    check_gateway(state, evening, {visit.pk for visit in cancelled})


def check_gateway(state, evening, cancelled):
    """As the operator saw it: every phone once, with the visits that are to be, at the hour of the branch."""
    assert state["doubles"] == []
    wanted = {}
    for visit in evening:
        if visit.pk not in cancelled:
            hour = f"{clock.local(visit.starts_at, visit.branch.timezone):%H:%M}"
            wanted.setdefault(visit.patient.phone.lstrip("+"), []).append((visit.patient.first_name, hour))
    reminders = [each for each in state["messages"] if "отменён" not in each["text"]]
    told = Counter(each["phone"] for each in reminders)
    assert set(told) == set(wanted)
    assert set(told.values()) == {1}
    called_off = {visit.patient.phone.lstrip("+") for visit in evening if visit.pk in cancelled}
    assert {each["phone"] for each in state["messages"] if "отменён" in each["text"]} <= called_off
    for each in reminders:
        assert "28.03" in each["text"]
        for name, hour in wanted[each["phone"]]:
            assert re.search(rf"{name}\b.*{hour}", each["text"]), each["text"]
        assert len(re.findall(r"Имя\d+", each["text"])) == len(wanted[each["phone"]])
