"""What apps above bring to papers: words that may stand in a text, whom a paper is for, which consents there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.access import Permission
from core.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """For whom and about what a paper is made. `chosen` answers the choices of groups: {"plan": 17}."""

    patient_id: int
    patient_name: str
    branch: Any
    day: date
    user: Any
    language: str = "ru"
    chosen: Mapping[str, int] = field(default_factory=dict)
    kind: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that must be answered before the group's words are known: which plan, which representative."""

    key: str
    label: Any
    options: Callable[[Subject], Sequence[tuple[int, str]]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Places of one source. Whoever lacks `permission` can neither make nor read a paper with them."""

    key: str
    title: Any
    places: Mapping[str, Any] = field(compare=False)
    values: Callable[[Subject], Mapping[str, Any]] = field(compare=False)
    permission: Permission | None = None
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Finder:
    """How a patient is looked for when a template is tried on a real one."""

    pick_url: Callable[[], str] = field(compare=False)
    subject: Callable[[Any, int], Subject] = field(compare=False)


PLACES: Slot[Group] = Slot("documents.places")
FINDERS: Slot[Finder] = Slot("documents.finders")
# () -> [(code, name), ...] of consents that a signature may record
CONSENTS: Slot[Callable[[], list[tuple[str, str]]]] = Slot("documents.consents")
