"""Everything that a booking asks about a place, read in one statement under its locks."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db import connection, models

from catalog.models import Service
from clinic.models import Branch, Chair, Staff
from core import clock
from patients.models import Patient
from scheduling.models import Shift, VisitType
from scheduling.rules import LONGEST_BUFFER, Range, clean_up, is_covered, taken

M = TypeVar("M", bound=models.Model)
RESOURCES = ("patient", "doctor", "chair")

# Rows of the two halves of occupancy: each has an index of its own.
BUSY = """
    SELECT o.resource_kind, o.resource_id, lower(o.during) AS starts, upper(o.during) AS ends,
           o.appointment_id, o.block_id, o.hold_id, h.user_id, h.expires_at
    FROM unnest(%(kinds)s::text[], %(ids)s::bigint[]) AS wanted(kind, id)
    CROSS JOIN LATERAL (
        SELECT * FROM scheduling_occupancy
        WHERE NOT is_overbooked AND resource_kind = wanted.kind AND resource_id = wanted.id
          AND during && tstzrange(%(start)s, %(end)s)
        UNION ALL
        SELECT * FROM scheduling_occupancy
        WHERE is_overbooked AND resource_kind = wanted.kind AND resource_id = wanted.id
          AND during && tstzrange(%(start)s, %(end)s)
    ) o
    LEFT JOIN scheduling_hold h ON h.id = o.hold_id
"""
PLACE = f"""
    SELECT jsonb_build_object(
        'chair', jsonb_build_object('id', c.id, 'name', c.name, 'branch_id', c.branch_id,
                                    'buffer_minutes', c.buffer_minutes),
        'branch', jsonb_build_object('id', b.id, 'name', b.name, 'timezone', b.timezone),
        'doctor', (SELECT jsonb_build_object('id', d.id, 'last_name', d.last_name, 'first_name', d.first_name,
                                             'middle_name', d.middle_name)
                   FROM clinic_staff d WHERE d.id = %(doctor)s AND d.is_doctor AND d.deleted_at IS NULL),
        'patient', (SELECT jsonb_build_object('id', p.id, 'last_name', p.last_name, 'first_name', p.first_name,
                                              'middle_name', p.middle_name, 'phone', p.phone,
                                              'branch_id', p.branch_id)
                    FROM patients_patient p
                    WHERE p.id = %(patient)s AND p.deleted_at IS NULL AND p.merged_into_id IS NULL),
        'visit_type', (SELECT to_jsonb(t) FROM scheduling_visittype t
                       WHERE t.id = %(visit_type)s AND t.deleted_at IS NULL),
        'services', (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'buffer_min', s.buffer_min))
                     FROM catalog_service s WHERE s.id = ANY(%(services)s) AND s.deleted_at IS NULL),
        'pools', (SELECT jsonb_agg(DISTINCT jsonb_build_object('id', coalesce(pp.id, 0), 'name', pl.name,
                                                               'count', coalesce(pp.count, 0)))
                  FROM scheduling_pool_services ps JOIN scheduling_pool pl ON pl.id = ps.pool_id AND pl.is_active
                  LEFT JOIN scheduling_poolplace pp ON pp.pool_id = pl.id AND pp.branch_id = b.id
                  WHERE ps.service_id = ANY(%(services)s)),
        'awaited', EXISTS (SELECT FROM scheduling_waitingentry q WHERE q.patient_id = %(patient)s AND q.outcome = 'waiting')
                   OR EXISTS (SELECT FROM scheduling_plannedvisit q WHERE q.patient_id = %(patient)s AND q.outcome = 'planned'),
        'weekly', (SELECT jsonb_agg(jsonb_build_array(w.weekday, w.opens, w.closes))
                   FROM clinic_branchhours w WHERE w.branch_id = b.id),
        'special', (SELECT jsonb_agg(jsonb_build_array(x.date, x.opens, x.closes)) FROM clinic_branchday x
                    WHERE x.branch_id = b.id AND x.date BETWEEN %(first)s AND %(last)s),
        'shifts', (SELECT jsonb_agg(jsonb_build_array(f.starts_at, f.ends_at)) FROM scheduling_shift f
                   WHERE f.chair_id = c.id AND f.doctor_id = %(doctor)s
                     AND f.starts_at < %(end)s AND f.ends_at > %(start)s),
        'kept', (SELECT jsonb_agg(jsonb_build_array(k.id, k.kind, k.starts_at, k.ends_at, k.chair_id))
                 FROM scheduling_block k
                 WHERE (k.chair_id = c.id OR k.doctor_id = %(doctor)s) AND k.kind IN ('emergency', 'primary')
                   AND k.starts_at < %(end)s AND k.ends_at > %(start)s),
        'busy', (SELECT jsonb_agg(to_jsonb(busy)) FROM ({BUSY}) busy)
    )
    FROM clinic_chair c JOIN clinic_branch b ON b.id = c.branch_id
    WHERE c.id = %(chair)s AND c.deleted_at IS NULL AND b.deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has a resource, from when to when."""

    kind: str
    resource_id: int
    during: Range
    appointment_id: int | None = None
    block_id: int | None = None
    hold_id: int | None = None
    hold_user_id: int | None = None
    expires_at: datetime | None = None

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()


@dataclass(frozen=True, slots=True)
class Kept:
    """Time that is kept for a kind of visit."""

    block_id: int
    kind: str
    during: Range
    of_chair: bool


@dataclass(frozen=True, slots=True)
class PoolAsked:
    """A pool of which the visit takes one: how many the branch has, 0 where none."""

    place_id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A chair, a doctor and a time, with all that speaks for and against booking there."""

    chair: Chair
    branch: Branch
    doctor: Staff | None
    patient: Patient | None
    visit_type: VisitType | None
    services: list[Service]
    visit: Range
    own_minutes: int | None
    weekly: dict[int, tuple[time, time]]
    special: dict[date, tuple[time | None, time | None]]
    shifts: list[Range]
    kept: list[Kept]
    busy: list[Taken] = field(repr=False)
    pools: list[PoolAsked] = field(default_factory=list)
    ours: frozenset[int] = frozenset()  # visits that are as good as gone
    is_awaited: bool = False  # the patient stands on a list of those without a date

    @property
    def takes(self) -> dict[str, Range]:
        """Ranges by resource; the patient's only when there is one."""
        after = clean_up(self.chair.buffer_minutes, (service.buffer_min for service in self.services))
        ranges = taken(self.visit, after=after, own_minutes=self.own_minutes)
        return {kind: ranges[kind] for kind in RESOURCES if kind != "patient" or self.patient}

    @property
    def local_date(self) -> date:
        return clock.local(self.visit.start, self.branch.timezone).date()

    @property
    def is_in_past(self) -> bool:
        return self.local_date < clock.today(self.branch.timezone)

    @property
    def is_open(self) -> bool:
        opens, closes = self.special.get(self.local_date, self.weekly.get(self.local_date.weekday(), (None, None)))
        if opens is None or closes is None:
            return False
        zone = self.branch.timezone
        return Range(clock.at(self.local_date, opens, zone), clock.at(self.local_date, closes, zone)).covers(self.visit)

    @property
    def is_in_shift(self) -> bool:
        return is_covered(self.visit, self.shifts)

    def against(self, ranges: dict[str, Range] | None = None) -> list[Taken]:
        """What overlaps what the visit takes, patient's first, then doctor's, then chair's."""
        wanted = ranges or self.takes
        found = [row for row in self.busy if row.kind in wanted and row.during.overlaps(wanted[row.kind])]
        return sorted(found, key=lambda row: (RESOURCES.index(row.kind), row.during))

    @property
    def kept_against(self) -> list[Kept]:
        """Time kept for others: neither the visit's type nor its urgency lets it in."""
        from_type = {
            "emergency": self.visit_type and self.visit_type.is_urgent,
            "primary": self.visit_type and self.visit_type.is_first_visit,
        }
        return [row for row in self.kept if row.during.overlaps(self.visit) and not from_type[row.kind]]


def place_read(
    *,
    chair_id: int,
    doctor_id: int,
    visit: Range,
    patient_id: int | None = None,
    service_ids: Iterable[int] = (),
    visit_type_id: int | None = None,
    own_minutes: int | None = None,
    except_appointments: Iterable[int] = (),
) -> Place | None:
    """The place as it is now, or None when there is no such chair. Call it under the locks of its resources."""
    kinds, ids = ["doctor", "chair"], [doctor_id, chair_id]
    if patient_id:
        kinds, ids = ["patient", *kinds], [patient_id, *ids]
    near = visit.start.date()
    asked = {
        "chair": chair_id,
        "doctor": doctor_id,
        "patient": patient_id,
        "visit_type": visit_type_id,
        "services": list(service_ids),
        "kinds": kinds,
        "ids": ids,
        "start": visit.start,
        "end": visit.end + timedelta(minutes=LONGEST_BUFFER),
        "first": near - timedelta(days=1),
        "last": near + timedelta(days=2),
    }
    with connection.cursor() as cursor:
        cursor.execute(PLACE, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    facts = row[0] if isinstance(row[0], dict) else json.loads(row[0])
    ours = set(except_appointments)
    return Place(
        chair=_instance(Chair, facts["chair"]),
        branch=_instance(Branch, facts["branch"]),
        doctor=_instance(Staff, facts["doctor"]) if facts["doctor"] else None,
        patient=_instance(Patient, facts["patient"]) if facts["patient"] else None,
        visit_type=_instance(VisitType, facts["visit_type"]) if facts["visit_type"] else None,
        services=[_instance(Service, service) for service in facts["services"] or ()],
        visit=visit,
        own_minutes=own_minutes,
        weekly={weekday: (_time(opens), _time(closes)) for weekday, opens, closes in facts["weekly"] or ()},
        special={
            date.fromisoformat(day): (_time(opens), _time(closes)) for day, opens, closes in facts["special"] or ()
        },
        shifts=[Range(_moment(start), _moment(end)) for start, end in facts["shifts"] or ()],
        kept=[
            Kept(pk, kind, Range(_moment(start), _moment(end)), of_chair=chair is not None)
            for pk, kind, start, end, chair in facts["kept"] or ()
        ],
        pools=[PoolAsked(pool["id"], pool["name"], pool["count"]) for pool in facts["pools"] or ()],
        ours=frozenset(ours),
        is_awaited=facts["awaited"],
        busy=[taken_row for row in facts["busy"] or () if (taken_row := _taken(row)).appointment_id not in ours],
    )


def doctor_in_chair(chair_id: int, starts_at: datetime, ends_at: datetime, *, prefer: int | None = None) -> int | None:
    """Who works in a chair at a time: the preferred doctor if he does, else the one whose shift covers it best."""
    rows = Shift.objects.filter(chair_id=chair_id, starts_at__lt=ends_at, ends_at__gt=starts_at)
    shifts = list(rows.order_by("starts_at").values_list("doctor_id", "starts_at", "ends_at"))
    if prefer and any(doctor_id == prefer for doctor_id, _start, _end in shifts):
        return prefer
    covered = [(min(end, ends_at) - max(start, starts_at), doctor_id) for doctor_id, start, end in shifts]
    return max(covered)[1] if covered else prefer


def busy_rows(resources: Iterable[tuple[str, int]], during: Range) -> list[Taken]:
    """What is taken of many resources in a range, expired holds left out: one statement, however long the range."""
    wanted = sorted(set(resources))
    if not wanted:
        return []
    asked = {
        "kinds": [kind for kind, _ in wanted],
        "ids": [pk for _, pk in wanted],
        "start": during.start,
        "end": during.end,
    }
    with connection.cursor() as cursor:
        cursor.execute(BUSY, asked)
        found = [
            Taken(kind, pk, Range(start, end), appointment, block, hold, user, expires)
            for kind, pk, start, end, appointment, block, hold, user, expires in cursor.fetchall()
        ]
    return [row for row in found if not row.is_expired]


def _instance(model: type[M], values: dict[str, Any]) -> M:
    """A row with only these columns loaded."""
    names = [each.attname for each in model._meta.concrete_fields if each.attname in values]
    return model.from_db("default", names, [values[name] for name in names])


def _taken(row: dict[str, Any]) -> Taken:
    return Taken(
        row["resource_kind"],
        row["resource_id"],
        Range(_moment(row["starts"]), _moment(row["ends"])),
        row["appointment_id"],
        row["block_id"],
        row["hold_id"],
        row["user_id"],
        _moment(row["expires_at"]) if row["expires_at"] else None,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time(text: str | None) -> Any:
    return time.fromisoformat(text) if text else None
