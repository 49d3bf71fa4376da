"""Who pays for a line, by which price, with a discount or not, and how much of it: the payer engine (MOON-08, BIL-04).

Payers' apps state facts (`Candidate`, `Terms`), the decisions are taken here, one after the other and for every payer
alike: the payer, the price, whether a discount is allowed, what is approved, how far the limits go, who pays the rest.
Each decision leaves a `Reason`, which `billing.words` turns into a sentence. Nothing here knows a payer by name.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Money = Decimal
ZERO = Decimal("0.00")

# Who pays what the limit does not cover: the patient, another payer, or nobody, so that nothing is sold.
PATIENT, OTHER, BLOCK = "patient", "other", "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a payer says of one line. Sentences are translated by the app that says them.

    `price` for one holds instead of the main list's; `most` is the largest sum that he takes of the line (what is
    approved, less the patient's own part); it draws on every one of `limits`. A `refusal` says why he does not pay for
    this line at all: it then falls to the next payer or the patient. A `stop` forbids to issue the line (it is
    raised): he will pay, but not before somebody has agreed.
    """

    price: Money | None = None
    most: Money | None = None
    limits: tuple[int, ...] = ()
    refusal: Any = ""
    stop: Exception | None = None
    why: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may pay for this patient in this branch on this day: a policy, a barter entry, an organisation.

    `terms` are by the line's index. The usual payer takes lines for which nobody was named, while his limits last.
    `no_discount`, `no_tax` and `price_why` are sentences; filled, they forbid a discount and keep his sums out of the
    tax certificate. `over` says who pays what his limits do not cover; `over_payer` and `over_why` say more of it.
    With `blocks_when_spent` a line for which he was named is not sold when he has nothing left at all.
    """

    payer: Any
    title: Any
    terms: Mapping[int, Terms] = field(default_factory=dict)
    is_usual: bool = False
    price_why: Any = ""
    no_discount: Any = ""
    no_tax: Any = ""
    over: str = PATIENT
    over_payer: Any = None
    over_why: Any = ""
    blocks_when_spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line before it is divided. `named` is a kind, a payer's key, or None; `plan_line_id` may have sums reserved."""

    index: int
    price: Money
    quantity: int = 1
    named: str | int | None = None
    plan_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One decision: what it is about, and either the app's own sentence or a code with facts."""

    about: str  # payer, price, discount, approval, limit, tax
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Choice:
    """Who pays for a line and on what terms; filled step by step."""

    line: Line
    candidate: Candidate | None = None
    terms: Terms = field(default_factory=Terms)
    reasons: list[Reason] = field(default_factory=list)
    stop: Exception | None = None

    @property
    def price(self) -> Money:
        return self.line.price if self.terms.price is None else self.terms.price

    @property
    def is_priced_by_payer(self) -> bool:
        return self.terms.price is not None

    @property
    def bans_discount(self) -> bool:
        return self.candidate is not None and bool(self.candidate.no_discount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """So much of a line is this payer's; `payer` None is the patient. `draws` are limits with the sum taken of each."""

    index: int
    payer: Any
    amount: Money
    draws: tuple[tuple[int, Money], ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class OverLimitAt:
    """A line that may not be sold, since the limit has only so much left."""

    index: int
    left: Money
    wanted: Money
    title: Any


# Decisions, in their order


def choose(line: Line, candidates: Sequence[Candidate], unspent: Mapping[int, Money]) -> Choice:
    """The payer of a line: the named one, else the first usual one whose limits have something unspent."""
    choice = Choice(line)
    for candidate in candidates:
        terms = candidate.terms.get(line.index, Terms())
        if not _is_meant(line, candidate, terms, unspent):
            continue
        if terms.refusal:
            choice.reasons.append(Reason("approval", "said", {"text": terms.refusal}))
            continue
        choice.candidate, choice.terms, choice.stop = candidate, terms, terms.stop
        break
    _say(choice)
    return choice


def _is_meant(line: Line, candidate: Candidate, terms: Terms, unspent: Mapping[int, Money]) -> bool:
    if line.named is None:
        return candidate.is_usual and all(unspent.get(limit, ZERO) > 0 for limit in terms.limits)
    return line.named in (candidate.payer.kind, candidate.payer.pk)


def _say(choice: Choice) -> None:
    """What was decided before sums are looked at: payer, price, ban of discounts, approval, tax."""
    candidate = choice.candidate
    if candidate is None:
        return
    code = "usual" if choice.line.named is None else "named"
    choice.reasons.append(Reason("payer", code, {"payer": candidate.title}))
    if candidate.price_why:
        choice.reasons.append(Reason("price", "said", {"text": candidate.price_why}))
    if candidate.no_discount:
        choice.reasons.append(Reason("discount", "said", {"text": candidate.no_discount}))
    if choice.stop is not None:
        choice.reasons.append(Reason("approval", "said", {"text": str(choice.stop)}))
    if candidate.no_tax:
        choice.reasons.append(Reason("tax", "said", {"text": candidate.no_tax}))


def divide(
    choices: Sequence[Choice], sums: Sequence[Money], left: Mapping[int, Money], held: Mapping[tuple[int, int], Money]
) -> tuple[list[Piece], list[OverLimitAt]]:
    """Divide the lines' sums, in their order, over payers whose limits have `left` free.

    `held` is what an approved plan reserved for a line: it is spent first and by that line alone. The pieces of a line
    add up to its sum to the kopeck; no limit gives more than it has. What may not be sold is told, not decided.
    """
    free = dict(left)
    kept = dict(held)
    began = {limit: free.get(limit, ZERO) + _held_by(choices, kept, limit) for limit in free}
    pieces: list[Piece] = []
    refused: list[OverLimitAt] = []
    for choice, amount in zip(choices, sums, strict=True):
        found, over = _divide_one(choice, amount, free, kept, began)
        pieces += found
        refused += over
    return pieces, refused


def _held_by(choices: Sequence[Choice], kept: Mapping[tuple[int, int], Money], limit: int) -> Money:
    own = {choice.line.plan_line_id for choice in choices}
    return sum((amount for (of, line), amount in kept.items() if of == limit and line in own), ZERO)


def _divide_one(
    choice: Choice, amount: Money, free: MutableMapping[int, Money], kept: MutableMapping[tuple[int, int], Money],
    began: Mapping[int, Money],
) -> tuple[list[Piece], list[OverLimitAt]]:  # fmt: skip
    index, candidate, terms = choice.line.index, choice.candidate, choice.terms
    if candidate is None:
        return [Piece(index=index, payer=None, amount=amount)], []
    wanted = amount if terms.most is None else max(ZERO, min(amount, terms.most))
    takes = min([wanted, *(_available(limit, choice.line, free, kept) for limit in terms.limits)])
    for limit in terms.limits:
        _draw(limit, choice.line, takes, free, kept)
    over, own = wanted - takes, amount - wanted
    draws = tuple((limit, takes) for limit in terms.limits if takes)
    pieces = [Piece(index=index, payer=candidate.payer, amount=takes, draws=draws, reason=_taken(choice, takes, free))]
    if over:
        reason = _over(choice, over)
        choice.reasons.append(reason)
        payer = candidate.over_payer if candidate.over == OTHER else None
        pieces.append(Piece(index=index, payer=payer, amount=over, reason=reason))
    if own:
        reason = Reason("payer", "own_part", {"amount": own})
        pieces.append(Piece(index=index, payer=None, amount=own, reason=reason))
    refused = []
    most = min((began[limit] for limit in terms.limits), default=ZERO)
    is_spent = candidate.blocks_when_spent and choice.line.named is not None and not most
    if over and (candidate.over == BLOCK or is_spent):
        refused.append(OverLimitAt(index, most, wanted, candidate.title))
    return _joined(pieces), refused


def _available(limit: int, line: Line, free: Mapping[int, Money], kept: Mapping[tuple[int, int], Money]) -> Money:
    return max(ZERO, free.get(limit, ZERO)) + kept.get((limit, line.plan_line_id or 0), ZERO)


def _draw(
    limit: int, line: Line, takes: Money, free: MutableMapping[int, Money], kept: MutableMapping[tuple[int, int], Money]
) -> None:
    """First what is reserved for the line, then what is free."""
    key = (limit, line.plan_line_id or 0)
    reserved = min(kept.get(key, ZERO), takes)
    if reserved:
        kept[key] -= reserved
    free[limit] = free.get(limit, ZERO) - (takes - reserved)


def _taken(choice: Choice, takes: Money, free: Mapping[int, Money]) -> Reason | None:
    assert choice.candidate is not None
    if choice.terms.why:
        return Reason("payer", "said", {"text": choice.terms.why})
    if not choice.terms.limits or not takes:
        return None
    left = min(max(ZERO, free[limit]) for limit in choice.terms.limits)
    return Reason("limit", "taken", {"payer": choice.candidate.title, "left": left})


def _over(choice: Choice, over: Money) -> Reason:
    candidate = choice.candidate
    assert candidate is not None
    if candidate.over_why:
        return Reason("limit", "over_said", {"amount": over, "text": candidate.over_why})
    return Reason("limit", f"over_{candidate.over}", {"amount": over, "payer": candidate.title})


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """One piece a payer; a payer with nothing is left out unless nobody else is there."""
    found: dict[Any, Piece] = {}
    for piece in pieces:
        key = None if piece.payer is None else piece.payer.pk
        if key in found:
            old = found[key]
            piece = Piece(
                index=old.index, payer=old.payer, amount=old.amount + piece.amount, draws=old.draws + piece.draws,
                reason=old.reason if old.amount else piece.reason,
            )  # fmt: skip
        found[key] = piece
    real = [piece for piece in found.values() if piece.amount]
    return real or list(found.values())[-1:]
