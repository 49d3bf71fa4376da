"""The table of what is taken, computed anew from visits, holds and blocks: it must be the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q

from core import clock
from scheduling.models import Appointment, Block, Hold, Occupancy
from scheduling.rules import OCCUPYING, Range, clean_up, taken
from scheduling.selectors.appointments import with_services
from scheduling.selectors.places import RESOURCES

CHUNK = 2000


class Row(NamedTuple):
    owner: str
    owner_id: int
    kind: str
    resource_id: int
    start: datetime
    end: datetime


@dataclass(slots=True)
class Findings:
    """`missing` should stand in the table, `extra` should not; `lonely` is overbooked over nothing."""

    missing: list[Row] = field(default_factory=list)
    extra: list[Row] = field(default_factory=list)
    lonely: list[int] = field(default_factory=list)
    checked: int = 0

    @property
    def is_right(self) -> bool:
        return not (self.missing or self.extra or self.lonely)


def rows_expected(buffers: dict[int, int]) -> Iterator[Row]:
    """What visits, live holds and blocks take."""
    visits = with_services(Appointment.objects.filter(state__in=OCCUPYING)).select_related("chair")
    for visit in visits.iterator(chunk_size=CHUNK):
        after = clean_up(visit.chair.buffer_minutes, (buffers.get(pk, 0) for pk in visit.service_ids))
        ranges = taken(Range(visit.starts_at, visit.ends_at), after=after, own_minutes=visit.own_minutes)
        keys = {"chair": visit.chair_id, "doctor": visit.doctor_id, "patient": visit.patient_id}
        for kind in RESOURCES:
            yield Row("appointment", visit.pk, kind, keys[kind], *ranges[kind])
    yield from _pools_expected()
    for hold in Hold.objects.filter(expires_at__gt=clock.now()).select_related("chair"):
        after = clean_up(hold.chair.buffer_minutes, ())
        ranges = taken(Range(hold.starts_at, hold.ends_at), after=after, own_minutes=None)
        yield Row("hold", hold.pk, "doctor", hold.doctor_id, *ranges["doctor"])
        yield Row("hold", hold.pk, "chair", hold.chair_id, *ranges["chair"])
    for block in Block.objects.exclude(kind__in=Block.KEPT_FOR):
        for kind, key in (("chair", block.chair_id), ("doctor", block.doctor_id)):
            if key:
                yield Row("block", block.pk, kind, key, block.starts_at, block.ends_at)


def _pools_expected() -> Iterator[Row]:
    """What coming visits take of pools. What services needed in the past may be otherwise today."""
    through = Appointment.services.through.objects.filter(
        appointment__state__in=OCCUPYING, appointment__ends_at__gt=clock.now(), service__pools__is_active=True,
        service__pools__places__branch=F("appointment__branch"),
    )  # fmt: skip
    visit = ("appointment_id", "service__pools__places", "appointment__starts_at", "appointment__ends_at")
    for pk, place, start, end in through.order_by().values_list(*visit).distinct():
        yield Row("appointment", pk, "pool", place, start, end)


def rows_standing() -> Iterator[Row]:
    rows = Occupancy.objects.exclude(hold__expires_at__lte=clock.now())
    rows = rows.exclude(Q(resource_kind="pool") & (Q(during__endswith__lte=clock.now()) | Q(hold__isnull=False)))
    for row in rows.iterator(chunk_size=CHUNK):
        owner = next(name for name in ("appointment", "hold", "block") if getattr(row, f"{name}_id"))
        during = row.during
        yield Row(owner, getattr(row, f"{owner}_id"), row.resource_kind, row.resource_id, during.lower, during.upper)


LONELY = """
    SELECT o.id FROM scheduling_occupancy o
    WHERE o.is_overbooked AND o.resource_kind <> 'pool' AND NOT EXISTS (
        SELECT FROM scheduling_occupancy other
        WHERE other.resource_kind = o.resource_kind AND other.resource_id = o.resource_id
          AND other.during && o.during AND other.id <> o.id)
"""


def occupancy_check(buffers: dict[int, int]) -> Findings:
    """Compare both. Clean-up that a clinic has changed since a visit was booked counts for new visits only."""
    expected, standing = set(rows_expected(buffers)), set(rows_standing())
    found = Findings(checked=len(expected))
    found.missing = sorted(expected - standing)
    found.extra = sorted(standing - expected)
    found.missing, found.extra = _without_changed_buffers(found.missing, found.extra)
    with connection.cursor() as cursor:
        cursor.execute(LONELY)
        found.lonely = [pk for (pk,) in cursor.fetchall()]
    return found


def _without_changed_buffers(missing: list[Row], extra: list[Row]) -> tuple[list[Row], list[Row]]:
    """A chair's row of the same visit and start that ends otherwise, but not before the visit: an older clean-up."""
    longest = timedelta(hours=4)
    pairs = {row[:5]: row for row in extra if row.kind == "chair"}
    excused = {
        (row, pairs[row[:5]]) for row in missing if row[:5] in pairs and abs(row.end - pairs[row[:5]].end) <= longest
    }
    gone = {row for pair in excused for row in pair}
    return [row for row in missing if row not in gone], [row for row in extra if row not in gone]
