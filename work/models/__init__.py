"""Tasks, notifications, the queue."""

from work.models.notifications import MutedKind, Notification, Snooze
from work.models.tasks import Addressed, Task, TaskRule, TaskStep

__all__ = ["Addressed", "MutedKind", "Notification", "Snooze", "Task", "TaskRule", "TaskStep"]
