"""Who sees which task, how many notifications are unread, what waits for a person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.models import User
from core import clock
from core.access import is_allowed
from work.items import ITEMS, WorkItem
from work.models import Notification, Snooze, Task
from work.permissions import SEE_ALL_TASKS

TONES = {"new": "blue", "in_work": "violet", "waiting": "amber", "review": "teal", "done": "green", "cancelled": "grey"}


def mine(user: Any) -> Q:
    """Own tasks, and those of the user's groups that nobody has taken."""
    groups = Q(role__in=user.role_codes)
    if user.staff_id:
        groups |= Q(profession__staff=user.staff_id)
    return Q(executor=user) | (
        Q(executor__isnull=True) & groups & (Q(branch__isnull=True) | Q(branch__in=user.branch_ids))
    )


def tasks_visible_to(user: Any) -> QuerySet[Task]:
    """Mine, those that I gave, those of my groups whoever has them; all of my branches with the right to it."""
    rows = Task.objects.select_related("executor", "profession", "branch", "created_by")
    if is_allowed(user, SEE_ALL_TASKS):
        return rows.filter(Q(branch__isnull=True) | Q(branch__in=user.branch_ids))
    groups = Q(role__in=user.role_codes) & (Q(branch__isnull=True) | Q(branch__in=user.branch_ids))
    return rows.filter(mine(user) | Q(created_by=user) | groups).distinct()


def task_visible_to(user: Any, pk: int) -> Task | None:
    return tasks_visible_to(user).filter(pk=pk).first()


def executors() -> QuerySet[User]:
    """Who can be given a task."""
    return (
        User.objects.filter(is_active=True, partner_id__isnull=True)
        .select_related("staff")
        .order_by("name", "username")
    )


def tasks_open_count(user: Any) -> int:
    return Task.objects.filter(mine(user), state__in=Task.OPEN).distinct().count()


def unread_count(user: Any) -> int:
    return Notification.objects.filter(user=user, read_at__isnull=True).count()


def notifications_of(user: Any) -> QuerySet[Notification]:
    return Notification.objects.filter(user=user).order_by("-pk")


def due_words(task: Task) -> tuple[Any, str]:
    """How near the term is, and its tone."""
    if task.due_at is None:
        return "", "grey"
    left = task.due_at - clock.now()
    if left < timedelta():
        return _("late"), "red"
    if left < timedelta(hours=24):
        return _("today") if left < timedelta(hours=12) else _("within a day"), "amber"
    return f"{timezone.localtime(task.due_at):%d.%m}", "blue"


def task_items(user: Any) -> Iterator[WorkItem]:
    """Tasks in the queue: late ones first, then urgent ones, then by their term."""
    now = clock.now()
    waiting = Task.objects.filter(mine(user), state__in=(Task.State.NEW, Task.State.IN_WORK))
    for task in waiting.select_related("executor", "created_by").distinct():
        words, tone = due_words(task)
        hours = (task.due_at - now).total_seconds() / 3600 if task.due_at else 72
        from_whom = _("Task from %(who)s") % {"who": task.created_by or _("the program")}
        yield WorkItem(
            key=f"task:{task.pk}",
            title=task.title,
            why=task.text[:160] or from_whom,
            tone="red" if task.is_urgent else tone if words else "violet",
            due_at=task.due_at,
            due_text=words,
            url=task.get_absolute_url(),
            panel=True,
            action=_("Open"),
            owner=task.executor,
            rank=hours - (48 if task.is_urgent else 0),
            take_url="" if task.executor_id else reverse("work:task-take", args=[task.pk]),
        )


def queue_of(user: Any) -> tuple[list[WorkItem], int]:
    """What waits for a user in the order of need, and how many items he has put off."""
    hidden = set(Snooze.objects.filter(user=user, until__gt=clock.now()).values_list("key", flat=True))
    items = [item for provider in ITEMS for item in provider(user)]
    shown = sorted((item for item in items if item.key not in hidden), key=lambda item: (item.rank, item.key))
    return shown, len(items) - len(shown)


NEXT_STEPS = {
    "in_work": _lazy("Begin"), "waiting": _lazy("Wait"), "review": _lazy("To review"), "done": _lazy("Done"),
    "cancelled": _lazy("Cancel the task"), "new": _lazy("Back to new"),
}  # fmt: skip
