"""Freed times are offered by workers that are killed at random: no offer twice, none lost, no time sold twice.

`FULL=1` for the whole size.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock, policies
from core.models import Delivery
from messaging.models import Message
from scheduling.models import Appointment, Hold, Offer, Refill, WaitingEntry
from scheduling.selectors.checking import occupancy_check
from scheduling.services import appointment_cancel, waiting_add
from scheduling.services.refills import SUBJECT
from tests.factories import PatientFactory
from tests.fakes.gateway import serve

ROOT = Path(__file__).resolve().parents[2]
TIMES, WAITING, KILLS, WORKERS, DEADLINE = (9, 30, 60, 3, 600) if os.environ.get("FULL") else (4, 10, 6, 2, 90)
Asked = (Offer.State.SENT, Offer.State.ACCEPTED, Offer.State.DECLINED, Offer.State.EXPIRED)


@pytest.fixture
def always_awake(transactional_db):
    for key in ("messaging.quiet_from", "messaging.quiet_to"):
        policies.Setting.objects.update_or_create(key=key, defaults={"value": "00:00"})
    policies.forget()
    yield
    policies.forget()


@pytest.fixture
def cancelled(always_awake, book, branch, sokolova, reception):
    """So many hours of one day become free at once; more people wait than there are hours, each for any of them."""
    for number in range(WAITING):
        patient = PatientFactory(branch=branch, phone=f"+7900555{number:04}")
        waiting_add(patient_id=patient.pk, doctor_ids=[sokolova.pk], duration_min=60, actor=reception)
    visits = [book(9 + number, patient=PatientFactory(branch=branch, phone="")) for number in range(TIMES)]
    for visit in visits:
        appointment_cancel(appointment_id=visit.pk, reason="Заболел", then="lost", actor=reception)
    return visits


def start(url: str, seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scheduling.refiller", url, str(seed)], cwd=ROOT, env=dict(os.environ),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def ready(worker: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert worker.stdout and worker.stdout.readline() == "ready\n"
    return worker


def hurry() -> None:
    """Pauses that are for real operators and real faults are a second here."""
    now = clock.now()
    Message.objects.filter(state=Message.State.WAITING, send_after__gt=now).update(send_after=now)
    Message.objects.filter(state=Message.State.UNKNOWN, ask_at__gt=now + timedelta(seconds=1)).update(ask_at=now)
    Delivery.objects.filter(done_at__isnull=True, next_at__gt=now).update(next_at=now)


def is_over() -> bool:
    return (
        Refill.objects.count() == TIMES
        and not Refill.objects.filter(state=Refill.State.RUNNING).exists()
        and not Message.objects.filter(state__in=["waiting", "claimed", "unknown"]).exists()
    )


def work_through(url: str, dice: random.Random) -> None:
    workers = [ready(start(url, seed)) for seed in range(WORKERS)]
    try:
        for kill in range(KILLS):
            time.sleep(dice.uniform(0, 0.5))
            index = dice.randrange(WORKERS)
            workers[index].kill()
            workers[index].wait()
            hurry()
            workers[index] = ready(start(url, WORKERS + kill))
        end = time.monotonic() + DEADLINE
        while not is_over() and time.monotonic() < end:
            time.sleep(0.2)
            hurry()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


@pytest.mark.slow
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("SCH-41", "MOON-03", "MSG-19")
def test_no_offer_is_lost_or_doubled_and_no_time_is_sold_twice(cancelled):
    provider = serve(slow=0.02, mute=7, busy=11, lose=9)
    try:
        work_through(f"http://127.0.0.1:{provider.server_port}", random.Random(20261124))
    finally:
        provider.shutdown()
    assert is_over(), list(Refill.objects.values_list("state", flat=True))
    check_offers(provider.provider.taken)
    check_times(cancelled)


def check_offers(taken: dict[str, int]) -> None:
    """Who was asked has one message about it, and it reached him once, or the offer was over before it left."""
    assert set(taken.values()) <= {1}
    asked = Offer.objects.filter(state__in=Asked)
    messages = dict(Message.objects.filter(subject_kind=SUBJECT).values_list("subject_id", "state"))
    assert set(messages) == set(asked.values_list("pk", flat=True))
    assert Message.objects.filter(subject_kind=SUBJECT).count() == len(messages)
    told = Counter(messages.values())
    assert told["sent"] + told["delivered"] == len(taken), told
    assert set(told) <= {"sent", "delivered", "withdrawn", "failed"}
    assert not Offer.objects.filter(state__in=(Offer.State.SENT, Offer.State.QUEUED)).exists()


def check_times(cancelled: list[Appointment]) -> None:
    for visit in cancelled:
        refill = Refill.objects.get(starts_at=visit.starts_at)
        sold = Appointment.objects.filter(starts_at=visit.starts_at, state="booked")
        accepted = refill.offers.filter(state=Offer.State.ACCEPTED)
        assert [row.appointment_id for row in accepted] == list(sold.values_list("pk", flat=True))
        assert (refill.state == Refill.State.FILLED) == (len(accepted) == 1)
    booked = Appointment.objects.filter(state="booked").values_list("patient_id", flat=True)
    assert len(booked) == len(set(booked)), "nobody was given two times for one wish"
    ended = WaitingEntry.objects.filter(outcome=WaitingEntry.Outcome.BOOKED).values_list("patient_id", flat=True)
    assert set(ended) == set(booked)
    assert not Hold.objects.filter(expires_at__gt=clock.now()).exists()
    assert occupancy_check({}).is_right
