"""Arithmetic of money on plain values: sums of lines, division of discounts and payments, states of an invoice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.money import ZERO, Money, money, share, split

DEPOSIT, CARD, CASH, BANK, OFFSET = "deposit", "card", "cash", "bank", "offset"
# What is spent first. Cash comes last, so that a surplus is cash, from which change can be given.
ORDER: Final = (DEPOSIT, OFFSET, BANK, CARD, CASH)


def line_sum(price: Money, quantity: int, discount: Money) -> Money:
    return money(price * quantity - discount)


def percent_of(price: Money, quantity: int, percent: Money) -> Money:
    """A discount in percent as a sum, rounded half up once for the whole line."""
    return share(price * quantity, percent)


def spread_discount(sums: Sequence[Money], discount: Money) -> list[Money]:
    """A discount on the whole invoice by lines in proportion to their sums; no kopeck is lost (BIL-02)."""
    if not discount:
        return [ZERO for _sum in sums]
    return split(discount, sums)


def status_of(total: Money, paid: Money) -> str:
    """What an issued invoice is called; one of nothing is paid at once."""
    if paid >= total:
        return "paid"
    return "partly_paid" if paid else "issued"


@dataclass(frozen=True, slots=True)
class Due:
    """What is left to pay of a share."""

    share_id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Part:
    """So much by a method to a share, or to the deposit where `share_id` is None."""

    method: str
    share_id: int | None
    amount: Money


def in_order(tenders: Iterable[tuple[str, Money]]) -> list[tuple[str, Money]]:
    """One tender a method, in the order in which they are spent."""
    sums: dict[str, Money] = {}
    for method, amount in tenders:
        sums[method] = sums.get(method, ZERO) + amount
    return [(method, sums[method]) for method in ORDER if sums.get(method)]


def spread(tenders: Sequence[tuple[str, Money]], dues: Sequence[Due]) -> tuple[list[Part], list[tuple[str, Money]]]:
    """Divide tenders over what is due, each in proportion to what is then left, and say what remains of them.

    In proportion, and not line by line, so that no doctor of an invoice is paid before another (payroll by paid
    sums); a part is never more than its due.
    """
    parts: list[Part] = []
    left = {due.share_id: due.amount for due in dues if due.amount > 0}
    rest: list[tuple[str, Money]] = []
    for method, amount in tenders:
        takes = min(amount, sum(left.values(), ZERO))
        if takes:
            keys = list(left)
            for key, piece in zip(keys, split(takes, list(left.values())), strict=True):
                if piece:
                    parts.append(Part(method, key, piece))
                    left[key] -= piece
            left = {key: value for key, value in left.items() if value > 0}
        if amount > takes:
            rest.append((method, amount - takes))
    return parts, rest


def total(tenders: Iterable[tuple[str, Money]]) -> Money:
    return sum((amount for _method, amount in tenders), ZERO)


def change_of(tenders: Sequence[tuple[str, Money]], due: Money) -> tuple[list[tuple[str, Money]], Money]:
    """Take the change out of the cash given: what is entered, and what goes back over the desk."""
    surplus = max(ZERO, total(tenders) - due)
    entered: list[tuple[str, Money]] = []
    given = ZERO
    for method, amount in tenders:
        back = min(amount, surplus - given) if method == CASH else ZERO
        given += back
        if amount > back:
            entered.append((method, amount - back))
    return entered, given


def the_way_it_came(amount: Money, moves: Iterable[tuple[str, Money]]) -> list[tuple[str, Money]]:
    """By which methods a sum goes back: those of what came last, less what went back since (BIL-36).

    `moves` are newest first, below zero what went back. What no move explains goes back in cash.
    """
    gone: dict[str, Money] = {}
    back: dict[str, Money] = {}
    for method, moved in moves:
        if moved < 0:
            gone[method] = gone.get(method, ZERO) - moved
            continue
        spent = min(moved, gone.get(method, ZERO))
        gone[method] = gone.get(method, ZERO) - spent
        part = min(moved - spent, amount)
        back[method] = back.get(method, ZERO) + part
        amount -= part
    back[CASH] = back.get(CASH, ZERO) + amount
    return [(method, back[method]) for method in ORDER if back.get(method)]


AGES: Final = ((0, 30), (31, 60), (61, 90), (91, None))


def age_bucket(days: int) -> int:
    """The place of a debt's age in AGES (BIL-07)."""
    return next(place for place, (_first, last) in enumerate(AGES) if last is None or days <= last)
