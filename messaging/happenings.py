"""What a trigger may wait for: each app declares what happens in it, how it is found, and what may be asked of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

REGISTRY: dict[str, "Happening"] = {}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """It has happened once: to whom, when, and what stands in the places of the text.

    `window` tells two occurrences with the same subject apart; `expires_at` is when telling becomes pointless.
    """

    subject_kind: str
    subject_id: int
    window: str
    patient_id: int
    branch_id: int | None
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What may be asked besides: `choices()` names the values."""

    name: str
    title: Any
    choices: Callable[[], list[tuple[Any, Any]]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Happening:
    """`find(since, until, conditions)` gives what happened in [since, until) and is still so, oldest first.

    `still(subject ids)` gives those of which it is true at this moment: what is no longer so is not told.

    It asks its tables a fixed number of times. Places never carry anything clinical (MSG-20).
    """

    code: str
    title: Any
    find: Callable[[datetime, datetime, Mapping[str, list[Any]]], list[Occurrence]] = field(compare=False)
    still: Callable[[set[int]], set[int]] = field(compare=False)
    places: Mapping[str, Any] = field(default_factory=dict, compare=False)
    samples: Mapping[str, str] = field(default_factory=dict, compare=False)
    conditions: tuple[Condition, ...] = ()
    hint: Any = ""

    def __post_init__(self) -> None:
        if self.code in REGISTRY:
            raise ValueError(f"Happening {self.code!r} is declared twice")
        REGISTRY[self.code] = self


def title_of(code: str) -> Any:
    return REGISTRY[code].title if code in REGISTRY else code
