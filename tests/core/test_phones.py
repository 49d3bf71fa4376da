"""Phones are taken as people write them."""

import pytest

from core.phones import phone_of


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("8 (900) 123-45-67", "+79001234567"),
        ("9001234567", "+79001234567"),
        ("+7 900 123 45 67", "+79001234567"),
        ("7-900-123-45-67", "+79001234567"),
        ("+373 69 123456", "+37369123456"),
        ("8-495-111-22-33", "+74951112233"),
    ],
)
def test_a_phone_is_kept_as_e164(written, kept):
    assert phone_of(written) == kept


@pytest.mark.parametrize("written", ["", "abc", "12", "+7 900 123-45-678901234", "нет"])
def test_what_cannot_be_a_phone_is_refused(written):
    with pytest.raises(ValueError):
        phone_of(written)
