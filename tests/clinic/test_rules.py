"""The clinic's decisions on plain values."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import rules


@pytest.mark.parametrize(
    ("inn", "fits"),
    [("7707083893", True), ("500100732259", True), ("7707083894", False), ("500100732258", False), ("770708389", False),
     ("", False), ("77070838٩3", False)],
)  # fmt: skip
def test_an_inn_is_told_from_a_mistyped_one(inn, fits):
    assert rules.inn_fits(inn) is fits


@pytest.mark.parametrize(
    ("ogrn", "fits"), [("1027700132195", True), ("304500116000157", True), ("1027700132194", False), ("1", False)]
)
def test_an_ogrn_is_told_from_a_mistyped_one(ogrn, fits):
    assert rules.ogrn_fits(ogrn) is fits


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_of_an_inn_is_always_noticed(inn, place, other):
    mistyped = inn[:place] + str(other) + inn[place + 1 :]
    if mistyped != inn and rules.inn_fits(inn) and place == 9:
        assert not rules.inn_fits(mistyped)


@pytest.mark.parametrize(
    ("pin", "fault"),
    [("4817", ""), ("481759", ""), ("0000", "simple"), ("1234", "simple"), ("4321", "simple"), ("123", "length"),
     ("1234567", "length"), ("12a4", "length"), ("٤٨١٧", "length")],
)  # fmt: skip
def test_a_pin_is_four_to_six_digits_and_not_the_first_to_be_guessed(pin, fault):
    assert rules.pin_fault(pin) == fault


def test_hours_are_both_or_none_and_in_order():
    assert rules.hours_fit(time(9), time(21))
    assert rules.hours_fit(None, None)
    assert not rules.hours_fit(time(9), None)
    assert not rules.hours_fit(time(21), time(9))


@pytest.mark.feature("SET-06", "SET-22")
@pytest.mark.parametrize(
    ("roles", "granted", "refused", "is_on", "given_", "origin"),
    [
        ({}, (), (), True, False, "none"),
        ({"A": ["x"]}, (), (), True, True, "role"),
        ({}, ("x",), (), True, True, "own"),
        ({"A": ["x"]}, ("x",), ("x",), True, False, "refused"),
        ({"A": ["x"]}, (), (), False, False, "module_off"),
        ({"A": ["x"]}, (), ("x",), False, False, "refused"),
    ],
)
def test_a_refusal_wins_over_an_addition_and_an_addition_over_roles(roles, granted, refused, is_on, given_, origin):
    found = rules.effective_right("x", roles, granted, refused, is_on)
    assert (found.is_given, found.origin) == (given_, origin)


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc")))
def test_what_is_refused_is_never_given(role, granted, refused):
    for code in refused:
        assert not rules.effective_right(code, {"R": role}, granted, refused, True).is_given


JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@pytest.mark.feature("SET-20", "BIL-41")
@pytest.mark.parametrize(
    ("rows", "branch", "roles", "until"),
    [
        ([], 1, [7], None),
        ([(None, None, JAN)], 1, [7], JAN),
        ([(None, None, JAN), (1, None, FEB)], 1, [], FEB),
        ([(None, None, JAN), (2, None, FEB)], 1, [], JAN),
        ([(None, 7, FEB)], 1, [7], FEB),
        ([(None, 7, FEB)], 1, [8], None),
        ([(None, 7, FEB)], 1, [7, 8], None),
        ([(None, 7, FEB), (None, 8, JAN)], 1, [7, 8], JAN),
        ([(None, None, JAN), (None, 7, MAR)], 1, [8], JAN),
        ([(1, 7, MAR)], 2, [7], None),
        ([(None, 7, MAR)], 1, None, None),
    ],
)
def test_the_mildest_role_counts_and_what_binds_everybody_binds_at_least(rows, branch, roles, until):
    assert rules.closed_until(rows, branch, roles) == until
