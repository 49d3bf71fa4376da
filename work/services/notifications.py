"""Telling people, and what they do not want to be told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from clinic.models import User
from core import clock, live
from core.audit import plain
from core.command import command
from core.errors import Invalid
from work.models import MutedKind, Notification
from work.notices import REGISTRY, Notice


@command
def notify(
    notice: Notice, *, users: Iterable[Any] = (), roles: Sequence[str] = (), branch_id: int | None = None,
    url: str = "", key: str = "", but: Any = None, **facts: Any,
) -> int:  # fmt: skip
    """Tell users, or everybody of some roles who sees the branch; gives how many hear it (TSK-11).

    Who has muted the kind hears nothing; with a `key` nobody hears it twice. `but` is not told: the one who did it.
    """
    chosen = {user.pk for user in users}
    wanted = roles or (() if chosen else notice.roles)
    if wanted:
        for user in (
            User.objects.with_rights()
            .filter(roles__code__in=wanted, is_active=True, partner_id__isnull=True)
            .distinct()
        ):
            if branch_id is None or branch_id in user.branch_ids:
                chosen.add(user.pk)
    chosen -= {getattr(but, "pk", None)}
    chosen -= set(MutedKind.objects.filter(kind=notice.code, user__in=chosen).values_list("user_id", flat=True))
    rows = [
        Notification(user_id=pk, kind=notice.code, facts=plain(facts), url=url, key=key, created_at=clock.now())
        for pk in sorted(chosen)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    for pk in chosen:
        live.announce("notification", pk, user_id=pk)
    return len(chosen)


def notifications_read(*, user: Any, pk: int | None = None) -> int:
    """Mark one as read, or all of a user; not audited, since it concerns only himself."""
    rows = Notification.objects.filter(user=user, read_at__isnull=True)
    return (rows.filter(pk=pk) if pk else rows).update(read_at=clock.now())


def notification_snooze(*, user: Any, pk: int, until: datetime) -> int:
    """Put off: it leaves the bell until then and comes back unread (TSK-11). Reverse: the same with a past moment."""
    return Notification.objects.filter(user=user, pk=pk).update(snoozed_until=until, read_at=None)


@command
def mute(*, user: Any, wanted: Iterable[str]) -> None:
    """The kinds that a user wants to hear of; the others are muted (MSG-07)."""
    wanted = set(wanted)
    unknown = wanted - set(REGISTRY)
    if unknown:
        raise Invalid(fields={"kinds": sorted(unknown)})
    MutedKind.objects.filter(user=user).delete()
    MutedKind.objects.bulk_create([MutedKind(user=user, kind=code) for code in REGISTRY if code not in wanted])
