"""Chains of visits over free ranges (MOON-02): the same ranges that first-free search offers, read as far as needed."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max

from clinic.models import Chair
from core import clock
from scheduling import chaining, policies
from scheduling.chaining import Found, Link, Task
from scheduling.models import Shift
from scheduling.selectors.free import Spot
from scheduling.selectors.search import FARTHEST, FreeRange, Search, next_mark, windows_read

EVERY = 100_000  # rows of a window: all of them
NEAR = timedelta(days=7)
TRAVEL = timedelta(minutes=60)  # from one branch to another on the same day


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One visit of a chain: what it needs of a place, and how many days lie between it and the one before.

    `group` names visits that one doctor shall do; `floor` is a day before which it shall not be, `pin` a place that
    somebody has chosen for it.
    """

    search: Search
    least: int = 0
    most: int | None = None
    group: str = ""
    floor: date | None = None
    pin: Spot | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """Places in order, None from the first visit on for which there is none; `unpinned` lost their chosen place."""

    spots: list[Spot | None]
    unpinned: frozenset[int] = frozenset()
    not_before: tuple[date, ...] = ()
    last_day: date | None = None

    @property
    def placed(self) -> list[Spot]:
        return [spot for spot in self.spots if spot]

    @property
    def is_whole(self) -> bool:
        return all(self.spots)


def chain_find(user: Any, legs: Sequence[Leg], *, zone: str, newest: int | None = None) -> Chain:
    """The chain that ends first (decision 0006); of `newest` and other chosen places as many as go together stay."""
    last = last_day_of_shifts(user, zone)
    reader = Reader(user, [leg.search for leg in legs], zone, last)
    task = task_of(user, legs, zone)
    pins = {number: leg.pin for number, leg in enumerate(legs) if leg.pin}

    def is_possible(kept: set[int]) -> bool:
        reader.pins = {number: pins[number] for number in kept}
        return chaining.earliest(task.shorter(max(kept) + 1), reader) is not None

    kept, gone = chaining.pins_kept(pins, is_possible, newest)
    reader.pins = {number: pins[number] for number in kept}
    task = task_of(user, [replace(leg, pin=None) if n in gone else leg for n, leg in enumerate(legs)], zone)
    count, found = chaining.longest_prefix(task, reader)
    spots: list[Spot | None] = [*(reader.spots_of(found, task) if found else []), *[None] * (len(legs) - count)]
    return Chain(spots, frozenset(gone), _earliest_days(task, spots), last)


def task_of(user: Any, legs: Sequence[Leg], zone: str) -> Task:
    """A visit whose place somebody has chosen no longer belongs to its group: the choice is for this visit."""
    pause = _pause(user, legs)
    soonest = next_mark(clock.now(), timedelta(minutes=policies.STEP_MINUTES.get()))
    floors = [
        max([soonest, *(clock.at(day, time.min, zone) for day in (leg.floor, leg.search.first) if day)]) for leg in legs
    ]
    links = [Link(leg.least, leg.most, pause) for leg in legs[1:]]
    groups = ["" if leg.pin else leg.group for leg in legs]
    return Task([leg.search.length for leg in legs], floors, links, zone, groups)


def _pause(user: Any, legs: Sequence[Leg]) -> timedelta:
    """Between visits of one day: the chair is cleaned, and the patient may have to go to another branch."""
    branches = set(user.branch_ids)
    wanted = set().union(*(leg.search.branches or branches for leg in legs)) & branches
    chairs = Chair.objects.live().filter(branch__in=wanted).aggregate(most=Max("buffer_minutes"))["most"] or 0
    clean = timedelta(minutes=max([chairs, *(leg.search.buffer for leg in legs)]))
    return max(clean, TRAVEL) if len(wanted) > 1 else clean


def _earliest_days(task: Task, spots: Sequence[Spot | None]) -> tuple[date, ...]:
    """For each visit the day before which it cannot be, counted from the visit before or from what that could be."""
    days: list[date] = []
    for number, spot in enumerate(spots):
        floor = clock.local(task.floors[number], task.zone).date()
        if number:
            floor = max(floor, days[-1] + timedelta(days=task.links[number - 1].least))
        days.append(clock.local(spot.start, task.zone).date() if spot else floor)
    return tuple(days)


def last_day_of_shifts(user: Any, zone: str) -> date | None:
    """Nobody can be booked after the last planned shift."""
    rows = Shift.objects.filter(chair__branch__in=user.branch_ids)
    last = rows.aggregate(last=Max("starts_at"))["last"]
    return clock.local(last, zone).date() if last else None


@dataclass(slots=True)
class Ordered:
    """Ranges by their first moments; `reach` is the latest end of those up to each, so that one look is enough."""

    firsts: list[datetime] = field(default_factory=list)
    reach: list[datetime] = field(default_factory=list)

    def add(self, row: FreeRange) -> None:
        self.firsts.append(row.first)
        self.reach.append(max(row.last, self.reach[-1]) if self.reach else row.last)

    def soonest(self, since: datetime) -> datetime | None:
        place = bisect_left(self.firsts, since)
        if place and self.reach[place - 1] >= since:
            return since
        return self.firsts[place] if place < len(self.firsts) else None


@dataclass(slots=True)
class Ranges:
    """What is free for one visit from a day on, read window by window up to the last day of shifts."""

    user: Any
    search: Search
    begins: date
    last: date
    rows: list[FreeRange] = field(default_factory=list)
    by_doctor: dict[int | None, Ordered] = field(default_factory=lambda: {None: Ordered()})
    sure_until: datetime | None = None
    is_read: bool = False
    since: date = field(init=False)
    windows: Iterator[tuple[list[FreeRange], datetime | None]] = field(init=False)

    def __post_init__(self) -> None:
        self._begin(self.begins)

    def _begin(self, day: date) -> None:
        self.since = day
        self.windows = windows_read(self.user, replace(self.search, first=day, last=self.last), limit=EVERY)

    def more(self) -> None:
        """Read one window further; the search looks three months ahead, a chain may go on after that."""
        rows, until = next(self.windows, ([], None))
        for row in rows:
            self.rows.append(row)
            for doctor in (None, row.doctor_id):
                self.by_doctor.setdefault(doctor, Ordered()).add(row)
        if until:
            self.sure_until = until
        elif self.since + FARTHEST < self.last:
            self._begin(self.since + FARTHEST + timedelta(days=1))
        else:
            self.is_read = True

    def read_until(self, moment: datetime | None) -> None:
        """Everything that begins before or at a moment is known then; None is all there is."""
        while not self.is_read and (moment is None or self.sure_until is None or self.sure_until <= moment):
            self.more()

    def soonest(self, since: datetime, doctor: int | None, until: datetime | None) -> datetime | None:
        while True:
            known = self.by_doctor.get(doctor)
            found = known.soonest(since) if known else None
            if found or self.is_read or (until and self.sure_until and self.sure_until > until):
                return found if found and not (until and found > until) else None
            self.more()

    def at(self, moment: datetime) -> list[FreeRange]:
        self.read_until(moment)
        return [row for row in self.rows if row.first <= moment <= row.last]

    def is_near(self, day: date, zone: str) -> bool:
        """Whether reading on from here to a day is no waste."""
        if day < self.begins:
            return False
        reached = clock.local(self.sure_until, zone).date() if self.sure_until else self.begins
        return self.is_read or day <= reached + NEAR


@dataclass(slots=True)
class Reader:
    """When the visits of a chain may begin; what has been read is kept."""

    user: Any
    searches: list[Search]
    zone: str
    last: date | None
    pins: dict[int, Spot] = field(default_factory=dict)
    read: dict[Search, list[Ranges]] = field(default_factory=dict)
    are_free: dict[tuple[int, Spot], bool] = field(default_factory=dict)

    def ranges(self, number: int, since: datetime) -> Ranges | None:
        """A branch farther west may still have yesterday."""
        day = clock.local(since, self.zone).date() - timedelta(days=1)
        search = self.searches[number]
        last = min((each for each in (self.last, search.last) if each), default=None)
        if self.last is None or last is None or day > last:
            return None
        known = self.read.setdefault(search, [])
        found = next((each for each in known if each.is_near(day, self.zone)), None)
        if found is None:
            found = Ranges(self.user, search, day, last)
            known.append(found)
        return found

    def soonest(self, number: int, since: datetime, doctor: int | None, until: datetime | None) -> datetime | None:
        if pin := self.pins.get(number):
            return pin.start if pin.start >= since and self._is_free(number, pin) else None
        found = self.ranges(number, since)
        return found.soonest(since, doctor, until) if found else None

    def _is_free(self, number: int, pin: Spot) -> bool:
        key = number, pin
        if key not in self.are_free:
            found = self.ranges(number, pin.start)
            rows = found.at(pin.start) if found else []
            self.are_free[key] = any((row.doctor_id, row.chair_id) == (pin.doctor_id, pin.chair_id) for row in rows)
        return self.are_free[key]

    def doctors(self, number: int, until: datetime | None) -> set[int]:
        found: set[int] = set()
        for ranges in self.read.get(self.searches[number], ()):
            ranges.read_until(until)
            found |= {row.doctor_id for row in ranges.rows if until is None or row.first <= until}
        return found

    def spots_of(self, found: Found, task: Task) -> list[Spot]:
        """A place for each beginning: with whom and where the patient has been, as far as it goes."""
        spots: list[Spot] = []
        for number, start in enumerate(found.starts):
            spots.append(self.pins.get(number) or self._spot(number, start, found, task, spots))
        return spots

    def _spot(self, number: int, start: datetime, found: Found, task: Task, before: list[Spot]) -> Spot:
        doctor = found.doctors.get(task.groups[number])
        ranges = self.ranges(number, start)
        assert ranges is not None
        known = {spot.doctor_id for spot in before}
        chairs = [spot.chair_id for spot in before[-1:]]
        row = min(
            (row for row in ranges.at(start) if doctor in (None, row.doctor_id)),
            key=lambda row: (row.doctor_id not in known, row.chair_id not in chairs, row.doctor_id, row.chair_id),
        )
        return Spot(row.doctor_id, row.chair_id, start, start + task.lengths[number], row.zone)
