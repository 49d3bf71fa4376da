"""The one clock: UTC inside, the branch's zone at the edges; "today" is the branch's day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def today(zone: str) -> date:
    """The calendar day in a branch's zone, which is not the server's."""
    return now().astimezone(ZoneInfo(zone)).date()


def at(day: date, moment: time, zone: str) -> datetime:
    """A wall-clock time of a branch as UTC. A time that DST skips moves forward, one that it repeats is the first."""
    return datetime.combine(day, moment, ZoneInfo(zone)).astimezone(UTC)


def day_bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """The half-open range of moments that covers whole days `first`..`last` of a zone."""
    return at(first, time.min, zone), at(last + timedelta(days=1), time.min, zone)


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))
