"""Booking a visit: the whole command against its bare rows under the same locks and constraints."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from benchmarks.bench import ZONE, Bench
from benchmarks.data.size import CHAIRS, DOCTORS
from benchmarks.measure import Line

LOCK = "SELECT pg_advisory_xact_lock(hashtext(kind), id) FROM unnest(%s::text[], %s::int[]) AS keys(kind, id)"
APPOINTMENT = """
INSERT INTO scheduling_appointment (patient_id, doctor_id, chair_id, branch_id, starts_at, ends_at, state, comment,
    source_kind, is_overbooked, overbook_reason, cancel_reason, cancel_then, is_mistake, moves, version, state_since,
    created_by_id)
VALUES (%s, %s, %s, 1, %s, %s, 'booked', '', 'staff', false, '', '', '', false, 0, 1, now(), %s) RETURNING id
"""
TAKEN = """
INSERT INTO scheduling_occupancy (resource_kind, resource_id, during, appointment_id, is_overbooked)
SELECT kind, id, tstzrange(%s, %s), %s, false FROM unnest(%s::text[], %s::bigint[]) AS keys(kind, id)
"""


class Slots:
    """Half hours that nobody has taken, after all visits that there are: a new one each time."""

    def __init__(self, bench: Bench, days: int) -> None:
        last = bench.sql(
            "SELECT greatest((SELECT max(starts_at) FROM scheduling_appointment), (SELECT max(ends_at) FROM"
            " scheduling_shift), now())"
        )[0][0]
        self.first = last.astimezone(ZONE).date() + timedelta(days=2)
        self.patients = bench.size.patients
        self.used = 0
        connection = bench.owner()
        with connection.cursor() as cursor:
            cursor.execute(SHIFTS, [days, self.first])
        connection.close()

    def take(self) -> tuple[int, int, int, datetime, datetime]:
        """patient, doctor, chair, start, end."""
        number, self.used = self.used, self.used + 1
        chair, place = number % CHAIRS, number // CHAIRS
        day: date = self.first + timedelta(days=place // 24)
        start = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE) + timedelta(minutes=30 * (place % 24))
        return 1 + number * 7919 % self.patients, chair + 1, chair + 1, start, start + timedelta(minutes=30)


SHIFTS = f"""
INSERT INTO scheduling_shift (doctor_id, chair_id, starts_at, ends_at, version)
SELECT chair, chair, (day + time '09:00') AT TIME ZONE 'Europe/Moscow', (day + time '21:00') AT TIME ZONE 'Europe/Moscow', 1
FROM generate_series(1, {CHAIRS}) chair, generate_series(0, %s) number, LATERAL (SELECT %s::date + number AS day) AS days
"""


def measure(bench: Bench) -> Iterator[Line]:
    slots = Slots(bench, 20)
    yield bench.line(
        "book an appointment", "locks, visit and what it takes, by SQL",
        lambda n: bare(bench, slots), lambda n: book(bench, slots), aim=12, peer=28.7, peer_aim=0.4, budget=8,
    )  # fmt: skip


def bare(bench: Bench, slots: Slots) -> None:
    patient, doctor, chair, start, end = slots.take()
    kinds, keys = ["chair", "doctor", "patient"], [chair, doctor, patient]
    with bench.raw as transaction, transaction.cursor() as cursor:
        cursor.execute(LOCK, [kinds, keys])
        cursor.execute(APPOINTMENT, [patient, doctor, chair, start, end, bench.reception.user.pk])
        cursor.execute(TAKEN, [start, end, cursor.fetchone()[0], kinds, keys])


def book(bench: Bench, slots: Slots) -> Any:
    patient, doctor, chair, start, end = slots.take()
    return bench.reception.post(
        "appointments/",
        {"patient": patient, "doctor": doctor, "chair": chair, "start": start.isoformat(), "end": end.isoformat()},
    )


assert DOCTORS >= CHAIRS
