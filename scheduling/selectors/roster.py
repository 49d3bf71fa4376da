"""The staff schedule: who works on which day, by dates and branch (HR-17, HR-18, HR-19, SCH-37)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from clinic.models import Branch
from clinic.selectors import opening_hours_of
from core import clock
from scheduling.models import Shift
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.shifts import shifts_visible_to


@dataclass(frozen=True, slots=True)
class Piece:
    """One shift in a cell."""

    shift: Shift
    start: Any
    end: Any

    @property
    def hours(self) -> float:
        return (self.shift.ends_at - self.shift.starts_at).total_seconds() / 3600


@dataclass(slots=True)
class Row:
    """A doctor's line: a cell a day, how many days and hours in all."""

    doctor: Any
    cells: list[list[Piece]] = field(default_factory=list)

    @property
    def days(self) -> int:
        return sum(bool(cell) for cell in self.cells)

    @property
    def hours(self) -> float:
        return sum(piece.hours for cell in self.cells for piece in cell)


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    is_weekend: bool
    is_holiday: bool
    is_closed: bool
    working: int


@dataclass(frozen=True, slots=True)
class Roster:
    days: list[Day]
    rows: list[Row]


def roster_of(user: Any, branches: list[Branch], first: date, last: date) -> Roster:
    """Shifts of these branches on these days, a line a doctor; closed days and holidays are marked."""
    zones = {branch.pk: branch.timezone for branch in branches}
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    cells: dict[Any, dict[date, list[Piece]]] = defaultdict(lambda: defaultdict(list))
    around = clock.day_bounds(first - timedelta(days=1), last + timedelta(days=1), "UTC")
    rows = shifts_visible_to(user).filter(chair__branch__in=zones, starts_at__gte=around[0], starts_at__lt=around[1])
    for shift in rows.order_by("starts_at"):
        zone = zones[shift.chair.branch_id]
        start, end = clock.local(shift.starts_at, zone), clock.local(shift.ends_at, zone)
        cells[shift.doctor][start.date()].append(Piece(shift, start, end))
    doctors = sorted(cells, key=lambda doctor: (doctor.last_name, doctor.first_name, doctor.pk))
    lines = [Row(doctor, [cells[doctor].get(day, []) for day in dates]) for doctor in doctors]
    resting, hours = holidays_between(first, last), opening_hours_of(branches, first, last)
    days = [
        Day(
            day, day.weekday() > 4, day in resting, bool(branches) and all(hours[pk][day] is None for pk in zones),
            sum(bool(line.cells[number]) for line in lines),
        )
        for number, day in enumerate(dates)
    ]  # fmt: skip
    return Roster(days, [line for line in lines if line.days])
