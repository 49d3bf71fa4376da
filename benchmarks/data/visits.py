"""Shifts, appointments and what they take. No two lie over each other: chairs have a raster, doctors a half of a day.

Visit `o` belongs to branch `o % branches`; within the branch its number `m` gives day, chair and place of the day.
Three of ten visits are of people who come once, seven of the fifth of cards that come again and again.
"""

from benchmarks.data.loading import Loader
from benchmarks.data.place import FIRST
from benchmarks.data.size import CHAIRS, DOCTORS, SERVICES_A_DIRECTION, VISITS_A_CHAIR, Size
from core.models import AuditEntry
from scheduling.models import Appointment, Occupancy, Shift

VISITS = """
FROM (
    SELECT v.*, (day.day + time '09:00' + (v.k * 140 + bench.pick(v.o, 20, 5) * 10) * interval '1 minute')
            AT TIME ZONE branch.timezone AS starts_at, 30 + 30 * bench.pick(v.o, 21, 3) AS minutes,
        bench.r(v.o, 22) AS fate, branch.timezone
    FROM (
        SELECT o, o % {branches} AS b, o / {branches} AS m, o / {branches} / {a_day} AS place,
            o / {branches} % {a_day} / {a_chair} AS chair, o / {branches} % {a_chair} AS k
        FROM generate_series(0, {visits} - 1) o
    ) AS v
    JOIN bench.day day ON day.place = v.place
    JOIN clinic_branch branch ON branch.id = v.b + 1
) AS v
"""
# Within the branch; every number of patients is 1 + b + branches * place of the card.
CARD = """1 + v.b + {branches} * CASE WHEN v.m % 10 < 3
    THEN {loyal} + (v.m / 10 * 3 + v.m % 10) * 7919 % ({of_branch} - {loyal})
    ELSE (v.m / 10 * 7 + v.m % 10 - 3) * 7907 % {loyal} END"""
STATE = "CASE WHEN v.fate < 0.88 THEN 'completed' WHEN v.fate < 0.95 THEN 'cancelled' ELSE 'no_show' END"
DOCTOR = "1 + v.b * {doctors} + (v.chair * 2 + (v.k >= 3)::int + v.place) % {doctors}"


def visits_make(load: Loader, size: Size) -> None:
    words = {
        "branches": size.branches, "a_day": size.visits_a_day, "a_chair": VISITS_A_CHAIR, "visits": size.visits,
        "loyal": size.of_branch // 5, "of_branch": size.of_branch, "doctors": DOCTORS,
    }  # fmt: skip
    shifts_make(load, size)
    with load.bare(Appointment):
        load.fill(
            Appointment,
            VISITS.format(**words),
            id="v.o + 1",
            patient_id=CARD.format(**words),
            doctor_id=DOCTOR.format(**words),
            chair_id=f"1 + v.b * {CHAIRS} + v.chair",
            branch_id="v.b + 1",
            starts_at="v.starts_at",
            ends_at="v.starts_at + v.minutes * interval '1 minute'",
            state=STATE,
            visit_type_id=f"{FIRST}",
            cancel_reason="CASE WHEN v.fate >= 0.88 AND v.fate < 0.95 THEN 'Заболел' ELSE '' END",
            cancel_then="CASE WHEN v.fate >= 0.88 AND v.fate < 0.95 THEN 'rebook' ELSE '' END",
            state_since="v.starts_at",
            created_at="v.starts_at - interval '5 days'",
        )
    services_make(load)
    occupancy_make(load)
    audit_make(load)


def shifts_make(load: Loader, size: Size) -> None:
    with load.bare(Shift):
        load.fill(
            Shift,
            f"""FROM bench.day day, generate_series(0, {size.branches} - 1) b, generate_series(0, {CHAIRS} - 1) chair,
            generate_series(0, 1) half""",
            doctor_id=f"1 + b * {DOCTORS} + (chair * 2 + half + day.place) % {DOCTORS}",
            chair_id=f"1 + b * {CHAIRS} + chair",
            starts_at="(day.day + CASE half WHEN 0 THEN time '09:00' ELSE time '16:00' END) AT TIME ZONE 'Europe/Moscow'",
            ends_at="(day.day + CASE half WHEN 0 THEN time '16:00' ELSE time '21:00' END) AT TIME ZONE 'Europe/Moscow'",
        )


def services_make(load: Loader) -> None:
    with load.bare(Appointment.services.through):
        load.fill(
            Appointment.services.through, "FROM scheduling_appointment a", appointment_id="a.id",
            service_id=f"{FIRST} + (a.doctor_id % 6) + 6 * bench.pick(a.id, 30, {SERVICES_A_DIRECTION})",
        )  # fmt: skip


def occupancy_make(load: Loader) -> None:
    with load.bare(Occupancy):
        load.fill(
            Occupancy,
            """FROM scheduling_appointment a, LATERAL (
                VALUES ('chair', a.chair_id), ('doctor', a.doctor_id), ('patient', a.patient_id)
            ) AS takes(kind, id) WHERE a.state NOT IN ('cancelled', 'no_show')""",
            resource_kind="takes.kind",
            resource_id="takes.id",
            during="tstzrange(a.starts_at, a.ends_at)",
            appointment_id="a.id",
        )


OVERLAPS = """
SELECT count(*) FROM (
    SELECT lower(during) < max(upper(during)) OVER (PARTITION BY resource_kind, resource_id ORDER BY lower(during)
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS lies_over FROM scheduling_occupancy
) AS rows WHERE lies_over
"""


def overlaps(load: Loader) -> int:
    return int(load.run(OVERLAPS)[0][0])


def audit_make(load: Loader) -> None:
    with load.bare(AuditEntry):
        load.fill(
            AuditEntry, "FROM scheduling_appointment a", at="a.created_at", transaction_id="a.id", actor_id="1",
            actor_name="'reception'", code="'scheduling.appointment.booked'", object_kind="'scheduling.appointment'",
            object_id="a.id", object_label="to_char(a.starts_at, 'DD.MM.YYYY HH24:MI')", patient_id="a.patient_id",
            branch_id="a.branch_id",
        )  # fmt: skip
