"""Who could use a freed time, and who first (MOON-03): decisions on plain values."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody on a list wants. Empty means any."""

    minutes: int
    since: datetime
    doctors: frozenset[int] = frozenset()
    branch: int | None = None
    weekdays: frozenset[int] = frozenset()
    time_from: time | None = None
    time_to: time | None = None
    earliest: date | None = None
    latest: date | None = None
    is_urgent: bool = False
    is_planned: bool = False
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A freed time by the clock of its branch."""

    doctor: int
    branch: int
    start: datetime
    end: datetime
    step: int = 15


class Score(NamedTuple):
    points: int
    why: tuple[tuple[str, int], ...]  # (code of the reason, points)


def placed(wish: Wish, gap: Gap) -> tuple[datetime, datetime] | None:
    """When the visit would be within the gap: as early as the wish allows, on a mark of the clock; None: it does not fit."""
    if (wish.doctors and gap.doctor not in wish.doctors) or (wish.branch and wish.branch != gap.branch):
        return None
    day = gap.start.date()
    if (wish.weekdays and day.weekday() not in wish.weekdays) or (wish.earliest and day < wish.earliest):
        return None
    if wish.latest and day > wish.latest:
        return None
    start, end = gap.start, gap.end
    if wish.time_from and start.time() < wish.time_from:
        start = _on_mark(start.replace(hour=wish.time_from.hour, minute=wish.time_from.minute), gap)
    if wish.time_to and (end.date() > day or end.time() > wish.time_to):
        end = gap.start.replace(hour=wish.time_to.hour, minute=wish.time_to.minute)
    finish = start + timedelta(minutes=wish.minutes)
    return (start, finish) if start >= gap.start and finish <= end else None


def _on_mark(moment: datetime, gap: Gap) -> datetime:
    over = (moment.hour * 60 + moment.minute) % gap.step
    return moment + timedelta(minutes=gap.step - over) if over else moment


def score(wish: Wish, gap: Gap, now: datetime) -> Score:
    """Points with their reasons, so that staff see why this patient is asked before that one."""
    length = (gap.end - gap.start).total_seconds() / 60
    reasons = [
        ("urgent", 40 if wish.is_urgent else 0),
        ("waits", min(30, max(0, (now - wish.since).days))),
        ("doctor", 10 if wish.doctors else 0),
        ("fills", round(20 * min(1, wish.minutes / length))),
        ("last_days", 10 if wish.latest and (wish.latest - gap.start.date()).days <= 7 else 0),
        ("planned_due", 5 if wish.is_planned else 0),
        ("missed", -5 * min(wish.missed, 4)),
    ]
    kept = tuple((code, points) for code, points in reasons if points)
    return Score(sum(points for _code, points in kept), kept)
