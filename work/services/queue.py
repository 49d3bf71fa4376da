"""The queue: taking an item, giving it back, putting it off."""

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.utils.translation import gettext_lazy as _

from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import NotFound
from work import policies
from work.errors import ItemTaken
from work.models import Claim, Snooze
from work.selectors import items_of

LONGEST_SNOOZE = timedelta(days=60)
NOT_SO = _("Give a moment of the next weeks.")
sentence("work.item.taken", _("Taken from the queue: %(title)s"), "hand-grab", "blue", is_timeline=False)
sentence("work.item.released", _("Given back to the queue: %(key)s"), "arrow-back-up", "grey", is_timeline=False)


@command
def item_claim(*, key: str, user: Any) -> Claim:
    """Take an item, so that nobody else is shown it (MOON-04). Raises ItemTaken. Reverse: item_release.

    Ends by itself after a while: who went home with an item has not taken it from the others for good.
    """
    lock(("queue", crc32(key.encode())))
    item = next((each for each in items_of(user) if each.key == key), None)
    if item is None:
        raise NotFound
    now = clock.now()
    if item.owner not in (None, user) or Claim.objects.filter(key=key, until__gt=now).exclude(user=user).exists():
        raise ItemTaken(key=key)
    until = now + timedelta(minutes=policies.CLAIM_MINUTES.get())
    made, _made = Claim.objects.update_or_create(key=key, defaults={"user": user, "until": until})
    audit(user, "work.item.taken", title=item.title, key=key)
    live.announce("queue", made.pk)
    return made


@command
def item_release(*, key: str, user: Any) -> int:
    """Reverse: item_claim."""
    count, _rows = Claim.objects.filter(key=key, user=user).delete()
    if count:
        audit(user, "work.item.released", key=key)
        live.announce("queue", 0)
    return count


def snooze(*, user: Any, key: str, until: datetime) -> None:
    """Hide an item of a user's queue until a moment."""
    Snooze.objects.update_or_create(user=user, key=key[:120], defaults={"until": until})


def claims_sweep() -> int:
    """What ended long ago is thrown away; nobody is shown it any more."""
    old = clock.now() - timedelta(days=2)
    return Claim.objects.filter(until__lt=old).delete()[0] + Snooze.objects.filter(until__lt=old).delete()[0]
