"""What the calendar decides, on plain values: steps of a visit, taken ranges, free time, series dates."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

BOOKED, CONFIRMED, ARRIVED, IN_CHAIR = "booked", "confirmed", "arrived", "in_chair"
COMPLETED, NO_SHOW, CANCELLED = "completed", "no_show", "cancelled"

PATH: Final = (BOOKED, CONFIRMED, ARRIVED, IN_CHAIR, COMPLETED)
OCCUPYING: Final = frozenset(PATH)
OPEN: Final = frozenset(PATH[:-1])

# Steps that need no explanation (C7).
STEPS: Final[dict[str, frozenset[str]]] = {
    BOOKED: frozenset({CONFIRMED, CANCELLED, NO_SHOW}),
    CONFIRMED: frozenset({BOOKED, ARRIVED, CANCELLED, NO_SHOW}),
    ARRIVED: frozenset({IN_CHAIR, CANCELLED}),
    IN_CHAIR: frozenset({COMPLETED, CANCELLED}),
    COMPLETED: frozenset(),
    NO_SHOW: frozenset(),
    CANCELLED: frozenset(),
}
# Ways back: they need a reason, and nothing invoiced.
BACK: Final[dict[str, frozenset[str]]] = {
    ARRIVED: frozenset({CONFIRMED, BOOKED}),
    IN_CHAIR: frozenset({ARRIVED}),
    COMPLETED: frozenset({IN_CHAIR}),
    NO_SHOW: frozenset({BOOKED, CONFIRMED}),
    CANCELLED: frozenset({BOOKED, CONFIRMED}),
}
LONGEST: Final = timedelta(hours=12)
LONGEST_BUFFER: Final = 240  # minutes


class Range(NamedTuple):
    """A half-open range of moments."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Range") -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Range") -> bool:
        return self.start <= other.start and other.end <= self.end

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def is_step(old: str, new: str) -> bool:
    return new in STEPS.get(old, ())


def is_way_back(old: str, new: str) -> bool:
    return new in BACK.get(old, ())


def way_forward(old: str, new: str) -> tuple[str, ...]:
    """The steps that one tap of a person stands for: booked to arrived goes through confirmed. Empty: no way."""
    if is_step(old, new):
        return (new,)
    if old in PATH and new in PATH and PATH.index(old) < PATH.index(new):
        return PATH[PATH.index(old) + 1 : PATH.index(new) + 1]
    return ()


def steps_from(state: str) -> list[str]:
    """What a person may choose in a menu: every state ahead, then taking a confirmation back, then not coming."""
    reached = PATH.index(state) if state in PATH else len(PATH)
    order = (*PATH[reached + 1 :], *PATH[:reached], NO_SHOW)
    return [new for new in order if way_forward(state, new)]


def clean_up(chair_minutes: int, service_minutes: Iterable[int]) -> timedelta:
    """The chair is busy after the visit for the longest of its own clean-up and what the services ask (SCH-45)."""
    return timedelta(minutes=min(max([chair_minutes, *service_minutes]), LONGEST_BUFFER))


def taken(visit: Range, *, after: timedelta, own_minutes: int | None) -> dict[str, Range]:
    """What a visit takes of its chair, its doctor and its patient."""
    own = visit.length if own_minutes is None else min(timedelta(minutes=own_minutes), visit.length)
    return {
        "patient": visit,
        "doctor": Range(visit.start, visit.start + own),
        "chair": Range(visit.start, visit.end + after),
    }


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same time as few ranges: touching and overlapping ones become one."""
    whole: list[Range] = []
    for each in sorted(ranges):
        if whole and each.start <= whole[-1].end:
            whole[-1] = Range(whole[-1].start, max(whole[-1].end, each.end))
        else:
            whole.append(each)
    return whole


def is_covered(wanted: Range, ranges: Iterable[Range]) -> bool:
    return any(whole.covers(wanted) for whole in joined(ranges))


def minus(ranges: Iterable[Range], busy: Iterable[Range]) -> list[Range]:
    """What is left of `ranges` when `busy` is taken out."""
    left = joined(ranges)
    for taken_range in busy:
        left = [piece for each in left for piece in _cut(each, taken_range)]
    return left


def _cut(whole: Range, out: Range) -> list[Range]:
    if not whole.overlaps(out):
        return [whole]
    pieces = [Range(whole.start, min(whole.end, out.start)), Range(max(whole.start, out.end), whole.end)]
    return [piece for piece in pieces if piece.start < piece.end]


def starts_allowed(within: Range, length: timedelta, busy: Iterable[tuple[Range, timedelta]]) -> list[Range]:
    """When a visit of this length may begin: `busy` names what is taken and for how long the visit would need it.

    A start is out when start < taken.end and start + need > taken.start; the limits themselves are in.
    """
    instant = timedelta(microseconds=1)
    if within.length < length:
        return []
    whole = Range(within.start, within.end - length + instant)
    return minus([whole], (Range(each.start - need + instant, each.end) for each, need in busy))


def starts_in(allowed: Range, step: timedelta, zero: datetime) -> Iterator[datetime]:
    """The first possible start, then those on the grid that counts from `zero`."""
    yield allowed.start
    moment = zero + ((allowed.start - zero) // step + 1) * step
    while moment < allowed.end:
        yield moment
        moment += step


def full(taken: Iterable[Range], count: int) -> list[Range]:
    """When `count` or more of these ranges lie over each other: all of a pool's things are taken."""
    steps = sorted([(each.start, 1) for each in taken] + [(each.end, -1) for each in taken])  # an end before a start
    found: list[Range] = []
    since, used = None, 0
    for moment, step in steps:
        used += step
        if used >= count and since is None:
            since = moment
        elif used < count and since is not None:
            found, since = [*found, Range(since, moment)], None
    return joined(each for each in found if each.start < each.end)


def dates_of_rule(first: date, last: date, weekdays: Sequence[int], every_weeks: int = 1) -> list[date]:
    """Dates of a weekly rule; weeks are counted from the Monday of the first one."""
    monday = first - timedelta(days=first.weekday())
    return [
        day
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        if day.weekday() in weekdays and (day - monday).days // 7 % every_weeks == 0
    ]


def dates_of_pattern(
    pattern: str,
    first: date,
    last: date,
    *,
    weekdays: Sequence[int] = (),
    every_weeks: int = 1,
    on: int = 2,
    off: int = 2,
) -> list[date]:
    """Dates of work: by days of the week, so many days on and off from the first one, or even and odd dates."""
    if pattern == "weekly":
        return dates_of_rule(first, last, weekdays, every_weeks)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    if pattern == "cycle":
        return [day for day in days if (day - first).days % (on + off) < on]
    return [day for day in days if day.day % 2 == (pattern == "odd")]


def dates_of_series(first: date, *, every: int, unit: str, count: int) -> list[date]:
    """`count` dates from `first` on, every so many days or weeks (SCH-44)."""
    step = timedelta(weeks=every) if unit == "week" else timedelta(days=every)
    return [first + step * number for number in range(count)]


def part_of_day(hour: int) -> str:
    return "morning" if hour < 12 else "day" if hour < 17 else "evening"


def next_try(attempts: int, *, is_wrong: bool = False) -> timedelta:
    """When to call again whom nobody reached: soon at first, then rarer; a wrong number has to be found out first."""
    if is_wrong:
        return timedelta(days=1)
    return (timedelta(hours=1), timedelta(hours=3), timedelta(days=1))[min(max(attempts, 1), 3) - 1]


def months_on(day: date, months: float) -> date:
    """The same day so many months later; the last one of a shorter month."""
    if months < 1:
        return day + timedelta(days=round(28 * months))
    count = day.month - 1 + int(months)
    year, month = day.year + count // 12, count % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
