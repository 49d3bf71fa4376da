"""Conditions of patient statuses: shape, words, and what a fact is compared with (PAT-23)."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

OPERATIONS = {"gte": "≥", "lte": "≤", "eq": "=", "ne": "≠"}
LOOKUPS = {"gte": "gte", "lte": "lte", "eq": "exact", "ne": "exact"}
ALLOWED = {"number": ("gte", "lte", "eq", "ne"), "choice": ("eq", "ne"), "yes": ("eq",)}


@dataclass(frozen=True, slots=True)
class Condition:
    fact: str
    op: str
    value: Any

    def as_json(self) -> dict[str, str]:
        return {"fact": self.fact, "op": self.op, "value": str(self.value)}


def condition_of(given: dict[str, Any], kind: str) -> Condition:
    """A stored or typed condition of a fact of this kind; ValueError when it makes no sense."""
    op, value = str(given.get("op", "")), str(given.get("value", "")).strip()
    if op not in ALLOWED[kind]:
        raise ValueError(op)
    if kind == "number":
        try:
            number = Decimal(value.replace(",", "."))
        except InvalidOperation as error:
            raise ValueError(value) from error
        if not number.is_finite():
            raise ValueError(value)
        return Condition(given["fact"], op, number)
    if kind == "yes":
        return Condition(given["fact"], op, value in ("1", "true", "True", "yes"))
    if not value:
        raise ValueError(value)
    return Condition(given["fact"], op, value)
