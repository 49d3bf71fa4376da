"""Which tags of 54-FZ a sum gets (domain 3.1): pure decisions about positions of a receipt and its forms of payment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.money import ZERO, Money

# Tag 1054.
SALE, REFUND = 1, 2
# Tag 1214.
FULL_PREPAYMENT, PREPAYMENT, ADVANCE, FULL, PARTIAL, CREDIT, CREDIT_PAYMENT = 1, 2, 3, 4, 5, 6, 7
# Tag 1212.
SERVICE, PAYMENT = 4, 10
# Tag 1199 by the word of the ATOL protocol. 22 % stands by the list in force since 2026.
VATS = {
    "none": 6, "vat0": 5, "vat5": 7, "vat7": 8, "vat10": 2, "vat20": 1, "vat22": 11, "vat105": 9, "vat107": 10,
    "vat110": 4, "vat120": 3, "vat122": 12,
}  # fmt: skip
FORMS = ("cash", "electronic", "advance", "credit", "other")  # tags 1031, 1081, 1215, 1216, 1217
FORM_OF = {"cash": "cash", "card": "electronic", "bank": "electronic", "deposit": "advance"}
NAME_LETTERS = 128  # tag 1030

STEPS = (5, 10, 30, 60, 120, 300)  # seconds: how soon a register that has taken a receipt is asked again
TRIES = (10, 30, 60, 300, 900, 1800)  # seconds to the next try of what has not left us


@dataclass(frozen=True, slots=True)
class Position:
    """Tag 1059. `credit` and `prepaid` are what this position adds to what stands open of the share by receipts."""

    name: str
    sum: Money
    method: int
    subject: int
    price: Money = ZERO
    quantity: int = 1
    credit: Money = ZERO
    prepaid: Money = ZERO
    share_id: int | None = None
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What one payment brings to one share, or to the deposit where there is no share.

    `before` was paid of the share earlier, `credit` is what earlier receipts have given on credit of it, `prepaid`
    what they have taken before the service; `is_rendered` tells whether the service is done.
    """

    name: str
    by_method: Mapping[str, Money]
    share_id: int | None = None
    share: Money = ZERO
    line_sum: Money = ZERO
    quantity: int = 1
    before: Money = ZERO
    credit: Money = ZERO
    prepaid: Money = ZERO
    is_rendered: bool = True
    agent_id: int | None = None

    @property
    def amount(self) -> Money:
        return sum(self.by_method.values(), ZERO)


@dataclass(frozen=True, slots=True)
class Draft:
    """A receipt before it is written: what for, and by what; both sides come to the same total."""

    operation: int
    positions: tuple[Position, ...]
    forms: Mapping[str, Money] = field(default_factory=dict)

    @property
    def total(self) -> Money:
        return sum((each.sum for each in self.positions), ZERO)

    @property
    def is_even(self) -> bool:
        return self.total == sum(self.forms.values(), ZERO)


def sale_of(paid: Sequence[Paid]) -> Draft:
    """Money that came in, or an advance that was set off: one position a service, an advance where there is none."""
    positions = [position for each in paid for position in sold(each)]
    forms = forms_of(paid)
    forms["credit"] = sum((each.credit for each in positions if each.credit > 0), ZERO)
    return Draft(SALE, tuple(priced(each, paid) for each in positions), forms)


def sold(paid: Paid) -> list[Position]:
    """The settlement of one share: what of it pays a debt, and what is settled, prepaid or left on credit now."""
    if paid.share_id is None:
        return [Position(short(paid.name), paid.amount, ADVANCE, PAYMENT)]
    found, amount = [], paid.amount
    debt = min(paid.credit, amount)
    if debt:
        found.append(position(paid, debt, CREDIT_PAYMENT, subject=PAYMENT, credit=-debt))
        amount -= debt
    if not amount:
        return found
    if not paid.is_rendered:
        is_whole = not paid.before and amount == paid.share
        method = FULL_PREPAYMENT if is_whole else PREPAYMENT
        return [*found, position(paid, amount, method, prepaid=amount)]
    rest = max(paid.share - paid.before - paid.amount, ZERO)
    if rest:
        return [*found, position(paid, amount + rest, PARTIAL, credit=rest)]
    return [*found, position(paid, amount, FULL)]


def returned_of(paid: Sequence[Paid]) -> Draft:
    """Money that went out: the advance, or the service whole with what of it was on credit and never paid."""
    positions = [gone(each) for each in paid]
    forms = forms_of(paid)
    forms["credit"] = sum((-each.credit for each in positions), ZERO)
    return Draft(REFUND, tuple(priced(each, paid) for each in positions), forms)


def gone(paid: Paid) -> Position:
    if paid.share_id is None:
        return Position(short(paid.name), paid.amount, ADVANCE, PAYMENT)
    prepaid = min(paid.prepaid, paid.amount)
    if prepaid and prepaid == paid.amount:
        method = FULL_PREPAYMENT if prepaid == paid.share else PREPAYMENT
        return position(paid, prepaid, method, prepaid=-prepaid)
    credit = paid.credit if paid.amount == paid.before else ZERO  # a part that goes back leaves the debt as it is
    return position(paid, paid.amount + credit, PARTIAL if credit else FULL, credit=-credit, prepaid=-prepaid)


def rendered_of(paid: Sequence[Paid]) -> Draft | None:
    """The service is done: what was prepaid for it is set off, the rest is given on credit; None: nothing was prepaid."""
    positions, forms = [], dict.fromkeys(FORMS, ZERO)
    for each in paid:
        if each.prepaid <= 0:
            continue
        rest = max(each.share - each.before, ZERO)
        method = PARTIAL if rest else FULL
        positions.append(position(each, each.prepaid + rest, method, credit=rest, prepaid=-each.prepaid))
        forms["advance"] += each.prepaid
        forms["credit"] += rest
    return Draft(SALE, tuple(priced(each, paid) for each in positions), forms) if positions else None


def mirrored(draft: Draft, open_prepaid: Mapping[int, Money]) -> Draft:
    """The same receipt the other way: same positions, same forms (a refund repeats its original).

    A prepayment that was set off meanwhile is returned as the settlement that it has become.
    """
    operation = REFUND if draft.operation == SALE else SALE
    positions = []
    for each in draft.positions:
        is_set_off = 0 < each.prepaid > open_prepaid.get(each.share_id or 0, ZERO)
        kept = replace(each, method=FULL, prepaid=ZERO) if is_set_off else each
        positions.append(replace(kept, credit=-kept.credit, prepaid=-kept.prepaid))
    return Draft(operation, tuple(positions), dict(draft.forms))


def position(
    paid: Paid, amount: Money, method: int, *, subject: int = SERVICE, credit: Money = ZERO, prepaid: Money = ZERO
) -> Position:
    return Position(
        short(paid.name), amount, method, subject, credit=credit, prepaid=prepaid, share_id=paid.share_id,
        agent_id=paid.agent_id,
    )  # fmt: skip


def priced(one: Position, paid: Iterable[Paid]) -> Position:
    """Price by quantity where they make the sum to the kopeck (1043 = 1079 x 1023), else one piece at the sum."""
    of = next((each for each in paid if each.share_id == one.share_id), None)
    if of and one.share_id and one.sum == of.line_sum and of.quantity > 1:
        price = (one.sum / of.quantity).quantize(Decimal("0.01"))
        if price * of.quantity == one.sum:
            return replace(one, price=price, quantity=of.quantity)
    return replace(one, price=one.sum, quantity=1)


def forms_of(paid: Iterable[Paid]) -> dict[str, Money]:
    forms = dict.fromkeys(FORMS, ZERO)
    for each in paid:
        for method, amount in each.by_method.items():
            forms[FORM_OF[method]] += amount
    return forms


def short(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…"


def pause(steps: Sequence[int], count: int) -> int:
    """Seconds to the next one after `count` of them; the last step again and again."""
    return steps[min(max(count, 0), len(steps) - 1)]
