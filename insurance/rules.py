"""What a policy pays of a line, on plain values (domain 4, rule 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.money import ZERO, Money, share

STEPS = {
    "draft": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"query", "accepted_full", "accepted_partial", "refused", "cancelled"}),
    "query": frozenset({"sent", "accepted_full", "accepted_partial", "refused", "cancelled"}),
    "accepted_full": frozenset({"sent", "expired", "cancelled"}),
    "accepted_partial": frozenset({"sent", "expired", "cancelled"}),
    "refused": frozenset({"sent"}),
    "expired": frozenset(),
    "cancelled": frozenset(),
}


def may_step(source: str, to: str) -> bool:
    return to in STEPS[source]


@dataclass(frozen=True, slots=True)
class Ask:
    """A line that the policy covers: what is approved of it, or its whole price, and how much of that he pays."""

    index: int
    approved: Money
    percent: int = 100


@dataclass(frozen=True, slots=True)
class Part:
    """The most that the insurer takes, and of what the patient pays himself: his share, and his franchise."""

    index: int
    most: Money
    own: Money
    franchise: Money


def parts_of(asks: Sequence[Ask], *, own_percent: int, own_amount: Money, franchise_left: Money) -> list[Part]:
    """First the patient's share in percent, then his sum for the visit, then the franchise that is left.

    The sum for the visit and the franchise are one for all lines and are spent in their order.
    """
    visit, franchise = own_amount, franchise_left
    parts = []
    for ask in asks:
        covered = share(ask.approved, ask.percent)
        own = share(covered, own_percent)
        more = min(visit, covered - own)
        deducted = min(franchise, covered - own - more)
        visit, franchise = visit - more, franchise - deducted
        parts.append(Part(ask.index, covered - own - more - deducted, ask.approved - covered + own + more, deducted))
    return parts


@dataclass(frozen=True, slots=True)
class Rule:
    """How a programme treats a service."""

    percent: int
    needs_approval: bool


def rule_for(
    service_id: int, category_id: int, by_service: dict[int, Rule], by_category: dict[int, Rule], otherwise: Rule
) -> Rule:
    """The most exact rule wins: the service's own, its category's, the programme's for everything else."""
    return by_service.get(service_id) or by_category.get(category_id) or otherwise


WHOLE = Rule(100, True)  # a policy without a programme


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an approval as the insurer answered it."""

    key: int
    quantity: int
    price: Money


def wrong_lines(asked: dict[int, tuple[int, Money]], given: Sequence[Wanted]) -> dict[str, str]:
    """What is wrong with an answer: {"0.line": "unknown"}; a line twice, more than asked, dearer than asked."""
    problems: dict[str, str] = {}
    seen: set[int] = set()
    for number, line in enumerate(given):
        known = asked.get(line.key)
        if known is None:
            problems[f"{number}.line"] = "unknown"
        elif line.key in seen:
            problems[f"{number}.line"] = "twice"
        elif not 1 <= line.quantity <= known[0]:
            problems[f"{number}.quantity"] = "quantity"
        elif not ZERO <= line.price <= known[1]:
            problems[f"{number}.price"] = "price"
        seen.add(line.key)
    return problems


@dataclass(frozen=True, slots=True)
class Claim:
    """A line of a sent register, as a payment of the insurer may name it."""

    key: int
    place: int
    policy: str
    code: str
    day: str
    left: Money
    name: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the insurer's file."""

    row: int
    place: int | None
    policy: str
    code: str
    day: str
    paid: Money
    refused: Money
    reason: str = ""


def match(claims: Sequence[Claim], rows: Sequence[Told]) -> tuple[dict[int, int], dict[int, str]]:
    """Which row of a file speaks of which claim: {row: key}, and of the rest {row: why not}.

    By its number in the register where the file has it, else by policy, code and day as far as they are given. A claim
    is matched once; rows that fit several go to them in order.
    """
    taken: set[int] = set()
    found: dict[int, int] = {}
    lost: dict[int, str] = {}
    by_place = {claim.place: claim for claim in claims}
    for row in rows:
        fits = [by_place[row.place]] if row.place in by_place else []
        if row.place is None:
            fits = [
                claim for claim in claims
                if (not row.policy or same(row.policy, claim.policy)) and (not row.code or same(row.code, claim.code))
                and (not row.day or row.day == claim.day) and (row.policy or row.code)
            ]  # fmt: skip
        free = [claim for claim in fits if claim.key not in taken]
        if not free:
            lost[row.row] = "taken" if fits else "unknown"
        elif row.paid + row.refused > free[0].left:
            lost[row.row] = "more"
        else:
            taken.add(free[0].key)
            found[row.row] = free[0].key
    return found, lost


def same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
