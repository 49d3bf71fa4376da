"""How often somebody may try. Wrong tries at a secret are counted in the database: they survive a restart and are the same
for every process; mere asking is counted in the cache.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from core import clock
from core.errors import Throttled
from core.models import Attempt

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` wrong ones within `window` for one key."""

    purpose: str
    tries: int
    window: timedelta

    def check(self, *who: object) -> None:
        """Raise Throttled when the tries are used up. Asked before the secret is looked at, and again after it fitted:
        of many guesses sent at once, the one that fits must not slip past those that already failed.
        """
        used = self._used(*who)
        if len(used) >= self.tries:
            raise Throttled(retry_after=self._wait(used))

    def failed(self, *who: object) -> None:
        """Count a wrong try; the one over the limit raises Throttled."""
        Attempt.objects.create(purpose=self.purpose, key=digest(*who), at=clock.now())
        used = self._used(*who)
        if len(used) > self.tries:
            raise Throttled(retry_after=self._wait(used))

    def forget(self, *who: object) -> None:
        """The right secret was given: begin to count anew."""
        Attempt.objects.filter(purpose=self.purpose, key=digest(*who)).delete()

    def _used(self, *who: object) -> list[datetime]:
        """Moments of the newest wrong tries within the window, newest first."""
        since = clock.now() - self.window
        rows = Attempt.objects.filter(purpose=self.purpose, key=digest(*who), at__gt=since).order_by("-at")
        return list(rows.values_list("at", flat=True)[: self.tries + 1])

    def _wait(self, used: list[datetime]) -> int:
        """Seconds until fewer than `tries` stand in the window."""
        decisive = used[: self.tries][-1]
        return max(1, int((decisive + self.window - clock.now()).total_seconds()) + 1)


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `most` questions of one kind within a window; cheap enough for every page of strangers."""

    purpose: str
    most: int
    window: timedelta

    def count(self, *who: object) -> None:
        """Count a question; the one over the limit raises Throttled. Windows follow each other by the clock."""
        seconds = int(self.window.total_seconds())
        number, passed = divmod(int(clock.now().timestamp()), seconds)
        key = f"pace:{self.purpose}:{digest(*who)}:{number}"
        cache.add(key, 0, seconds)
        if cache.incr(key) > self.most:
            raise Throttled(retry_after=seconds - passed)


def digest(*who: object) -> str:
    """One-way: the table must not become a list of mistyped logins."""
    return hashlib.sha256("\x1f".join(str(part).strip().lower() for part in who).encode()).hexdigest()


def sweep() -> int:
    """Drop what counts no more."""
    return Attempt.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
