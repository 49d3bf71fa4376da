"""Kinds of notifications: each app declares what it has to say; every user chooses which he hears."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

REGISTRY: dict[str, "Notice"] = {}


@dataclass(frozen=True, slots=True)
class Notice:
    """`text` has %(fact)s places. `roles` are those who hear it unless a call names others."""

    code: str
    title: Any
    text: Any
    icon: str = "bell"
    tone: str = "blue"
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.code in REGISTRY:
            raise ValueError(f"Notice {self.code!r} is declared twice")
        REGISTRY[self.code] = self

    def say(self, facts: Mapping[str, Any]) -> str:
        try:
            return str(self.text) % facts
        except (KeyError, TypeError, ValueError):
            return str(self.text)


TASK_GIVEN = Notice("work.task_given", _("Task for you"), "%(title)s", "checkbox", "violet")
TASK_DONE = Notice("work.task_done", _("Your task is done"), _("%(title)s: %(who)s"), "circle-check", "green")
TASK_REVIEW = Notice(
    "work.task_review", _("Your task waits for your look"), _("%(title)s: %(who)s"), "eye-check", "teal"
)
TIME_ASKED = Notice("work.time_asked", _("Correction of working time"), "%(who)s: %(reason)s", "clock-edit", "amber")
TIME_DECIDED = Notice("work.time_decided", _("Your working time"), "%(what)s: %(who)s", "clock-check", "green")
MENTIONED = Notice("work.mentioned", _("You are mentioned"), "%(who)s: %(text)s", "at", "blue")
