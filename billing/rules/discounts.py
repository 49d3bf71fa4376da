"""Which discounts a patient gets on which services, and why not the others (BIL-21..26): on plain values.

Rules and a situation go in, a verdict a rule comes out. A rule must fit the patient, the day and hour, the branch, and
have something left to give. Of those that fit the set is chosen that gives most: two rules stand together where both
say that they add up, or where they touch no service in common. Those of a set are taken in their order, each of what
the ones before it have left, never more than a service costs. A payer's ban and a discount by hand win over all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

from core.money import ZERO, Money, money, share

# Sets are tried one by one; of more rules that fit only the most generous ones are.
TRIED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A promotion by its current terms, with what it has left to give to this patient. Empty sets mean everything."""

    key: int
    terms: int = 0
    name: str = ""
    source: str = "order"  # order, listed, except
    services: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    recipients: str = "everyone"  # everyone, age, patients, groups, first_visit, birthday
    ages: tuple[int | None, int | None] = (None, None)
    groups: frozenset[int] = frozenset()
    birthday: tuple[int, int] = (0, 0)
    is_granted: bool = False
    granted_until: date | None = None
    starts: date | None = None
    ends: date | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[time | None, time | None] = (None, None)
    branches: frozenset[int] = frozenset()
    kind: str = "percent"  # percent, sum
    value: Money = ZERO
    most: Money | None = None
    uses_left: int | None = None
    patient_uses_left: int | None = None
    budget_left: Money | None = None
    combines: bool = False
    position: int = 100

    def covers(self, item: "Item") -> bool:
        is_listed = item.service_id in self.services or item.category_id in self.categories
        return self.source == "order" or is_listed == (self.source == "listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Whom, where and when; `at` is None for a plan, whose visits have no hour yet."""

    on: date
    branch_id: int
    at: time | None = None
    birth_date: date | None = None
    group_id: int | None = None
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line as it stands before promotions. `ban` is the sentence of a payer that forbids discounts."""

    index: int
    sum: Money
    service_id: int
    category_id: int
    ban: Any = ""
    by_hand: bool = False

    @property
    def is_open(self) -> bool:
        return not self.ban and not self.by_hand and self.sum > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one rule: `chosen` with its amounts by line, or a code that says why not, with facts.

    `alone` is what the rule would give by itself, where it fits.
    """

    rule: Rule
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[int, Money] = field(default_factory=dict)
    alone: Money = ZERO

    @property
    def is_chosen(self) -> bool:
        return self.code == "chosen"

    @property
    def amount(self) -> Money:
        return sum(self.amounts.values(), ZERO)


def decide(
    rules: Iterable[Rule], situation: Situation, items: Sequence[Item], only: frozenset[int] | None = None
) -> list[Verdict]:
    """A verdict a rule, chosen ones first in their order. `only` are rules that a person has picked; None is the best."""
    told: list[Verdict] = []
    fit: list[tuple[Rule, Money]] = []
    open_items = [item for item in items if item.is_open]
    for rule in sorted(rules, key=lambda rule: (rule.position, rule.key)):
        why = ("not_picked", {}) if only is not None and rule.key not in only else reason_against(rule, situation)
        why = why or _nothing_to_take(rule, items)
        if why:
            told.append(Verdict(rule=rule, code=why[0], facts=why[1]))
            continue
        alone = sum(gives(rule, open_items, {item.index: item.sum for item in open_items}).values(), ZERO)
        if alone:
            fit.append((rule, alone))
        else:
            told.append(Verdict(rule=rule, code="rounds_to_nothing"))
    return [*_choose(fit, open_items), *told]


def reason_against(rule: Rule, situation: Situation) -> tuple[str, dict[str, Any]] | None:
    """Why a rule does not fit the patient, the time or the place; None where it does."""
    return next(
        (
            found
            for ask in (_place_against, _time_against, _patient_against, _caps_against)
            if (found := ask(rule, situation))
        ),
        None,
    )


def _place_against(rule: Rule, situation: Situation) -> tuple[str, dict[str, Any]] | None:
    return ("branch", {}) if rule.branches and situation.branch_id not in rule.branches else None


def _time_against(rule: Rule, situation: Situation) -> tuple[str, dict[str, Any]] | None:
    if rule.starts and situation.on < rule.starts:
        return "not_yet", {"day": rule.starts}
    if rule.ends and situation.on > rule.ends:
        return "over", {"day": rule.ends}
    begins, ends = rule.hours
    if situation.at is None:
        return ("at_visit", {}) if rule.weekdays or begins or ends else None
    if rule.weekdays and situation.on.weekday() not in rule.weekdays:
        return "weekday", {"weekdays": tuple(sorted(rule.weekdays))}
    if (begins and situation.at < begins) or (ends and situation.at >= ends):
        return "hours", {"begins": begins, "ends": ends}
    return None


def _patient_against(rule: Rule, situation: Situation) -> tuple[str, dict[str, Any]] | None:
    born = situation.birth_date
    if rule.recipients in ("age", "birthday") and born is None:
        return "no_birth_date", {}
    if rule.recipients == "age" and born is not None:
        age, (least, most) = age_on(born, situation.on), rule.ages
        is_fit = (least is None or age >= least) and (most is None or age <= most)
        return None if is_fit else ("age", {"age": age})
    if rule.recipients == "birthday" and born is not None and not is_near_birthday(born, situation.on, rule.birthday):
        return "birthday", {}
    if rule.recipients == "groups" and situation.group_id not in rule.groups:
        return "group", {}
    if rule.recipients == "first_visit" and not situation.is_first:
        return "not_first", {}
    if rule.recipients == "patients":
        if not rule.is_granted:
            return "not_granted", {}
        if rule.granted_until and situation.on > rule.granted_until:
            return "grant_over", {"day": rule.granted_until}
    return None


def _caps_against(rule: Rule, situation: Situation) -> tuple[str, dict[str, Any]] | None:
    if rule.uses_left is not None and rule.uses_left <= 0:
        return "used_up", {}
    if rule.patient_uses_left is not None and rule.patient_uses_left <= 0:
        return "used_up_patient", {}
    if rule.budget_left is not None and rule.budget_left <= 0:
        return "no_budget", {}
    return None


def _nothing_to_take(rule: Rule, items: Sequence[Item]) -> tuple[str, dict[str, Any]] | None:
    covered = [item for item in items if item.sum > 0 and rule.covers(item)]
    if not covered:
        return "no_services", {}
    if any(item.is_open for item in covered):
        return None
    ban = next((item.ban for item in covered if item.ban), "")
    return ("banned", {"text": ban}) if ban else ("by_hand", {})


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_near_birthday(born: date, day: date, days: tuple[int, int]) -> bool:
    """Within so many days before and after; who was born on 29 February has it on the 28th in other years."""
    before, after = days
    for year in (day.year - 1, day.year, day.year + 1):
        try:
            birthday = born.replace(year=year)
        except ValueError:
            birthday = date(year, 2, 28)
        if birthday - timedelta(days=before) <= day <= birthday + timedelta(days=after):
            return True
    return False


# Sums


def gives(rule: Rule, items: Sequence[Item], left: Mapping[int, Money]) -> dict[int, Money]:
    """What a rule takes off lines of which so much is left, rounded once, parts adding up to the kopeck."""
    covered = [item.index for item in items if rule.covers(item) and left[item.index] > 0]
    total = sum((left[index] for index in covered), ZERO)
    wanted = share(total, rule.value) if rule.kind == "percent" else money(rule.value)
    for bound in (total, rule.most, rule.budget_left):
        wanted = wanted if bound is None else min(wanted, bound)
    if wanted <= 0:
        return {}
    pieces = spread_in_order([left[index] for index in covered], wanted)
    return {index: piece for index, piece in zip(covered, pieces, strict=True) if piece}


def spread_in_order(sums: Sequence[Money], amount: Money) -> list[Money]:
    """In proportion to the sums, to the kopeck; what rounding leaves falls on the later lines, none above its sum."""
    total = sum(sums, ZERO)
    pieces, before, run = [], ZERO, Decimal(0)
    for each in sums:
        run += each
        until = money(amount * run / total)
        pieces.append(until - before)
        before = until
    return pieces


def take(chosen: Sequence[Rule], items: Sequence[Item]) -> dict[int, dict[int, Money]]:
    """Rules one after the other, each of what is left: {rule key: {line: amount}}."""
    left = {item.index: item.sum for item in items}
    found: dict[int, dict[int, Money]] = {}
    for rule in chosen:
        found[rule.key] = gives(rule, items, left)
        for index, amount in found[rule.key].items():
            left[index] -= amount
    return found


def total_of(taken: Mapping[int, Mapping[int, Money]]) -> Money:
    return sum((amount for amounts in taken.values() for amount in amounts.values()), ZERO)


def may_stand_together(one: Rule, other: Rule, items: Iterable[Item]) -> bool:
    if one.combines and other.combines:
        return True
    return not any(one.covers(item) and other.covers(item) for item in items)


def sets_of(rules: Sequence[Rule], items: Sequence[Item]) -> Iterator[tuple[Rule, ...]]:
    """Every set of rules that may stand together, smaller ones first."""
    apart = {(one.key, other.key) for one, other in combinations(rules, 2) if not may_stand_together(one, other, items)}
    for size in range(1, len(rules) + 1):
        for found in combinations(rules, size):
            if not any((one.key, other.key) in apart for one, other in combinations(found, 2)):
                yield found


def _choose(fit: Sequence[tuple[Rule, Money]], items: Sequence[Item]) -> list[Verdict]:
    """The set that gives most; of equal ones the smallest, then the one whose rules stand first."""
    if not fit:
        return []
    generous = sorted(fit, key=lambda each: -each[1])[:TRIED]
    tried = [rule for rule, _alone in fit if any(rule is other for other, _sum in generous)]
    best: dict[int, dict[int, Money]] = {}
    for found in sets_of(tried, items):
        taken = take(found, items)
        if total_of(taken) > total_of(best):
            best = taken
    alone = {rule.key: amount for rule, amount in fit}
    rules = {rule.key: rule for rule, _alone in fit}
    names = [rules[key].name for key in best]
    facts = {"among": len(fit), "total": total_of(best)}
    chosen = [
        Verdict(rule=rules[key], code="chosen", facts=facts, amounts=amounts, alone=alone[key])
        for key, amounts in best.items()
    ]
    lost = [
        Verdict(
            rule=rule, code="worse", alone=amount, facts={"amount": amount, "by": names, "best": total_of(best)}
        )
        for rule, amount in fit if rule.key not in best
    ]  # fmt: skip
    return [*chosen, *lost]
