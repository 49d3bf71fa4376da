"""Ten more branches of twelve chairs with three months ahead of them: about 300,000 appointments, the first 60 days full.

Each chair has two shifts a day and a place every 22 minutes. In the first sixty days all of them are taken; later a
fifth of the hours is free, in pieces of four places.
"""

from typing import Any

from benchmarks.data.loading import Loader
from benchmarks.data.place import ZONE
from benchmarks.data.size import CHAIRS
from clinic.models import Branch, BranchHours, Chair, Staff
from core import clock
from scheduling.models import Appointment, Occupancy, Shift

BRANCHES, DAYS, FULL_DAYS, PLACES = 10, 91, 60, 32
FIRST = 1001  # numbers of these branches, chairs and doctors
FIRST_VISIT = 50_000_001
VISITS = f"""
FROM (
    SELECT chair, day, k, row_number() OVER () AS n,
        (%(today)s::date + day + time '09:00' + k * interval '22 minutes') AT TIME ZONE {ZONE} AS starts_at
    FROM generate_series(0, {BRANCHES * CHAIRS - 1}) chair, generate_series(1, {DAYS}) day, generate_series(0, {PLACES - 1}) k
    WHERE day <= {FULL_DAYS} OR (k / 4 + chair + day) %% 5 > 0
) v
"""


def future_make(bench: Any) -> None:
    """Once a day, since it is the future of today that is searched."""
    today = clock.today("Europe/Moscow")
    load = Loader(lambda line: None)
    if load.run("SELECT to_regclass('bench.future') IS NOT NULL")[0][0]:
        if load.run("SELECT made_on = %s FROM bench.future", [today])[0][0]:
            return
        future_drop(load)
    places_make(load)
    visits = VISITS % {"today": f"'{today}'"}
    with load.bare(Appointment, Occupancy):
        load.fill(
            Appointment, visits, id=f"{FIRST_VISIT} + n", patient_id=f"1 + n %% {bench.size.patients}".replace("%%", "%"),
            doctor_id=f"{FIRST} + chair * 2 + (k >= 16)::int", chair_id=f"{FIRST} + chair", branch_id=f"{FIRST} + chair / {CHAIRS}",
            starts_at="starts_at", ends_at="starts_at + interval '20 minutes'", state="'booked'",
        )  # fmt: skip
        load.fill(
            Occupancy,
            f"""FROM scheduling_appointment a, LATERAL (VALUES ('chair', a.chair_id), ('doctor', a.doctor_id)) t(kind, id)
            WHERE a.id > {FIRST_VISIT}""",
            resource_kind="t.kind", resource_id="t.id", during="tstzrange(a.starts_at, a.ends_at)", appointment_id="a.id",
        )  # fmt: skip
    load.sequences_catch_up()
    load.run("CREATE TABLE bench.future (made_on date)")
    load.run("INSERT INTO bench.future VALUES (%s)", [today])
    load.run("VACUUM ANALYZE")
    load.connection.close()


def places_make(load: Loader) -> None:
    chairs = BRANCHES * CHAIRS
    load.fill(
        Branch, f"FROM generate_series(0, {BRANCHES - 1}) n", id=f"{FIRST} + n", legal_entity_id="1", timezone=ZONE,
        name="'Будущее ' || n", position="n",
    )  # fmt: skip
    load.fill(
        BranchHours, f"FROM generate_series(0, {BRANCHES - 1}) b, generate_series(0, 6) d",
        branch_id=f"{FIRST} + b", weekday="d", opens="'09:00'", closes="'21:00'",
    )  # fmt: skip
    load.fill(
        Chair, f"FROM generate_series(0, {chairs - 1}) n", id=f"{FIRST} + n", branch_id=f"{FIRST} + n / {CHAIRS}",
        name=f"'Кресло ' || n % {CHAIRS} + 1", position=f"n % {CHAIRS}",
    )  # fmt: skip
    load.fill(
        Staff, f"FROM generate_series(0, {chairs * 2 - 1}) n", id=f"{FIRST} + n", last_name="'Будущева ' || n",
        first_name="'Анна'", sex="'f'", is_doctor="true", is_employee="false",
    )  # fmt: skip
    load.fill(
        Shift, f"FROM generate_series(0, {chairs - 1}) chair, generate_series(1, {DAYS}) day, generate_series(0, 1) half",
        doctor_id=f"{FIRST} + chair * 2 + half", chair_id=f"{FIRST} + chair",
        starts_at=f"(current_date + day + time '09:00' + half * interval '352 minutes') AT TIME ZONE {ZONE}",
        ends_at=f"(current_date + day + time '14:52' + half * interval '368 minutes') AT TIME ZONE {ZONE}",
    )  # fmt: skip


def future_drop(load: Loader) -> None:
    """Yesterday's three months."""
    load.run(f"DELETE FROM scheduling_occupancy WHERE appointment_id > {FIRST_VISIT}")
    load.run(f"DELETE FROM scheduling_appointment WHERE id > {FIRST_VISIT}")
    for table, column in (("scheduling_shift", "chair_id"), ("clinic_branchhours", "branch_id"), ("clinic_chair", "id"),
                          ("clinic_staff", "id"), ("clinic_branch", "id")):  # fmt: skip
        load.run(f"DELETE FROM {table} WHERE {column} >= {FIRST}")
    load.run("DROP TABLE bench.future")
