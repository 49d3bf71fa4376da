"""What every part of the demo clinic shares: the dice, the days, and who is who."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from clinic.models import Branch, Chair, LegalEntity, Staff, User
from core import clock

ZONE = "Europe/Moscow"
DATA = Path(__file__).parent / "data"
SEED = 20260201
T = TypeVar("T")


@dataclass(slots=True)
class Person:
    """A patient while the story is told. `due` says when he should come again, and to whom."""

    id: int
    sex: str
    birth: date
    phone: str
    name: str
    first_name: str
    home: int  # index of his branch
    known_since: date
    last_visit: date | None = None
    visits: int = 0
    child_of: int | None = None

    def age(self, day: date) -> int:
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


@dataclass(slots=True)
class Line:
    """A service of a visit; sums in whole roubles."""

    code: str
    quantity: int
    teeth: tuple[int, ...]
    price: int
    discount: int = 0
    plan_line: int | None = None

    @property
    def sum(self) -> int:
        return self.price * self.quantity - self.discount


@dataclass(slots=True)
class Visit:
    """An appointment while the story is told."""

    id: int
    person: Person
    doctor: "Doctor"
    chair: Chair
    branch: Branch
    start: datetime
    end: datetime
    state: str
    is_first: bool
    booked_at: datetime
    lines: list[Line] = field(default_factory=list)
    plan: int | None = None
    discount: int = 0  # percent
    why: str = ""


@dataclass(slots=True)
class Doctor:
    staff: Staff
    code: str
    direction: str
    branch: Branch


@dataclass(slots=True)
class World:
    """Days are those of the clinic's zone; `now` is a moment in UTC."""

    dice: random.Random
    now: datetime
    today: date
    first: date
    last: date
    patients: int
    entity: LegalEntity = None  # type: ignore[assignment]
    branches: list[Branch] = field(default_factory=list)
    chairs: dict[str, Chair] = field(default_factory=dict)
    doctors: dict[str, Doctor] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    closed_days: dict[date, str] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)  # by code
    directions: dict[str, int] = field(default_factory=dict)
    prices: dict[str, list[int]] = field(default_factory=dict)  # before and after the rise
    names: dict[str, str] = field(default_factory=dict)
    diagnoses: dict[str, int] = field(default_factory=dict)
    rises_on: date = date.max
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(cls, *, patients: int, days: int, seed: int = SEED) -> "World":
        today = clock.today(ZONE)
        ahead = 31 if days > 60 else 10
        return cls(
            random.Random(f"{seed} {today}"),
            clock.now(),
            today,
            today - timedelta(days=days),
            today + timedelta(days=ahead),
            patients,
        )

    def days(self, first: date | None = None, last: date | None = None) -> Iterator[date]:
        day, last = first or self.first, last or self.last
        while day <= last:
            yield day
            day += timedelta(days=1)

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        return self.dice.choices([item for item, _w in choices], [weight for _item, weight in choices])[0]

    def writer(self, branch: Branch) -> User:
        """Who at a reception would have done it."""
        return self.facts["receptions"][branch.pk]


def rows_of(name: str) -> list[dict[str, str]]:
    with open(DATA / f"{name}.csv", encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


_ZONE = ZoneInfo(ZONE)


def moment(day: date, minutes: int) -> datetime:
    """A wall-clock time of the clinic's zone, in minutes after midnight."""
    return datetime.combine(day, time(minutes // 60, minutes % 60), _ZONE)
