"""Reads for the calendar: what stands on some days of some branches, in a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet

from clinic.models import Branch, Chair, Role, Staff
from clinic.selectors import chairs_visible_to, opening_hours_of, professions_of
from core import clock
from core.errors import NotFound
from scheduling.models import Appointment, Block, Hold, Shift
from scheduling.rules import OCCUPYING, Range
from scheduling.selectors.appointments import appointments_visible_to
from scheduling.selectors.pools import with_pools
from scheduling.selectors.shifts import shifts_visible_to
from scheduling.slots import HEADS, NOTES, Badge, Figure, Head, marks_of

LONGEST_VISIT = timedelta(hours=12)
LONGEST_SHIFT = timedelta(hours=24)
MOST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Days:
    """Which days of which branches are looked at, and by whom."""

    user: Any
    branches: list[Branch]
    first: date
    last: date
    doctor_id: int | None = None

    @property
    def zone(self) -> str:
        return self.branches[0].timezone

    @property
    def during(self) -> Range:
        return Range(*clock.day_bounds(self.first, self.last, self.zone))

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1)]


@dataclass(slots=True)
class DayView:
    """All that the calendar draws."""

    days: Days
    chairs: list[Chair]
    shifts: list[Shift]
    visits: list[Appointment]
    blocks: list[Block]
    holds: list[Hold]
    hours: dict[int, dict[date, Any]]
    professions: dict[int, list[str]]
    badges: dict[int, list[Badge]] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)
    heads: dict[Head, list[Figure]] = field(default_factory=dict)


def blocks_visible_to(user: Any) -> QuerySet[Block]:
    """Of the user's branches' chairs, and of doctors wherever they are."""
    rows = Block.objects.filter(Q(chair__branch_id__in=user.branch_ids) | Q(chair__isnull=True))
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(Q(doctor_id=user.staff_id) | Q(doctor__isnull=True)) if user.staff_id else rows.none()
    return rows.select_related("chair__branch", "doctor")


def block_shown(pk: int, user: Any) -> Block:
    found = blocks_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def visits_drawn(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """With the names and words that a card of the grid shows, in the same statement."""
    through = Appointment.services.through.objects.filter(appointment_id=OuterRef("pk")).order_by("pk")
    rows = rows.select_related("branch", "patient", "doctor", "visit_type", "label")
    return with_pools(rows.annotate(service_names=ArraySubquery(through.values("service__name"))))


def visits_within(days: Days) -> QuerySet[Appointment]:
    """Both ends bounded, so that the index of the branch's day is enough however old the clinic is (SCH-58)."""
    rows = appointments_visible_to(days.user).filter(
        branch__in=[branch.pk for branch in days.branches],
        starts_at__gt=days.during.start - LONGEST_VISIT,
        starts_at__lt=days.during.end,
        ends_at__gt=days.during.start,
        is_mistake=False,
    )
    return rows.filter(doctor_id=days.doctor_id) if days.doctor_id else rows


def shifts_within(days: Days) -> QuerySet[Shift]:
    rows = shifts_visible_to(days.user).filter(
        chair__branch__in=[branch.pk for branch in days.branches],
        starts_at__gt=days.during.start - LONGEST_SHIFT,
        starts_at__lt=days.during.end,
        ends_at__gt=days.during.start,
    )
    return rows.filter(doctor_id=days.doctor_id) if days.doctor_id else rows


def calendar_read(days: Days) -> DayView:
    """Chairs, shifts, visits with their marks, blocked and held time, opening hours."""
    shifts = list(shifts_within(days).order_by("starts_at"))
    visits = list(visits_drawn(visits_within(days)).order_by("starts_at", "pk"))
    chairs = list(chairs_visible_to(days.user).filter(branch__in=[branch.pk for branch in days.branches]))
    if days.user.scope == Role.Scope.OWN:
        own = {row.chair_id for row in (*shifts, *visits)}
        chairs = [chair for chair in chairs if chair.pk in own]
    doctor_ids = {row.doctor_id for row in (*shifts, *visits)}
    view = DayView(
        days=days,
        chairs=chairs,
        shifts=shifts,
        visits=visits,
        blocks=_blocks(days, chairs, doctor_ids),
        holds=_holds(days, chairs),
        hours=opening_hours_of(days.branches, days.first, days.last),
        professions=dict(professions_of(doctor_ids)),
    )
    view.badges = marks_of(visits, days.user)
    view.notes = NOTES.gather(visits, days.user) if visits else {}
    view.heads = _heads(days, shifts)
    return view


def _blocks(days: Days, chairs: Iterable[Chair], doctor_ids: set[int]) -> list[Block]:
    rows = blocks_visible_to(days.user).filter(
        Q(chair__in=[chair.pk for chair in chairs]) | Q(chair__isnull=True, doctor__in=doctor_ids),
        starts_at__lt=days.during.end,
        ends_at__gt=days.during.start,
    )
    if days.doctor_id:
        rows = rows.filter(Q(doctor_id=days.doctor_id) | Q(doctor__isnull=True))
    return list(rows.order_by("starts_at"))


def _holds(days: Days, chairs: Iterable[Chair]) -> list[Hold]:
    """Who is booking what right now; the user's own forms are not shown to him."""
    rows = Hold.objects.filter(
        chair__in=[chair.pk for chair in chairs],
        expires_at__gt=clock.now(),
        starts_at__lt=days.during.end,
        ends_at__gt=days.during.start,
    )
    return list(rows.exclude(user=days.user).select_related("user"))


def _heads(days: Days, shifts: Iterable[Shift]) -> dict[Head, list[Figure]]:
    """Figures above the columns, for a single day only (SCH-49)."""
    heads = list(dict.fromkeys(Head(shift.chair_id, shift.doctor_id) for shift in shifts))
    if days.first != days.last or not heads:
        return {}
    return HEADS.gather(heads, days.first, [branch.pk for branch in days.branches], days.user)


# How full the days of a month are (SCH-01)

LOAD = """
    SELECT day, coalesce(sum(minutes) FILTER (WHERE what = 'visit'), 0), coalesce(sum(minutes) FILTER (WHERE what = 'shift'), 0),
           count(*) FILTER (WHERE what = 'visit')
    FROM (
        SELECT (a.starts_at AT TIME ZONE %(zone)s)::date AS day, 'visit' AS what,
               extract(epoch FROM a.ends_at - a.starts_at) / 60 AS minutes
        FROM scheduling_appointment a
        WHERE a.branch_id = ANY(%(branches)s) AND a.starts_at >= %(start)s AND a.starts_at < %(end)s
          AND a.state = ANY(%(states)s) AND (%(doctor)s::bigint IS NULL OR a.doctor_id = %(doctor)s)
        UNION ALL
        SELECT (s.starts_at AT TIME ZONE %(zone)s)::date, 'shift', extract(epoch FROM s.ends_at - s.starts_at) / 60
        FROM scheduling_shift s JOIN clinic_chair c ON c.id = s.chair_id
        WHERE c.branch_id = ANY(%(branches)s) AND s.starts_at >= %(start)s AND s.starts_at < %(end)s
          AND (%(doctor)s::bigint IS NULL OR s.doctor_id = %(doctor)s)
    ) rows
    GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How many visits, and the share of the doctors' minutes that they fill."""

    visits: int
    percent: int
    has_shifts: bool


def days_load(days: Days) -> dict[date, Load]:
    """Every day that has a visit or a shift; one statement."""
    doctor_id = days.user.staff_id if days.user.scope == Role.Scope.OWN else days.doctor_id
    asked = {
        "zone": days.zone,
        "branches": [branch.pk for branch in days.branches],
        "start": days.during.start,
        "end": days.during.end,
        "states": list(OCCUPYING),
        "doctor": doctor_id or (0 if days.user.scope == Role.Scope.OWN else None),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOAD, asked)
        rows = cursor.fetchall()
    return {
        day: Load(visits, min(100, round(100 * booked / worked)) if worked else 100 * bool(visits), bool(worked))
        for day, booked, worked, visits in rows
    }


def doctors_working(user: Any, branch_ids: Iterable[int], on: date) -> QuerySet[Staff]:
    """Doctors for the choices of forms: those of these branches and those who are bound to none (SCH-36)."""
    rows = Staff.objects.live().filter(Q(branches__in=list(branch_ids)) | Q(branches__isnull=True), is_doctor=True)
    rows = rows.filter(Q(dismissed_on__isnull=True) | Q(dismissed_on__gt=on))
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(pk=user.staff_id or 0)
    return rows.distinct()
