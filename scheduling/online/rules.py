"""Decisions of online booking on plain values: what may be booked, changed, is asked, and whose card it is (SCH-51, SCH-52)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.text import fold

SEVERAL = {"ș": "s", "ş": "s", "ț": "t", "ţ": "t", "ă": "a", "â": "a", "î": "i"}


@dataclass(frozen=True, slots=True)
class Terms:
    """`notice` is the least time before a visit, `days_ahead` how far a patient may look, 0 being today."""

    notice: timedelta = timedelta(0)
    days_ahead: int = 60
    same_day: bool = True


def refusal_of(start: datetime, now: datetime, terms: Terms) -> str:
    """Why a visit may not be booked for `start`: "" when it may. Both moments by the branch's clock."""
    if start < now + terms.notice:
        return "too_soon"
    if not terms.same_day and start.date() == now.date():
        return "not_today"
    return "too_far" if start.date() > now.date() + timedelta(days=terms.days_ahead) else ""


def days_of(now: datetime, terms: Terms) -> tuple[date, date]:
    """The first and the last day on which a visit may be."""
    first = now.date() if terms.same_day else now.date() + timedelta(days=1)
    return max(first, (now + terms.notice).date()), now.date() + timedelta(days=terms.days_ahead)


def may_change(start: datetime, now: datetime, notice: timedelta) -> bool:
    """Whether a patient may still move or cancel his visit himself; never one that has begun (SCH-52)."""
    return start > now and start - now >= notice


@dataclass(frozen=True, slots=True)
class Asked:
    """What a first visit asks for: nothing, a deposit of a sum, or a bank card."""

    kind: str = "none"
    amount: Decimal | None = None


def asked_of(kind: str, amount: Decimal, *, is_first: bool, is_trusted: bool) -> Asked:
    if not is_first or is_trusted or kind == "none" or (kind == "deposit" and amount <= 0):
        return Asked()
    return Asked(kind, amount if kind == "deposit" else None)


# Whose card it is


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as typed, or as a card has him."""

    last_name: str
    first_name: str
    middle_name: str = ""
    birth_date: date | None = None
    phones: frozenset[str] = frozenset()
    pk: int | None = None


def plain(name: str) -> str:
    """Romanian letters are often typed without their marks."""
    return "".join(SEVERAL.get(letter, letter) for letter in fold(name))


def is_namesake(one: Somebody, other: Somebody) -> bool:
    """The same surname and name; a patronymic that only one of them gives speaks against nobody."""
    if (plain(one.last_name), plain(one.first_name)) != (plain(other.last_name), plain(other.first_name)):
        return False
    middles = plain(one.middle_name), plain(other.middle_name)
    return not all(middles) or middles[0] == middles[1]


def is_same(typed: Somebody, card: Somebody) -> bool:
    """Phone, name and birth date, all three."""
    born = typed.birth_date is not None and typed.birth_date == card.birth_date
    return born and bool(typed.phones & card.phones) and is_namesake(typed, card)


def person_of(typed: Somebody, cards: Iterable[Somebody]) -> tuple[str, int | None]:
    """matched with the card's number, unclear when a card might be his, new when none looks like it."""
    cards = list(cards)
    same = [card for card in cards if is_same(typed, card)]
    if len(same) == 1:
        return "matched", same[0].pk
    near = [card for card in cards if is_near(typed, card)]
    return ("unclear" if near else "new"), None


def is_near(typed: Somebody, card: Somebody) -> bool:
    """A shared phone, or a namesake who was not born on another day."""
    if typed.phones & card.phones:
        return True
    clash = typed.birth_date and card.birth_date and typed.birth_date != card.birth_date
    return is_namesake(typed, card) and not clash
