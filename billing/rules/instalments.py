"""Arithmetic of instalments on plain values: days, sums, what is covered by what was paid (BIL-37)."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from core.money import ZERO, Money, money

MONTH, FORTNIGHT, WEEK = "month", "fortnight", "week"


def equal_sums(total: Money, count: int) -> list[Money]:
    """Whole units each, the last takes the rest; of less than that, kopecks."""
    each = (total / count).quantize(Decimal(1), ROUND_FLOOR) or (total / count).quantize(Decimal("0.01"), ROUND_FLOOR)
    return [money(each)] * (count - 1) + [money(total - each * (count - 1))]


def days_from(first: date, count: int, every: str) -> list[date]:
    """The same day of following months (the last one where there is no such day), or every week or two."""
    if every != MONTH:
        step = timedelta(weeks=2 if every == FORTNIGHT else 1)
        return [first + step * place for place in range(count)]
    return [_month_later(first, place) for place in range(count)]


def _month_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, min(day.day, monthrange(day.year + year, month + 1)[1]))


def covered(amounts: Sequence[Money], owed: Money) -> list[Money]:
    """What is paid of each due, the earliest first, when so much of all is still owed."""
    rest = max(ZERO, sum(amounts, ZERO) - owed)
    found = []
    for amount in amounts:
        found.append(min(amount, rest))
        rest -= found[-1]
    return found
