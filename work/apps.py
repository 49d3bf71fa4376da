"""Tasks, notifications, and the queue of what to do now."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "work"
    verbose_name = _("Tasks")

    def ready(self) -> None:
        from core import navigation
        from work import kinds, notices, permissions, policies, selectors  # noqa: F401  declared
        from work.items import ITEMS

        ITEMS.register(selectors.task_items, module="work", order=50)
        ITEMS.register(selectors.review_items, module="work", order=51)
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
        navigation.CREATE.register(
            navigation.Item("task", _("Task"), "checkbox", "work:task-new", permissions.EDIT_TASKS, panel=True, shortcut="T"),
            module="work", order=50,
        )  # fmt: skip
