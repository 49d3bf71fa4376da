"""Clinic policies: typed settings that a clinic edits, each with a hint, a default and a history (SET-12, SET-13)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import transaction

from core.errors import Invalid
from core.models import Setting

CACHE_KEY = "core.policies"
CACHE_SECONDS = 30
REGISTRY: dict[str, "Policy"] = {}


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting: `kind` is int, bool, str, Decimal or list; the section is its page in Settings."""

    key: str
    kind: type
    default: Any
    title: Any
    hint: Any = ""
    section: Any = ""
    choices: tuple[tuple[Any, Any], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    check: Callable[[Any], None] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.key in REGISTRY:
            raise ValueError(f"Policy {self.key!r} is declared twice")
        REGISTRY[self.key] = self

    def get(self) -> Any:
        stored = raw().get(self.key)
        return self.default if stored is None else self._read(stored)

    def _read(self, stored: Any) -> Any:
        return Decimal(stored) if self.kind is Decimal else stored

    def validated(self, value: Any) -> Any:
        """The value as stored, or Invalid naming this policy."""
        try:
            value = self.kind(value) if self.kind is not list else list(value)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise Invalid(fields={self.key: str(error)}) from error
        if self.choices and self.kind is not list and value not in dict(self.choices):
            raise Invalid(fields={self.key: "choice"})
        too_low = self.minimum is not None and value < self.minimum
        too_high = self.maximum is not None and value > self.maximum
        if too_low or too_high:
            raise Invalid(fields={self.key: f"{self.minimum}–{self.maximum}"})
        return str(value) if self.kind is Decimal else value


def raw() -> dict[str, Any]:
    """Every stored value by key; cached for half a minute, dropped at once when one changes."""
    values = cache.get(CACHE_KEY)
    if values is None:
        values = dict(Setting.objects.values_list("key", "value"))
        cache.set(CACHE_KEY, values, CACHE_SECONDS)
    return values


def forget() -> None:
    cache.delete(CACHE_KEY)


def store(key: str, value: Any) -> Any:
    """Write one value and return the former one; the caller audits. The cache is dropped after the commit."""
    row, _created = Setting.objects.select_for_update().get_or_create(key=key, defaults={"value": None})
    before, row.value = row.value, value
    row.save(update_fields=["value", "changed_at"])
    transaction.on_commit(forget)
    return before
