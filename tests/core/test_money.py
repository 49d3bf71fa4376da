"""Money refuses floats and loses no kopeck."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.forms import MoneyField
from core.money import money, share, split

AMOUNTS = st.decimals(min_value="-9999999", max_value="9999999", places=2)


def test_money_refuses_a_float():
    with pytest.raises(TypeError):
        money(0.1)


def test_half_a_kopeck_rounds_up():
    assert money("0.005") == Decimal("0.01")
    assert share(Decimal("100.05"), 50) == Decimal("50.03")


@given(AMOUNTS, st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_parts_of_a_split_add_up_to_the_whole(amount, weights):
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(AMOUNTS, st.integers(1, 50))
def test_equal_parts_differ_by_at_most_a_kopeck(amount, count):
    parts = split(amount, [1] * count)
    assert max(parts) - min(parts) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("language", "typed", "sum"),
    [
        ("en", "3,000", "3000"), ("en", "1,234,567", "1234567"), ("en", "3,000.50", "3000.50"), ("en", "3,5", "3.5"),
        ("ru", "3 000", "3000"), ("ru", "3 000,50", "3000.50"), ("ro", "3.000", "3000"), ("ro", "3.000,50", "3000.50"),
    ],
)  # fmt: skip
def test_a_sum_is_read_as_the_page_of_that_language_writes_it(language, typed, sum):
    with translation.override(language):
        assert MoneyField().clean(typed) == Decimal(sum)


@pytest.mark.parametrize(("language", "typed"), [("ru", "3,000"), ("ru", "3.000"), ("en", "3.000"), ("en", "3,0000")])
def test_a_third_digit_of_kopecks_is_refused(language, typed):
    with translation.override(language), pytest.raises(ValidationError):
        MoneyField().clean(typed)
