"""How money reads in feeds and in the audit."""

from typing import Any

from core.templatetags.ui import money

SUMS = frozenset({"amount", "opening", "counted", "expected", "due", "difference", "returned"})


def in_words(facts: dict[str, Any]) -> dict[str, Any]:
    """Sums as the page writes them: «4 860 ₽»."""
    return {name: money(value) if name in SUMS else value for name, value in facts.items()}


FINANCIAL: dict[str, Any] = {"compartment": "financial", "words": in_words}
