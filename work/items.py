"""«What should I do now»: every app puts what waits for a person into one queue (MOON-04).

An item lives as long as its cause: a provider finds causes in its own tables at each question, so that whatever way a
cause goes by, its item is gone with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class WorkItem:
    """`key` is stable, so that a snooze and a claim find the item again; `kind` names its sort in words.

    `money` is what stands at risk, `due_at` until when: their product orders the queue. `url` opens what it is about;
    with `post` it is the address that does it at once, with `values`. `owner` is who has it, if anybody.
    """

    key: str
    title: Any
    kind: Any = ""
    why: Any = ""
    icon: str = "checkbox"
    tone: str = "blue"
    due_at: datetime | None = None
    due_text: Any = ""
    url: str = ""
    panel: bool = False
    action: Any = ""
    post: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    take_url: str = ""
    owner: Any = None
    money: Decimal | None = None
    is_urgent: bool = False


# A provider gets the user and gives what waits for him; it asks its tables once.
ITEMS: Slot[Callable[[Any], Iterable[WorkItem]]] = Slot("work.items")
