"""Arithmetic of prices on plain values."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from core.money import Money, money

ROUNDINGS = {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}


def price_on(prices: Iterable[tuple[date, Money]], day: date) -> Money | None:
    """The newest price that has begun; None before the first one."""
    begun = [(starts_on, amount) for starts_on, amount in prices if starts_on <= day]
    return max(begun)[1] if begun else None


def rounded(amount: Decimal, step: Decimal, way: str) -> Money:
    """To a multiple of `step` (0.01, 1, 10, 50, 100): nearest (halves go up), up or down."""
    return money((amount / step).quantize(Decimal(1), ROUNDINGS[way]) * step)


def changed(price: Money, kind: str, value: Decimal, step: Decimal, way: str) -> Money:
    """A price moved by `percent` or by `amount`, rounded; never below zero."""
    moved = price * (100 + value) / 100 if kind == "percent" else price + value
    return max(money(0), rounded(moved, step, way))
