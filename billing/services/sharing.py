"""Asking payers' apps and deciding with the engine who pays for the lines of one plan or invoice (MOON-08, BIL-04)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.errors import OverLimit
from billing.models import Limit
from billing.rules import sharing
from billing.rules.sharing import Candidate, Choice, Line, OverLimitAt, Piece
from billing.services.limits import Held, held_by, limits_check_open, limits_lock
from billing.slots import PAYERS, Quote, QuoteLine
from billing.words import over_limit
from core.errors import Invalid
from core.money import ZERO, Money


@dataclass(slots=True)
class Deal:
    """Who pays for the lines of one document: `choices` first, `pieces` once their sums are known.

    `discounts` are the promotions' parts of each line's discount, by its place; `kinds` are the payers that were asked.
    """

    choices: list[Choice]
    limits: dict[int, Limit] = field(default_factory=dict)
    held: Held = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    refused: list[OverLimitAt] = field(default_factory=list)
    discounts: dict[int, list[Any]] = field(default_factory=dict)
    kinds: frozenset[str] | None = None

    def divide(self, sums: Sequence[Money]) -> None:
        free = {pk: limit.free for pk, limit in self.limits.items() if limit.is_open}
        self.pieces, self.refused = sharing.divide(self.choices, sums, free, self.held)

    def draws(self) -> dict[int, Money]:
        """So much of each limit."""
        sums: dict[int, Money] = defaultdict(lambda: ZERO)
        for piece in self.pieces:
            for limit, amount in piece.draws:
                sums[limit] += amount
        return dict(sums)

    def refuse(self) -> None:
        """What may not be issued: a line that waits for somebody's agreement, a limit that nobody tops up."""
        for choice in self.choices:
            if choice.stop is not None:
                raise choice.stop
        for at in self.refused:
            raise OverLimit(over_limit(at.title, at.left), left=str(at.left), wanted=str(at.wanted))


def payers_ask(quote: Quote, *, is_firm: bool) -> Deal:
    """Ask every payers' app once, and choose a payer a line. `is_firm` locks the limits: the document is being issued.

    Raises Invalid on `lines.N.payer` for a payer that this patient does not have, LimitClosed.
    """
    candidates = [
        candidate
        for kind in PAYERS
        if quote.kinds is None or kind.kind in quote.kinds
        for candidate in kind.candidates(quote)
    ]
    _named_check(quote.lines, candidates)
    held = held_by(line.plan_line_id for line in quote.lines if line.plan_line_id)
    named = {limit for candidate in candidates for terms in candidate.terms.values() for limit in terms.limits}
    ids = named | {limit for limit, _line in held}
    limits = (limits_lock(ids) if is_firm else Limit.objects.select_related("payer").in_bulk(ids)) if ids else {}
    if is_firm:
        limits_check_open(limits[pk] for pk in named)
    unspent = {pk: limit.left for pk, limit in limits.items() if limit.is_open}
    lines = [
        Line(
            index=line.index, price=line.price, quantity=line.quantity, named=line.named, plan_line_id=line.plan_line_id
        )
        for line in quote.lines
    ]
    return Deal([sharing.choose(line, candidates, unspent) for line in lines], limits, held, kinds=quote.kinds)


def _named_check(lines: Iterable[QuoteLine], candidates: Sequence[Candidate]) -> None:
    known = {word for candidate in candidates for word in (candidate.payer.kind, candidate.payer.pk)}
    kinds = {kind.kind for kind in PAYERS}
    for line in lines:
        if line.named in (None, "patient") or line.named in known:
            continue
        said = _("This patient has no such payer on this day.") if line.named in kinds else _("There is no such payer.")
        raise Invalid(fields={f"lines.{line.index}.payer": said})


def payer_named(asked: str | int | None) -> str | int | None:
    """A chosen payer as the engine takes it: a kind, a payer's key, or None for the usual one."""
    if isinstance(asked, str) and asked.isascii() and asked.isdigit() and len(asked) < 18:
        return int(asked)
    return asked or None
