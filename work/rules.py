"""Steps of a task, the days of a repeating one, the order of the queue."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

COLUMNS = ("new", "in_work", "waiting", "review", "done", "cancelled")
OPEN = frozenset({"new", "in_work", "waiting", "review"})
ENDED = frozenset({"done", "cancelled"})


def is_step(old: str, new: str) -> bool:
    """Open columns lead anywhere; an ended task can only be taken up again."""
    if old == new or new not in OPEN | ENDED:
        return False
    return old in OPEN or new in OPEN


def day_of_rhythm(rhythm: str, starts_on: date, weekdays: Iterable[int], from_day: date) -> date:
    """The first day of a rhythm on or after `from_day`; a month without the 31st gives its last day."""
    day = max(from_day, starts_on)
    wanted = {"daily": range(7), "workdays": range(5), "weekly": set(weekdays)}.get(rhythm)
    if wanted is not None:
        return next(found for found in (day + timedelta(days=step) for step in range(7)) if found.weekday() in wanted)
    this = in_month(day.year, day.month, starts_on.day)
    if this >= day:
        return this
    year, month = divmod(day.year * 12 + day.month, 12)
    return in_month(year, month + 1, starts_on.day)


def in_month(year: int, month: int, number: int) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last.replace(day=min(number, last.day))


ORDINARY = 500  # what an item without money weighs, in roubles


def weight_of(money: Decimal | None, hours_left: float, *, is_urgent: bool = False) -> float:
    """Money times urgency: nearer is heavier, late heavier still, though not without bounds; urgent is tenfold."""
    if hours_left >= 0:
        urgency = 1 / (0.25 + hours_left / 8)
    else:
        urgency = 4 + min(-hours_left, 48) / 12
    return float(ORDINARY + (money or 0)) * urgency * (10 if is_urgent else 1)
