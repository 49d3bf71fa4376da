"""How money reads in feeds and in the audit."""

from typing import Any

from billing.models.payments import Method
from core.templatetags.ui import money

TENDERS = frozenset({"was", "now"})
SUMS = frozenset({"amount", "opening", "counted", "expected", "due", "difference", "returned"})


def in_words(facts: dict[str, Any]) -> dict[str, Any]:
    """Sums as the page writes them: «4 860 ₽»."""
    return {name: word_of(name, value) for name, value in facts.items()}


def word_of(name: str, value: Any) -> Any:
    """A sum with its currency; tenders as «Наличные 500 ₽, Карта 300 ₽»."""
    if name in TENDERS and isinstance(value, list):
        return ", ".join(f"{Method(method).label} {money(amount)}" for method, amount in value)
    return money(value) if name in SUMS else value


FINANCIAL: dict[str, Any] = {"compartment": "financial", "words": in_words}
