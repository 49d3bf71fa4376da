"""Arithmetic and decisions of treatment on plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from clinical.teeth import CHART_ORDER
from core.money import ZERO, Money, money

STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"approved", "declined"}),
    "approved": frozenset({"draft", "in_work", "done", "declined"}),
    "in_work": frozenset({"approved", "done"}),
    "done": frozenset({"in_work", "approved"}),
    "declined": frozenset({"draft"}),
}


def may_step(source: str, to: str) -> bool:
    return to in STEPS[source]


def line_sum(price: Money, quantity: int, discount: Money) -> Money:
    return money(price * quantity - discount)


@dataclass(frozen=True, slots=True)
class Totals:
    gross: Money
    discount: Money

    @property
    def net(self) -> Money:
        return self.gross - self.discount


def totals_by_phase(lines: Iterable[tuple[int, Money, int, Money]]) -> dict[int, Totals]:
    """From (phase, price, quantity, discount) of each line; phases in order (CLN-36)."""
    found: dict[int, Totals] = {}
    for phase, price, quantity, discount in lines:
        before = found.get(phase, Totals(ZERO, ZERO))
        found[phase] = Totals(before.gross + price * quantity, before.discount + discount)
    return dict(sorted(found.items()))


def plan_status(states: Iterable[str]) -> str:
    """What an approved plan is, told by its lines."""
    found = set(states)
    if found == {"done"}:
        return "done"
    return "in_work" if found & {"done", "in_work"} else "approved"


def discount_of(text: str, gross: Money) -> Money:
    """«10%» of the line or a plain sum; ValueError for anything else."""
    plain = text.strip().replace(",", ".").replace(" ", "").replace("\xa0", "")
    if not plain:
        return ZERO
    try:
        if plain.endswith("%"):
            percent = Decimal(plain[:-1])
            if not 0 <= percent <= 100:
                raise ValueError(text)
            return money(gross * percent / 100)
        return money(plain)
    except ArithmeticError as error:
        raise ValueError(text) from error


def dentition(age: int | None) -> str:
    """Which teeth a chart opens with: milk teeth before six, both up to twelve, permanent after (domain 2.1)."""
    if age is None or age > 12:
        return "adult"
    return "child" if age < 6 else "mixed"


@dataclass(frozen=True, slots=True)
class Decay:
    """КПУ of permanent teeth and кп of primary ones: carious, filled, lost. A number only, no grade (domain 2.2)."""

    carious: int = 0
    filled: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        return self.carious + self.filled + self.lost


def decay(kinds: Mapping[int, set[str]], *, primary: bool) -> Decay:
    """From the kinds of findings by tooth; a filled tooth with caries counts as carious once."""
    carious = filled = lost = 0
    for tooth, found in kinds.items():
        if tooth not in CHART_ORDER or (tooth > 50) is not primary:
            continue
        if found & {"caries", "pulpitis", "periodontitis"}:
            carious += 1
        elif "missing" in found:
            lost += not primary
        elif found & {"filling"}:
            filled += 1
    return Decay(carious, filled, lost)


# How the chart draws a diagnosis: the longest beginning of its code that stands here.
KIND_BY_CODE = {
    "K00.0": "missing", "K00.6": "unerupted", "K01": "impacted", "K02": "caries", "K03.0": "attrition",
    "K03.1": "wedge", "K03.6": "calculus", "K03": "hypoplasia", "K00": "hypoplasia", "K04.0": "pulpitis",
    "K04.1": "pulpitis", "K04.2": "pulpitis", "K04.3": "pulpitis", "K04": "periodontitis", "K05": "gum",
    "K06": "gum", "K08.1": "missing", "K08.3": "root", "S02.5": "fracture", "S03.2": "fracture",
    "Z96.5": "implant", "Z97.2": "crown",
}  # fmt: skip


def kind_of(code: str) -> str:
    """The chart's mark for an ICD-10 code; «other» where it has none of its own."""
    for length in range(len(code), 2, -1):
        kind = KIND_BY_CODE.get(code[:length])
        if kind:
            return kind
    return "other"
