"""Finding cards while somebody types: by any part of the names, any digits of any phone, the card number, a birth date.

Fragments of three letters and more run on trigram indexes, shorter ones match beginnings of words. Words are looked
up first as the beginning of a surname, in the index of the dictionary order, which costs next to nothing.
"""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from core.access import is_allowed
from patients import permissions
from patients.models import Patient
from patients.rules.duplicates import LIKELY, Person, likeness
from patients.rules.search import Asked, asked_for, name_folded, run_variants
from patients.selectors.cards import patients_visible_to

LAST = chr(0x10FFFF)
ORDER = ("sort_key", "pk")
CANDIDATES = 60


def condition(asked: Asked, *, by_phone: bool = True) -> Q:
    """What all parts of the question say about a card; who may not see phones finds card numbers by digits."""
    found = Q()
    for alternatives in asked.words:
        found &= reduce(or_, (word_condition(word) for word in alternatives))
    for run in asked.runs:
        found &= run_condition(run) if by_phone else Q(card_number__startswith=run)
    for day in asked.days:
        found &= Q(birth_date=day)
    return found


def word_condition(word: str) -> Q:
    return Q(search_name__contains=word if len(word) > 2 else f" {word}")


def run_condition(run: str) -> Q:
    return reduce(or_, (Q(search_digits__contains=variant) for variant in run_variants(run)))


def patients_matching(cards: QuerySet[Patient], text: str, user: Any) -> QuerySet[Patient]:
    """Those of `cards` that fit the typed line; all of them for an empty one, none for one that asks nothing."""
    asked = asked_for(text)
    if not asked:
        return cards if not text.strip() else cards.none()
    return cards.filter(condition(asked, by_phone=is_allowed(user, permissions.SEE_CONTACTS)))


def page_of(cards: QuerySet[Patient], text: str, user: Any, start: int, count: int) -> list[Patient]:
    """Rows `start`..`start + count` of what fits: surnames that begin with a word asked for, then the rest.

    Keys are looked for first, in the table of cards alone: what `cards` joins to each row is read for a page only.
    """
    keys = list(keys_of(cards, text, user, start + count)[start : start + count])
    found = cards.in_bulk(keys) if keys else {}
    return [found[key] for key in keys if key in found]


def keys_of(cards: QuerySet[Patient], text: str, user: Any, most: int) -> Any:
    """Keys of what fits, in disjoint parts, each in dictionary order; at most so many of each.

    A surname stands together in its index, so each beginning is one short range. The database asks the parts one
    after another: where the first ones fill the page, the last is not asked at all.
    """
    asked = asked_for(text)
    cards = cards.select_related(None).order_by()
    found = patients_matching(cards, text, user)
    parts, tried = [], Q()
    for number, beginning in enumerate(asked.beginnings):
        begins = Q(sort_key__gte=beginning, sort_key__lt=beginning + LAST)
        rows = cards if asked.is_one_word and not number else found
        parts.append(rows.filter(begins & ~tried if tried else begins))
        tried |= begins
    parts.append(found.filter(~tried) if tried else found)
    first, *others = [part.order_by(*ORDER).values_list("pk", flat=True)[:most] for part in parts]
    return first.union(*others, all=True) if others else first


def patients_found(user: Any, text: str, limit: int = 20) -> list[Patient]:
    """The best cards for a picker, the palette, a call: at most `limit`, without counting."""
    if not text.strip():
        return []
    return page_of(patients_visible_to(user), text, user, 0, limit)


def similar_patients(user: Any, person: Person, *, exclude: int | None = None, limit: int = 5) -> list[Patient]:
    """Cards that may be the same person, likeliest first; each row has `likeness` of rules.duplicates (PAT-39)."""
    cards = patients_visible_to(user).exclude(pk=exclude).select_related("branch")
    rows = {card.pk: card for signs in signs_of(person) for card in cards.filter(signs).order_by("-pk")[:CANDIDATES]}
    for card in rows.values():
        card.likeness = likeness(person, person_of(card))
    likely = [card for card in rows.values() if card.likeness >= LIKELY]
    return sorted(likely, key=lambda card: (-card.likeness, card.sort_key, card.pk))[:limit]


def signs_of(person: Person) -> list[Q]:
    """Each of them runs on an index of its own."""
    surname, name = name_folded(person.last_name), name_folded(person.first_name)
    signs = [Q(search_digits__contains=phone.removeprefix("+")) for phone in person.phones]
    if person.birth_date and name:
        signs.append(Q(birth_date=person.birth_date))
    if surname and name:
        same = Q(search_name__contains=f" {surname} {name} ")
        if person.birth_date:
            same &= Q(birth_date__isnull=True) | Q(birth_date=person.birth_date)
        signs.append(same)
    return signs


def person_of(card: Patient) -> Person:
    return Person(card.last_name, card.first_name, card.middle_name, card.birth_date, frozenset(card.phones))
