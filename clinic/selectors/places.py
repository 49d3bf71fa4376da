"""Who may see which branch and chair, and when a branch is open."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from clinic.models import Branch, BranchDay, BranchHours, Chair, LegalEntity
from core import clock
from core.errors import NotFound


def branches_visible_to(user: Any) -> QuerySet[Branch]:
    return Branch.objects.live().filter(pk__in=user.branch_ids)


def zone_meant(user: Any, branch_id: int | None = None) -> str:
    """The zone whose "today" is meant: that of the branch asked for, else of the user's first."""
    zones: dict[int, str] = user.branch_zones
    return zones.get(branch_id or 0) or next(iter(zones.values()), "UTC")


def branch_of(user: Any, pk: int) -> Branch:
    """A branch that the user sees; another's is NotFound."""
    branch = branches_visible_to(user).select_related("legal_entity").filter(pk=pk).first()
    if branch is None:
        raise NotFound
    return branch


def chair_of(user: Any, pk: int) -> Chair:
    chair = chairs_visible_to(user).filter(pk=pk).first()
    if chair is None:
        raise NotFound
    return chair


def chairs_of(branch: Branch) -> QuerySet[Chair]:
    return Chair.objects.live().filter(branch=branch).order_by("position", "pk")


def entities_live() -> QuerySet[LegalEntity]:
    return LegalEntity.objects.live().order_by("pk")


def branch_names_of_entities(entity_ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for branch in Branch.objects.live().filter(legal_entity__in=list(entity_ids)):
        found.setdefault(branch.legal_entity_id, []).append(branch.name)
    return found


def branches_of_entity(entity_id: int) -> list[str]:
    return branch_names_of_entities([entity_id]).get(entity_id, [])


def other_branches_exist(pk: int) -> bool:
    return Branch.objects.live().exclude(pk=pk).exists()


def entity_of(pk: int) -> LegalEntity:
    entity = entities_live().filter(pk=pk).first()
    if entity is None:
        raise NotFound
    return entity


def today_of(branch: Branch | None) -> date:
    """The branch's calendar day; where there is no branch yet, the server's."""
    return clock.today(branch.timezone if branch else settings.TIME_ZONE)


def weekly_hours(branch: Branch) -> dict[int, BranchHours]:
    return {row.weekday: row for row in BranchHours.objects.filter(branch=branch)}


def coming_days(branch: Branch) -> QuerySet[BranchDay]:
    """Exceptions from today on; what is over stays in the audit."""
    return BranchDay.objects.filter(branch=branch, date__gte=clock.today(branch.timezone)).order_by("date")


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
