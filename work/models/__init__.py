"""Tasks, notifications, the queue."""

from work.models.chat import Room, RoomMember, RoomMessage
from work.models.notifications import MutedKind, Notification, Snooze
from work.models.presence import TimeCorrection, WorkKind, WorkPeriod
from work.models.queue import Claim
from work.models.tasks import Addressed, Task, TaskRule, TaskStep

__all__ = [
    "Addressed",
    "Claim",
    "MutedKind",
    "Notification",
    "Room",
    "RoomMember",
    "RoomMessage",
    "Snooze",
    "Task",
    "TaskRule",
    "TaskStep",
    "TimeCorrection",
    "WorkKind",
    "WorkPeriod",
]
