"""What a task or a chat may be about: every app above names its records and says who sees them (TSK-12, TSK-13)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Found:
    """A record that the asking user may see."""

    label: str
    url: str = ""
    patient_id: int | None = None
    branch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of record. `find(user, ids)` gives only what this user may see, so the record's own rights hold here too.

    `pick(user, words)` offers records to somebody who types, where a kind can be searched.
    """

    kind: str
    title: Any
    icon: str
    find: Callable[[Any, list[int]], dict[int, Found]]
    pick: Callable[[Any, str], Iterable[tuple[int, str]]] | None = None


SUBJECTS: Slot[Subject] = Slot("work.subjects")


def subject_of(kind: str) -> Subject | None:
    return next((each for each in SUBJECTS if each.kind == kind), None)


def subject_find(user: Any, kind: str, pk: int) -> Found | None:
    """The record as this user may see it, or nothing."""
    made = subject_of(kind)
    return made.find(user, [pk]).get(pk) if made else None


def record_named(user: Any, named: str) -> tuple[str, int, Found] | None:
    """`kind:id` as this user may see it, or nothing."""
    kind, _colon, number = named.partition(":")
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    found = subject_find(user, kind, pk)
    return (kind, pk, found) if found else None
