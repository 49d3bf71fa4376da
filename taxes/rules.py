"""What of a year's money a certificate may speak of, and who may ask for one: pure arithmetic (domain 3.2).

Money counts on the day when it paid for a service: cash, card or transfer at once, an advance when it is set off. A
refund takes from the payment that it gives back, whatever day it is made, so that no year is ever below nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Money = Decimal
ZERO = Decimal("0.00")
MONEY = ("cash", "card", "bank", "deposit")  # an offset is nobody's money
FIRST_YEAR = 2024  # the form holds for what was paid from 1 January 2024 on
CHILD_AGE, STUDENT_AGE = 18, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So much of a payment went to a share, below zero came back; in the order in which it happened.

    `payment` is the one that was taken first, where it was corrected since; `shown` is the one that stands now.
    """

    payment: int
    share: int
    method: str
    amount: Money
    paid_on: date
    code: str = "1"
    reverses: int | None = None
    shown: int | None = None


@dataclass(slots=True)
class Paid:
    """What is left of a payment after its refunds, by code."""

    payment: int
    paid_on: date
    shown: int = 0
    methods: list[str] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    code1: Money = ZERO
    code2: Money = ZERO

    @property
    def total(self) -> Money:
        return self.code1 + self.code2


def net(parts: Iterable[Part]) -> list[Paid]:
    """Payments with their refunds taken off, by day; those of which nothing is left are gone."""
    shares: dict[int, list[list[Any]]] = defaultdict(list)
    for part in parts:
        if part.method not in MONEY:
            continue
        if part.amount > 0:
            shares[part.share].append([part, part.amount])
        else:
            _give_back(shares[part.share], part)
    found: dict[int, Paid] = {}
    for stack in shares.values():
        for part, left in stack:
            if left:
                row = found.setdefault(part.payment, Paid(part.payment, part.paid_on))
                row.shown = max(row.shown, part.shown or part.payment)
                row.shares.append(part.share)
                row.methods += [part.method] if part.method not in row.methods else []
                if part.code == "2":
                    row.code2 += left
                else:
                    row.code1 += left
    return sorted(found.values(), key=lambda row: (row.paid_on, row.payment))


def _give_back(stack: list[list[Any]], refund: Part) -> None:
    """Take a refund off: first the payment that it cancels, then the same method, then any; the latest first."""
    rest = -refund.amount

    def fit(entry: list[Any]) -> tuple[bool, bool]:
        return entry[0].payment == refund.reverses, entry[0].method == refund.method

    for entry in sorted(reversed(stack), key=fit, reverse=True):
        taken = min(rest, entry[1])
        entry[1] -= taken
        rest -= taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A taxpayer or a patient as the form wants him: INN, or a document instead of it."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    inn: str = ""
    birth_date: date | None = None
    document_code: str = ""
    document_number: str = ""
    document_on: date | None = None

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))

    def as_kept(self) -> dict[str, str]:
        return {
            name: value.isoformat() if isinstance(value, date) else value or "" for name, value in asdict(self).items()
        }


def person_of(kept: dict[str, str]) -> Person:
    """The reverse of `as_kept`."""
    days = {name: date.fromisoformat(kept[name]) if kept.get(name) else None for name in ("birth_date", "document_on")}
    return Person(**{**kept, **days})  # type: ignore[arg-type]


def names_of(full_name: str) -> tuple[str, str, str]:
    """«Иванов Иван Иванович» by words; a patronymic of two words («Гасан оглы») stays one."""
    words = full_name.split()
    return words[0] if words else "", words[1] if len(words) > 1 else "", " ".join(words[2:])


def inn_fits(inn: str) -> bool:
    """The two check digits of a person's INN."""
    if len(inn) != 12 or not (inn.isascii() and inn.isdigit()):
        return False
    digits = [int(letter) for letter in inn]
    weights = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    return all(
        sum(weight * digit for weight, digit in zip(row, digits, strict=False)) % 11 % 10 == digits[10 + place]
        for place, row in enumerate(weights)
    )


def missing_of(person: Person) -> list[str]:
    """Fields of a person that the form cannot do without: a document is asked only of who names no INN."""
    found = [name for name in ("last_name", "first_name", "birth_date") if not getattr(person, name)]
    if person.inn:
        return found if inn_fits(person.inn) else [*found, "inn"]
    return found + [name for name in ("document_code", "document_number", "document_on") if not getattr(person, name)]


def too_old(relation: str, born: date | None, year: int) -> bool:
    """Is the patient too old for his parent's (a student to 24) or guardian's (to 18) deduction of this year?"""
    limit = {"parent": STUDENT_AGE, "guardian": CHILD_AGE}.get(relation)
    return limit is not None and born is not None and year - born.year > limit


def sums_of(rows: Sequence[Paid]) -> tuple[Money, Money]:
    return sum((row.code1 for row in rows), ZERO), sum((row.code2 for row in rows), ZERO)
