"""What status a patient should have by the clinic's rules, and why."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from patients.models import Patient, Status
from patients.rules.statuses import LOOKUPS, OPERATIONS, Condition, condition_of
from patients.slots import FACTS, Fact


def facts() -> dict[str, Fact]:
    return {fact.code: fact for fact in FACTS}


def conditions_of(stored: Iterable[dict[str, Any]]) -> list[Condition] | None:
    """The conditions of a status; None when one of them speaks of a fact that nobody tells (its module is off)."""
    known = facts()
    found = []
    for given in stored:
        fact = known.get(given.get("fact", ""))
        if fact is None:
            return None
        try:
            found.append(condition_of(given, fact.kind))
        except ValueError:
            return None
    return found or None


def words_of(stored: Iterable[dict[str, Any]]) -> str:
    """«Months since the last visit ≥ 12» for people."""
    known = facts()
    said = []
    for given in stored:
        fact = known.get(given.get("fact", ""))
        value = given.get("value", "")
        if fact and fact.choices:
            value = dict(fact.choices()).get(value, value)
        title = fact.title if fact else given.get("fact", "")
        said.append(f"{title} {OPERATIONS.get(given.get('op', ''), '')} {value}")
    return "; ".join(said)


def condition_q(condition: Condition) -> Q:
    found = Q(**{f"fact_{condition.fact}__{LOOKUPS[condition.op]}": condition.value})
    return ~found if condition.op == "ne" else found


def with_facts(rows: QuerySet[Patient], codes: Iterable[str], today: date) -> QuerySet[Patient]:
    """Annotates `fact_<code>` for each; every expression is computed by the database for the rows asked."""
    known = facts()
    return rows.annotate(**{f"fact_{code}": known[code].expression(today) for code in codes})


def active_statuses() -> list[tuple[Status, list[Condition]]]:
    """Statuses with conditions that can be checked now, in their order."""
    rows = Status.objects.live().filter(is_active=True).order_by("position", "pk")
    made = [(status, conditions_of(status.conditions)) for status in rows]
    return [(status, conditions) for status, conditions in made if conditions is not None]
