"""What the owner of a server wants to know at a glance: version, space, database, queues, workers, backup (SET-07, SET-08)."""

import shutil
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache as shared
from django.db import connection
from django.utils.translation import gettext as _

from core import clock
from core.models import Delivery, Job

HEARTBEAT = "core.worker.heartbeat"
SILENT_FOR = timedelta(minutes=3)
LITTLE_SPACE, TIGHT_SPACE = 0.05, 0.15
OLD_BACKUP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: `tone` is green, amber or red; `kind` says how the value is written."""

    title: Any
    value: Any
    tone: str = "green"
    note: Any = ""
    kind: str = "text"


@cache
def version() -> str:
    with open(settings.BASE_DIR / "pyproject.toml", "rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def lines() -> list[Line]:
    return [
        Line(_("Version"), version(), note=f"PostgreSQL {postgres_version()}"),
        *disks(), database_size(), worker(), queue(), deliveries(), jobs(), backup(),
    ]  # fmt: skip


def postgres_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def disks() -> list[Line]:
    """Free space where data and files stand."""
    found: dict[int, Path] = {}
    for place in (Path(settings.MEDIA_ROOT), Path(settings.STATE_DIR)):
        near = next(each for each in (place, *place.parents) if each.exists())
        found.setdefault(near.stat().st_dev, near)
    return [disk(place) for place in found.values()]


def disk(place: Path) -> Line:
    usage = shutil.disk_usage(place)
    part = usage.free / usage.total
    tone = "red" if part < LITTLE_SPACE else "amber" if part < TIGHT_SPACE else "green"
    return Line(_("Free space"), usage.free, tone, {"of": usage.total, "percent": round(100 * part)}, "bytes")


def database_size() -> Line:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return Line(_("Database"), cursor.fetchone()[0], kind="bytes")


def beat() -> None:
    """Called by a worker twice a minute: shows that the clock and a worker both live."""
    shared.set(HEARTBEAT, clock.now().isoformat(), None)


def worker() -> Line:
    told = shared.get(HEARTBEAT)
    if told is None:
        return Line(_("Background work"), _("has not been heard yet"), "amber")
    at = datetime.fromisoformat(told)
    alive = clock.now() - at < SILENT_FOR
    return Line(
        _("Background work"),
        at,
        "green" if alive else "red",
        "" if alive else _("The worker or its clock stands still."),
        "ago",
    )


def queue() -> Line:
    """What waits in the broker."""
    try:
        waiting = int(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).llen("celery"))
    except redis.RedisError:
        return Line(_("Queue"), _("the broker does not answer"), "red")
    return Line(_("Queue"), waiting, "amber" if waiting > 100 else "green", kind="number")


def deliveries() -> Line:
    """Events that some part has not yet heard, and those whose hearing failed."""
    waiting = Delivery.objects.filter(done_at__isnull=True)
    failed = waiting.filter(attempts__gt=0).count()
    note = _("failed and tried again: %(n)s") % {"n": failed} if failed else ""
    return Line(_("Events on their way"), waiting.count(), "red" if failed else "green", note, "number")


def jobs() -> Line:
    running = Job.objects.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).count()
    since = clock.now() - timedelta(days=1)
    failed = Job.objects.filter(state=Job.State.FAILED, created_at__gt=since).count()
    note = _("failed within a day: %(n)s") % {"n": failed} if failed else ""
    return Line(_("Long jobs"), running, "amber" if failed else "green", note, "number")


def backup() -> Line:
    """When the last backup was made, as the backup itself has written down."""
    mark = Path(settings.LAST_BACKUP)
    if not mark.exists():
        return Line(_("Last backup"), _("none yet"), "red", _("make backup writes the whole clinic into one file."))
    at = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    fresh = clock.now() - at < OLD_BACKUP
    return Line(_("Last backup"), at, "green" if fresh else "amber", mark.read_text("utf8").strip(), "ago")
