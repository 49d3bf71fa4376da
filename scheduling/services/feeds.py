"""The address of a person's own visits for a calendar program: made, revoked, asked (SCH-57)."""

import hashlib
import secrets
from typing import Any

from clinic.selectors import user_loaded
from core import clock
from core.access import check, is_allowed
from core.audit import audit
from core.command import command, lock
from core.errors import NotFound
from scheduling import audit as said
from scheduling.models import CalendarFeed
from scheduling.permissions import SEE_MY_DAY


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@command
def feed_make(*, actor: Any) -> str:
    """A new secret for one's own visits; the former one works no more (SCH-57). Reverse: feed_revoke."""
    check(actor, SEE_MY_DAY)
    if not actor.staff_id:
        raise NotFound
    lock(("calendar_feed", actor.pk))
    _revoke(actor)
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(user=actor, digest=digest(secret), made_at=clock.now())
    audit(actor, said.FEED_MADE, actor)
    return secret


@command
def feed_revoke(*, actor: Any) -> bool:
    """The address answers nobody any more (SCH-57). A new one is another address. Whether there was one."""
    lock(("calendar_feed", actor.pk))
    if not _revoke(actor):
        return False
    audit(actor, said.FEED_REVOKED, actor)
    return True


def _revoke(actor: Any) -> int:
    return CalendarFeed.objects.filter(user=actor, revoked_at__isnull=True).update(revoked_at=clock.now())


def feed_asked(*, secret: str) -> tuple[CalendarFeed, Any]:
    """The feed behind a secret and its owner, who must still be let in and still be a doctor here; else NotFound.

    That it was asked is noted and in no audit: a program asks every hour.
    """
    found = CalendarFeed.objects.filter(digest=digest(secret), revoked_at__isnull=True).first()
    owner = user_loaded(found.user_id) if found else None
    if found is None or owner is None or not owner.staff_id or not is_allowed(owner, SEE_MY_DAY):
        raise NotFound
    CalendarFeed.objects.filter(pk=found.pk).update(asked_at=clock.now())
    return found, owner
