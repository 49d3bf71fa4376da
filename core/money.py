"""Money is a Decimal with two digits; floats are refused and splitting loses no kopeck."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

Money = Decimal
ZERO: Money = Decimal("0.00")
KOPECK: Money = Decimal("0.01")


def money(value: Decimal | int | str) -> Money:
    """Round half up to two digits. A float is a TypeError: it has already lost what we would keep."""
    if isinstance(value, float):
        raise TypeError("money is never a float")
    return Decimal(value).quantize(KOPECK, ROUND_HALF_UP)


def share(amount: Money, percent: Decimal | int) -> Money:
    """`percent` of `amount`, rounded half up."""
    return money(amount * Decimal(percent) / 100)


def split(amount: Money, weights: Sequence[Decimal | int]) -> list[Money]:
    """Divide by weights so that the parts add up exactly; the remainder falls on the largest fractions.

    Weights are not negative and not all zero. A negative amount splits as its mirror.
    """
    if amount < 0:
        return [-part for part in split(-amount, weights)]
    total = sum(Decimal(weight) for weight in weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be positive")
    kopecks = int(money(amount) * 100)
    exact = [kopecks * Decimal(weight) / total for weight in weights]
    whole = [int(part) for part in exact]
    order = sorted(range(len(exact)), key=lambda index: (whole[index] - exact[index], index))
    for index in order[: kopecks - sum(whole)]:
        whole[index] += 1
    return [Decimal(part) / 100 for part in whole]


class MoneyField(models.DecimalField):
    """Up to 999,999,999,999.99; JSON carries it as a string."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, float):
            raise TypeError("money is never a float")
        return super().get_prep_value(value)


NOT_NEGATIVE = MinValueValidator(ZERO)
