"""A chain of visits in time (MOON-02), on plain values: the earliest one that obeys gaps, and who treats.

Between two neighbours stand a least and perhaps a greatest number of days. Both bounds move only forward when the earlier
visit does, so of two chains that obey them the one made of the earlier of each pair of visits obeys them too: there is
one chain in which every visit is as early as in any. `earliest` finds it by raising visits that are too early, without
a search; only the choice of one doctor for several visits is searched (`best`), with that chain as the bound
(decision 0006).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from core import clock

ENOUGH = 400  # chains that are looked at before the best one so far is taken


@dataclass(frozen=True, slots=True)
class Link:
    """From one visit to the next: so many days at least, at most, and a pause where both are on one day."""

    least: int = 0
    most: int | None = None
    pause: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Task:
    """`links[i]` stands between visits i and i + 1; `floors[i]` is before what visit i shall not begin."""

    lengths: Sequence[timedelta]
    floors: Sequence[datetime]
    links: Sequence[Link]
    zone: str
    groups: Sequence[str]  # visits of one group have one doctor; "" has anybody

    def shorter(self, count: int) -> "Task":
        return Task(
            self.lengths[:count], self.floors[:count], self.links[: max(count - 1, 0)], self.zone, self.groups[:count]
        )


class Starts(Protocol):
    """When visits may begin."""

    def soonest(self, number: int, since: datetime, doctor: int | None, until: datetime | None) -> datetime | None:
        """The first moment from `since` on, with this doctor if one is named; none after `until`."""

    def doctors(self, number: int, until: datetime | None) -> set[int]:
        """Who has any time for a visit before `until`."""


def day_start(moment: datetime, days: int, zone: str) -> datetime:
    return clock.at(clock.local(moment, zone).date() + timedelta(days=days), time.min, zone)


def not_before(task: Task, number: int, starts: Sequence[datetime]) -> datetime:
    """When a visit may begin at the earliest after the one before it."""
    if number == 0:
        return task.floors[0]
    link, before = task.links[number - 1], starts[number - 1]
    apart = day_start(before, link.least, task.zone) if link.least else before
    return max(task.floors[number], apart, before + task.lengths[number - 1] + link.pause)


def too_early(task: Task, number: int, starts: Sequence[datetime]) -> datetime | None:
    """When the visit before must begin at the earliest, if this one stands too long after it."""
    most = task.links[number - 1].most if number else None
    if most is None:
        return None
    needed = day_start(starts[number], -most, task.zone)
    return needed if starts[number - 1] < needed else None


def earliest(
    task: Task, starts_of: Starts, doctors: Mapping[str, int] | None = None, until: datetime | None = None
) -> list[datetime] | None:
    """The chain in which every visit is as early as in any chain with these doctors, or None."""
    chosen = doctors or {}
    starts = list(task.floors)
    number = 0
    while number < len(starts):
        since = max(starts[number], not_before(task, number, starts))
        found = starts_of.soonest(number, since, chosen.get(task.groups[number]), until)
        if found is None:
            return None
        starts[number] = found
        if needed := too_early(task, number, starts):
            number -= 1
            starts[number] = needed
        else:
            number += 1
    return starts


Key = tuple[datetime, list[datetime]]


@dataclass(slots=True)
class Found:
    starts: list[datetime]
    doctors: dict[str, int]

    @property
    def key(self) -> Key:
        """What is compared: the end of the treatment, then each visit in order."""
        return self.starts[-1], self.starts


def best(task: Task, starts_of: Starts) -> Found | None:
    """The chain that ends first, with one doctor a group; of several the one whose visits are earlier, in order.

    Without groups it is `earliest`. With them doctors are tried group by group; a choice that even with anybody for the
    rest ends no earlier than the best chain so far is left alone.
    """
    lower = earliest(task, starts_of)
    if lower is None:
        return None
    groups = list(dict.fromkeys(group for group in task.groups if group))
    return _Descent(task, starts_of).run(groups, lower) if groups else Found(lower, {})


@dataclass(slots=True)
class _Descent:
    task: Task
    starts_of: Starts
    best: Found | None = None
    tried: int = 0

    def run(self, groups: list[str], lower: list[datetime]) -> Found | None:
        self.greedy(groups, lower[-1])
        self.down({}, groups)
        return self.best

    def greedy(self, groups: list[str], look_until: datetime) -> None:
        """A good chain at once: who is free first keeps the patient. It bounds how far the rest has to look."""
        chosen: dict[str, int] = {}
        for group in groups:
            step = self.firsts(chosen, group, look_until, None)
            if not step:
                return
            chosen = step[0].doctors
            self.best = step[0] if group == groups[-1] else None

    def firsts(
        self, chosen: dict[str, int], group: str, look_until: datetime | None, until: datetime | None
    ) -> list[Found]:
        """A chain for each doctor who has time for the group before `look_until`, the best first."""
        members = [number for number, name in enumerate(self.task.groups) if name == group]
        able = set.intersection(*(self.starts_of.doctors(number, look_until) for number in members))
        found = []
        for doctor in sorted(able):
            self.tried += 1
            doctors = {**chosen, group: doctor}
            if starts := earliest(self.task, self.starts_of, doctors, until):
                found.append(Found(starts, doctors))
        return sorted(found, key=lambda each: each.key)

    def down(self, chosen: dict[str, int], groups: list[str]) -> None:
        until = self.best.starts[-1] if self.best else None
        for each in self.firsts(chosen, groups[0], until, until):
            if self.best and each.key >= self.best.key:
                return
            if len(groups) == 1:
                self.best = each
                return
            if self.tried > ENOUGH and self.best:
                return
            self.down(each.doctors, groups[1:])


def longest_prefix(task: Task, starts_of: Starts) -> tuple[int, Found | None]:
    """The chain of all visits, or of as many from the first on as have a place."""
    for count in range(len(task.lengths), 0, -1):
        if found := best(task.shorter(count), starts_of):
            return count, found
    return 0, None


def pins_kept(
    pins: Iterable[int], is_possible: Callable[[set[int]], bool], newest: int | None = None
) -> tuple[set[int], set[int]]:
    """Which chosen places stay: the newest first, then in order, each if a chain is possible with it; and which go."""
    kept: set[int] = set()
    given = list(pins)
    gone: set[int] = set()
    for number in sorted(given, key=lambda each: (each != newest, each)):
        if is_possible(kept | {number}):
            kept.add(number)
        else:
            gone.add(number)
    return kept, gone
