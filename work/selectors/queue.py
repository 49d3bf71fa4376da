"""What waits for a person: gathered from every app, without what others have taken, the heaviest first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core import clock
from work import rules
from work.items import ITEMS, WorkItem
from work.models import Claim, Snooze, Task
from work.selectors.tasks import due_words, mine

NO_TERM_HOURS = 72.0


@dataclass(frozen=True, slots=True)
class Queue:
    """`items` in the order of need; how many are put off, how many colleagues have, how many of each sort there are."""

    items: list[WorkItem]
    hidden: int
    taken: int
    kinds: list[tuple[str, int]]


def items_of(user: Any) -> list[WorkItem]:
    """Every item once; a provider that names a key twice means the same thing."""
    found: dict[str, WorkItem] = {}
    for provider in ITEMS:
        for item in provider(user):
            found.setdefault(item.key, item)
    return list(found.values())


def queue_of(user: Any, *, kind: str = "", team: bool = False) -> Queue:
    """What waits for a user (MOON-04). With `team` what colleagues have taken is shown too, with their names."""
    now = clock.now()
    items = items_of(user)
    keys = [item.key for item in items]
    hidden = set(Snooze.objects.filter(user=user, until__gt=now, key__in=keys).values_list("key", flat=True))
    claims = {
        row.key: row.user for row in Claim.objects.filter(until__gt=now, key__in=keys).select_related("user__staff")
    }
    shown, taken = [], 0
    for item in items:
        owner = claims.get(item.key) or item.owner
        if owner is not None and owner != user:
            taken += 1
            if not team:
                continue
        if item.key not in hidden:
            shown.append(replace(item, owner=owner, due_text=item.due_text or due_in(item.due_at, now)))
    kinds = Counter(str(item.kind) for item in shown if item.kind)
    if kind in kinds:
        shown = [item for item in shown if str(item.kind) == kind]
    shown.sort(key=lambda item: (-weight(item, now), item.key))
    return Queue(shown, sum(key in hidden for key in keys), taken, kinds.most_common())


def weight(item: WorkItem, now: datetime) -> float:
    left = (item.due_at - now).total_seconds() / 3600 if item.due_at else NO_TERM_HOURS
    return rules.weight_of(item.money, left, is_urgent=item.is_urgent)


def due_in(due_at: datetime | None, now: datetime) -> str:
    """How near it is, in words."""
    if due_at is None:
        return ""
    minutes = int((due_at - now).total_seconds() // 60)
    if minutes < 0:
        return pgettext("queue", "late")
    if minutes < 60:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    here, today = timezone.localtime(due_at), timezone.localtime(now).date()
    if here.date() == today:
        return _("today at %(time)s") % {"time": f"{here:%H:%M}"}
    if here.date() == today + timedelta(days=1):
        return _("tomorrow at %(time)s") % {"time": f"{here:%H:%M}"}
    return f"{here:%d.%m}"


def task_items(user: Any) -> Iterator[WorkItem]:
    """Open tasks of the user and free ones of his groups."""
    waiting = Task.objects.live().filter(mine(user), state__in=(Task.State.NEW, Task.State.IN_WORK))
    for task in waiting.select_related("executor__staff", "created_by__staff"):
        words, tone = due_words(task)
        from_whom = _("Task from %(who)s") % {"who": task.created_by or _("the program")}
        yield WorkItem(
            key=f"task:{task.pk}",
            kind=_("Tasks"),
            title=task.title,
            why=task.text[:160] or from_whom,
            tone="red" if task.is_urgent else tone if words else "violet",
            due_at=task.due_at,
            url=task.get_absolute_url(),
            panel=True,
            action=_("Open"),
            owner=task.executor,
            is_urgent=task.is_urgent,
            take_url="" if task.executor_id else reverse("work:task-take", args=[task.pk]),
        )


def review_items(user: Any) -> Iterator[WorkItem]:
    """What others have finished and wait for the author's look."""
    rows = Task.objects.live().filter(created_by=user, state=Task.State.REVIEW).select_related("executor__staff")
    for task in rows:
        yield WorkItem(
            key=f"review:{task.pk}",
            kind=_("Waits for my word"),
            title=task.title,
            why=_("%(who)s has finished and waits for your look") % {"who": task.executor or ""},
            icon="eye-check",
            tone="teal",
            due_at=task.due_at,
            url=task.get_absolute_url(),
            panel=True,
            action=_("Look"),
        )
