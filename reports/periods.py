"""The period of a report: whole days of the user's branch, this month up to today unless asked otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Period:
    """Days `first`..`last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> "Period":
        """What to compare with: the same days of the month before for a part of one month, else as many days before."""
        if self.first.day == 1 and (self.first.year, self.first.month) == (self.last.year, self.last.month):
            first = (self.first - timedelta(days=1)).replace(day=1)
            last = min(first + timedelta(days=self.days - 1), self.first - timedelta(days=1))
            return Period(first, last)
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def named(name: str, today: date) -> Period | None:
    """The periods that a button names."""
    starts = {
        "today": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "quarter": today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1),
        "year": today.replace(month=1, day=1),
    }
    return Period(starts[name], today) if name in starts else None


def asked(params: Mapping[str, Any], today: date) -> Period:
    """`from` and `to` of a query; a missing end is today, a missing start is the month's first day.

    What cannot be read is as if missing: the form beside it says what is wrong with it.
    """
    first, last = read(params.get("from")), read(params.get("to"))
    last = last or max(today, first or today)
    first = first or min(today.replace(day=1), last)
    return Period(first, last) if first <= last else Period(last, last)


def read(text: Any) -> date | None:
    try:
        return parse_date(str(text)) if text else None
    except ValueError:
        return None


NAMES = (
    ("today", _("Today")),
    ("week", _("Week")),
    ("month", _("Month")),
    ("quarter", _("Quarter")),
    ("year", _("Year")),
)
