"""How likely two cards speak of one person (PAT-39)."""

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from patients.rules.search import name_folded

LIKELY = 50  # from here on a card is shown as a possible double
ALIKE = 0.82  # a letter or two of a full name differ


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared: names as typed, phones as E.164."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    birth_date: date | None = None
    phones: frozenset[str] = frozenset()


def names_of(person: Person) -> tuple[str, str, str]:
    return name_folded(person.last_name), name_folded(person.first_name), name_folded(person.middle_name)


def is_same_name(one: Person, other: Person) -> bool:
    """Equal surname and name, patronymics equal or one of them unknown."""
    (last, first, middle), (last2, first2, middle2) = names_of(one), names_of(other)
    return (
        bool(last and first) and (last, first) == (last2, first2) and (middle == middle2 or not middle or not middle2)
    )


def is_alike(one: Person, other: Person) -> bool:
    """A typing mistake, swapped surname and name, a changed surname with the rest equal."""
    (last, first, middle), (last2, first2, middle2) = names_of(one), names_of(other)
    if not first or not first2:
        return False
    if (last, first) == (first2, last2) or (first == first2 and middle and middle == middle2):
        return True
    return SequenceMatcher(None, f"{last} {first}", f"{last2} {first2}").ratio() >= ALIKE


def likeness(one: Person, other: Person) -> int:
    """0..100. Different birth dates speak against everything but a shared phone; a shared phone alone is a family."""
    phone = bool(one.phones & other.phones)
    known = one.birth_date is not None and other.birth_date is not None
    born = known and one.birth_date == other.birth_date
    clash = known and not born
    if is_same_name(one, other):
        return (55 if phone else 0) if clash else 100 if phone or born else 60
    if is_alike(one, other):
        return (50 if phone else 0) if clash else 90 if phone and born else 85 if phone else 80 if born else 30
    return 50 if phone else 0
