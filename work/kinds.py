"""Kinds of tasks: what somebody gave by hand, and what each app asks for by itself (TSK-04, TSK-05)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

KINDS: dict[str, "TaskKind"] = {}


@dataclass(frozen=True, slots=True)
class TaskKind:
    """`code` is `<app>.<what>`; apps above declare their own."""

    code: str
    label: Any
    icon: str = "checkbox"

    def __post_init__(self) -> None:
        if self.code in KINDS:
            raise ValueError(f"Kind of task {self.code!r} is declared twice")
        KINDS[self.code] = self


BY_HAND = TaskKind("work.by_hand", _("Given by a person"))
REPEATED = TaskKind("work.repeated", _("Repeating"), "repeat")
