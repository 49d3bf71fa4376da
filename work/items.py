"""«What should I do now»: every app puts what waits for a person into one queue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class WorkItem:
    """`rank` orders: smaller is sooner. `key` is stable, so that a snooze finds the item again.

    `url` opens what it is about; with `post` it is the address that does it at once. `owner` is who has it, if anybody.
    """

    key: str
    title: Any
    why: Any = ""
    icon: str = "checkbox"
    tone: str = "blue"
    due_at: datetime | None = None
    due_text: Any = ""
    url: str = ""
    panel: bool = False
    action: Any = ""
    post: str = ""
    take_url: str = ""
    owner: Any = None
    rank: float = 100


# A provider gets the user and gives what waits for him; it asks its tables once.
ITEMS: Slot[Callable[[Any], Iterable[WorkItem]]] = Slot("work.items")
