"""What the clinic asks of the apps above."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that a leaving person must hand over. `key` is unique among the answers of its provider."""

    key: str
    title: Any
    note: Any = ""
    at: datetime | None = None
    zone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """What may become of obligations; `needs_person` asks who takes them over."""

    code: str
    label: Any
    needs_person: bool = False


class Leaving(Protocol):
    """An app's answer to «this person leaves»: future visits, open tasks, patients to coordinate."""

    title: Any
    icon: str
    ways: Sequence[Way]

    def find(self, staff_id: int, on: date) -> list[Obligation]:
        """What is still the person's from that day on."""

    def settle(
        self, staff_id: int, on: date, keys: Iterable[str], way: str, to_staff_id: int | None, actor: Any
    ) -> None:
        """Hand these over; raises a DomainError when it cannot be done, and then nothing is changed."""


# Asked before a person leaves (HR-03): he may go when nothing is found any more.
LEAVING: Slot[Leaving] = Slot("clinic.leaving_obstacles")

# (branch_id, {day: (opens, closes) or None for closed}) -> sentences: what new hours would leave outside (SCH-54).
HOURS_WARNINGS: Slot[Callable[[int, dict[date, tuple[time, time] | None]], list[str]]] = Slot("clinic.hours_warnings")


@dataclass(frozen=True, slots=True)
class StartLink:
    """A way to do a step of the first start on a page of its own."""

    label: Any
    url_name: str
    icon: str = "arrow-right"
    note: Any = ""


@dataclass(frozen=True, slots=True)
class StartStep:
    """A step of the guide through the first start; `is_done` looks at what the clinic has by now.

    Without links the guide draws the step's own form (the clinic's steps); with them it leads there and waits.
    """

    key: str
    title: Any
    text: Any
    is_done: Callable[[], bool]
    icon: str = "circle"
    links: tuple[StartLink, ...] = ()


# After the clinic's own steps, in order: the price list, the first shift.
START_STEPS: Slot[StartStep] = Slot("clinic.start_steps")
