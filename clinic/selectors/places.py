"""Who may see which branch and chair, and when a branch is open."""

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
    """When a branch is open on each day, as UTC moments; None is closed. Exceptions win over the weekly rule."""
    weekly = {row.weekday: (row.opens, row.closes) for row in BranchHours.objects.filter(branch=branch)}
    special: dict[date, tuple[time | None, time | None]] = {
        row.date: (row.opens, row.closes) for row in BranchDay.objects.filter(branch=branch, date__range=(first, last))
    }
    hours: dict[date, tuple[datetime, datetime] | None] = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        opens, closes = special.get(day, weekly.get(day.weekday(), (None, None)))
        if opens is None or closes is None:
            hours[day] = None
        else:
            hours[day] = clock.at(day, opens, branch.timezone), clock.at(day, closes, branch.timezone)
    return hours
