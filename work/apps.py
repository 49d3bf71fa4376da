"""Tasks, notifications, and the queue of what to do now."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "work"
    verbose_name = _("Tasks")

    def ready(self) -> None:
        from core import navigation
        from core.context import EXTRAS
        from work import (  # noqa: F401  declared
            directories,
            kinds,
            notices,
            permissions,
            policies,
            selectors,
        )
        from work.items import ITEMS
        from work.shell import shell_time
        from work.subjects import SUBJECTS, Subject

        ITEMS.register(selectors.task_items, module="work", order=50)
        ITEMS.register(selectors.review_items, module="work", order=51)
        ITEMS.register(selectors.correction_items, module="work", order=52)
        EXTRAS.register(shell_time, module="work")
        navigation.unread = selectors.unread_count  # type: ignore[attr-defined]
        navigation.SECTIONS.register(
            navigation.Item("now", _("My queue"), "inbox", "work:now", permissions.SEE_TASKS),
            module="work", order=30,
        )  # fmt: skip
        navigation.SECTIONS.register(
            navigation.Item(
                "tasks", _("Tasks"), "checkbox", "work:board", permissions.SEE_TASKS, count=selectors.tasks_open_count, hot=True
            ),
            module="work", order=31,
        )  # fmt: skip
        navigation.SECTIONS.register(
            navigation.Item("time", _("Working time"), "clock-hour-4", "work:time-list", permissions.TRACK_TIME, "clinic"),
            module="work", order=506,
        )  # fmt: skip
        SUBJECTS.register(Subject("work.task", _("Task"), "checkbox", selectors.tasks_found), module="work", order=50)
        navigation.SECTIONS.register(
            navigation.Item("chat", _("Chat"), "messages", "work:chat", permissions.CHAT, count=selectors.chat_unread, hot=True),
            module="work", order=32,
        )  # fmt: skip
        navigation.CREATE.register(
            navigation.Item("task", _("Task"), "checkbox", "work:task-new", permissions.EDIT_TASKS, panel=True, shortcut="T"),
            module="work", order=50,
        )  # fmt: skip
