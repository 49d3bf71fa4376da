"""Who may see which branch and chair, and when a branch is open."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from clinic.models import Branch, BranchDay, BranchHours, Chair
from core import clock


def branches_visible_to(user: Any) -> QuerySet[Branch]:
    return Branch.objects.live().filter(pk__in=user.branch_ids)


def chairs_visible_to(user: Any) -> QuerySet[Chair]:
    return (
        Chair.objects.live()
        .filter(branch_id__in=user.branch_ids, branch__deleted_at__isnull=True)
        .select_related("branch")
    )


def opening_hours(branch: Branch, first: date, last: date) -> dict[date, tuple[datetime, datetime] | None]:
    """When a branch is open on each day, as UTC moments; None is closed."""
    return opening_hours_of([branch], first, last)[branch.pk]


def opening_hours_of(
    branches: Iterable[Branch], first: date, last: date
) -> dict[int, dict[date, tuple[datetime, datetime] | None]]:
    """The same of several branches in two statements. Exceptions win over the weekly rule (SCH-19, SCH-54)."""
    zones = {branch.pk: branch.timezone for branch in branches}
    rules: dict[tuple[int, int | date], tuple[time | None, time | None]] = {
        (row.branch_id, row.weekday): (row.opens, row.closes) for row in BranchHours.objects.filter(branch__in=zones)
    }
    for row in BranchDay.objects.filter(branch__in=zones, date__range=(first, last)):
        rules[row.branch_id, row.date] = row.opens, row.closes
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    hours: dict[int, dict[date, tuple[datetime, datetime] | None]] = {pk: {} for pk in zones}
    for pk, zone in zones.items():
        for day in days:
            opens, closes = rules.get((pk, day)) or rules.get((pk, day.weekday()), (None, None))
            is_open = opens is not None and closes is not None
            hours[pk][day] = (clock.at(day, opens, zone), clock.at(day, closes, zone)) if is_open else None
    return hours
