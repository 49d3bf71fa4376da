"""Clinic policies: typed settings that a clinic edits, each with a hint, a default and a history (SET-12, SET-13)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.models import Setting

CACHE_KEY = "core.policies"
CACHE_SECONDS = 30
REGISTRY: dict[str, "Policy"] = {}


Choices = tuple[tuple[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting: `kind` is int, bool, str, Decimal, date or list; the section is its page in Settings.

    `choices` may be a function, where they stand in a directory. A `secret` is never shown again, only replaced.
    """

    key: str
    kind: type
    default: Any
    title: Any
    hint: Any = ""
    section: Any = ""
    choices: Choices | Callable[[], Choices] = ()
    minimum: int | None = None
    maximum: int | None = None
    check: Callable[[Any], None] | None = field(default=None, compare=False)
    unit: Any = ""
    secret: bool = False

    def __post_init__(self) -> None:
        if self.key in REGISTRY:
            raise ValueError(f"Policy {self.key!r} is declared twice")
        REGISTRY[self.key] = self

    @property
    def module(self) -> str:
        return self.key.partition(".")[0]

    @property
    def options(self) -> Choices:
        return tuple(self.choices() if callable(self.choices) else self.choices)

    def get(self) -> Any:
        stored = raw().get(self.key)
        return self.default if stored is None else self._read(stored)

    def _read(self, stored: Any) -> Any:
        if self.kind is Decimal:
            return Decimal(stored)
        return date.fromisoformat(stored) if self.kind is date else stored

    def validated(self, value: Any) -> Any:
        """The value as stored, or Invalid naming this policy."""
        if self.kind is date:
            return self._day(value)
        try:
            value = self.kind(value) if self.kind is not list else list(value)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise self._wrong(_("This value does not fit.")) from error
        if isinstance(value, Decimal) and not value.is_finite():
            raise self._wrong(_("This value does not fit."))
        self._check_choice(value)
        self._check_bounds(value)
        if self.check is not None:
            self.check(value)
        return str(value) if self.kind is Decimal else value

    def _day(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        try:
            return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
        except ValueError as error:
            raise self._wrong(_("This is not a date.")) from error

    def _check_choice(self, value: Any) -> None:
        known = {choice for choice, _label in self.options}
        given = value if self.kind is list else [value]
        if known and any(each not in known for each in given):
            raise self._wrong(_("Choose one of the values offered."))

    def _check_bounds(self, value: Any) -> None:
        if self.minimum is not None and value < self.minimum:
            raise self._wrong(_("At least %(n)s.") % {"n": self.minimum})
        if self.maximum is not None and value > self.maximum:
            raise self._wrong(_("At most %(n)s.") % {"n": self.maximum})

    def _wrong(self, sentence: Any) -> Invalid:
        return Invalid(fields={self.key: str(sentence)})

    def words(self, value: Any) -> str:
        """A stored value as people read it, for the history."""
        if self.secret:
            return "••••" if value else str(_("nothing"))
        if isinstance(value, bool):
            return str(_("on") if value else _("off"))
        labels = dict(self.options)
        if isinstance(value, list):
            return ", ".join(str(labels.get(each, each)) for each in value) or str(_("nothing"))
        return str(labels.get(value, value)) if value not in (None, "") else str(_("nothing"))


# What this request or command has read; it asks for settings hundreds of times, the cache server is asked once.
_read: ContextVar[list[dict[str, Any]] | None] = ContextVar("policies", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Around a request or a command: settings are read at most once, unless it changes them itself."""
    if _read.get() is not None:
        yield
        return
    token = _read.set([])
    try:
        yield
    finally:
        _read.reset(token)


def raw() -> dict[str, Any]:
    """Every stored value by key; cached for half a minute, dropped at once when one changes."""
    kept = _read.get()
    if kept:
        return kept[0]
    values = cache.get(CACHE_KEY)
    if values is None:
        values = dict(Setting.objects.values_list("key", "value"))
        cache.set(CACHE_KEY, values, CACHE_SECONDS)
    if kept is not None:
        kept.append(values)
    return values


def stored(key: str) -> Any:
    """What stands in the table now; for those who are about to change it."""
    return Setting.objects.filter(key=key).values_list("value", flat=True).first()


def plain(value: Any) -> Any:
    """A default in the shape in which it would be stored."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def forget() -> None:
    cache.delete(CACHE_KEY)
    if kept := _read.get():
        kept.clear()


def store(key: str, value: Any) -> Any:
    """Write one value and return the former one; the caller audits. The cache is dropped after the commit."""
    row, _created = Setting.objects.select_for_update().get_or_create(key=key, defaults={"value": None})
    before, row.value = row.value, value
    row.save(update_fields=["value", "changed_at"])
    transaction.on_commit(forget)
    return before
