"""Writing of tasks, notifications and the queue."""

from work.services.chat import message_post, room_of_group, room_of_record, room_of_two, room_read
from work.services.notifications import mute, notification_snooze, notifications_read, notify
from work.services.presence import correction_ask, correction_decide, work_end, work_start
from work.services.queue import claims_sweep, item_claim, item_release, snooze
from work.services.repeating import rule_change, rule_create, rule_stop, tasks_repeat
from work.services.tasks import (
    check_may_edit,
    step_add,
    step_remove,
    step_tick,
    task_change,
    task_create,
    task_delete,
    task_move,
    task_take,
    tasks_end_by_key,
    tasks_finish,
    tasks_give,
    unique,
)

__all__ = [
    "check_may_edit",
    "claims_sweep",
    "correction_ask",
    "correction_decide",
    "item_claim",
    "item_release",
    "message_post",
    "mute",
    "notification_snooze",
    "notifications_read",
    "notify",
    "room_of_group",
    "room_of_record",
    "room_of_two",
    "room_read",
    "rule_change",
    "rule_create",
    "rule_stop",
    "snooze",
    "step_add",
    "step_remove",
    "step_tick",
    "task_change",
    "task_create",
    "task_delete",
    "task_move",
    "task_take",
    "tasks_end_by_key",
    "tasks_finish",
    "tasks_give",
    "tasks_repeat",
    "unique",
    "work_end",
    "work_start",
]
