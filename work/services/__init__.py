"""Writing of tasks, notifications and the queue."""

from work.services.notifications import mute, notifications_read, notify, snooze
from work.services.tasks import (
    task_change,
    task_create,
    task_move,
    task_take,
    tasks_end_by_key,
)

__all__ = [
    "mute",
    "notifications_read",
    "notify",
    "snooze",
    "task_change",
    "task_create",
    "task_move",
    "task_take",
    "tasks_end_by_key",
]
