"""Reads of the clinic: who may see which branch, when it is open, who can work in it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from clinic.models import Branch, BranchDay, BranchHours, Chair, Staff, User
from core import clock


def branches_visible_to(user: Any) -> QuerySet[Branch]:
    return Branch.objects.live().filter(pk__in=user.branch_ids)


def chairs_visible_to(user: Any) -> QuerySet[Chair]:
    return Chair.objects.live().filter(branch_id__in=user.branch_ids, branch__deleted_at__isnull=True).select_related("branch")


def staff_visible_to(user: Any) -> QuerySet[Staff]:
    """Colleagues of the user's branches and those who are bound to none (SCH-36)."""
    return Staff.objects.live().filter(Q(branches__in=user.branch_ids) | Q(branches__isnull=True)).distinct()


def doctors_of_branch(branch_id: int, on: date) -> QuerySet[Staff]:
    """Doctors who may work in a branch on a day: its own and those bound to no branch."""
    return (
        Staff.objects.live()
        .filter(Q(branches=branch_id) | Q(branches__isnull=True), is_doctor=True)
        .filter(Q(dismissed_on__isnull=True) | Q(dismissed_on__gt=on))
        .distinct()
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


def professions_of(staff_ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for staff_id, name in Staff.professions.through.objects.filter(staff_id__in=list(staff_ids)).values_list("staff_id", "profession__name"):
        found[staff_id].append(name)
    return found


def user_loaded(pk: int) -> User | None:
    """A user with everything that access asks for, in one statement."""
    return User.objects.with_rights().filter(pk=pk).first()
