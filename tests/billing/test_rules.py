"""Division of money on plain values: by tables and by hypothesis."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import rules
from tests.billing.money import D

SUMS = st.decimals(min_value=0, max_value=100000, places=2)


@given(st.lists(SUMS, min_size=1, max_size=6), st.dictionaries(st.sampled_from(rules.ORDER), SUMS, max_size=4))
def test_a_payment_is_divided_without_a_kopeck_lost_or_a_due_passed(dues, tenders):
    ordered = rules.in_order(tenders.items())
    parts, rest = rules.spread(ordered, [rules.Due(place, due) for place, due in enumerate(dues)])
    paid = {place: sum((p.amount for p in parts if p.share_id == place), Decimal(0)) for place in range(len(dues))}
    assert all(paid[place] <= due for place, due in enumerate(dues))
    assert sum(paid.values()) + rules.total(rest) == rules.total(ordered)
    assert not rest or sum(paid.values()) == sum(dues)
    assert all(part.amount > 0 for part in parts)


def test_each_doctor_is_paid_in_proportion():
    parts, rest = rules.spread([("cash", D(300))], [rules.Due(1, D(1000)), rules.Due(2, D(500))])
    assert [(part.share_id, part.amount) for part in parts] == [(1, D(200)), (2, D(100))]
    assert rest == []


def test_a_surplus_is_cash_since_cash_is_spent_last():
    ordered = rules.in_order([("cash", D(3000)), ("card", D(2360)), ("deposit", D(100))])
    assert [method for method, _sum in ordered] == ["deposit", "card", "cash"]
    _parts, rest = rules.spread(ordered, [rules.Due(1, D(4860))])
    assert rest == [("cash", D(600))]


@pytest.mark.parametrize(
    ("cash", "card", "due", "entered", "change"),
    [
        (5000, 0, 4860, {"cash": 4860}, 140),
        (3000, 2360, 4860, {"card": 2360, "cash": 2500}, 500),
        (0, 5000, 4860, {"card": 5000}, 0),  # a card gives no change
        (100, 5000, 4860, {"card": 5000}, 100),
        (4860, 0, 4860, {"cash": 4860}, 0),
    ],
)
def test_change_is_given_out_of_the_cash(cash, card, due, entered, change):
    found, back = rules.change_of(rules.in_order([("cash", D(cash)), ("card", D(card))]), D(due))
    assert dict(found) == {method: D(amount) for method, amount in entered.items()}
    assert back == D(change)


@pytest.mark.parametrize(
    ("total", "paid", "status"), [(0, 0, "paid"), (10, 0, "issued"), (10, 4, "partly_paid"), (10, 10, "paid")]
)
def test_what_an_invoice_is_called(total, paid, status):
    assert rules.status_of(D(total), D(paid)) == status


@pytest.mark.parametrize(("days", "bucket"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (4000, 3)])
def test_a_debt_stands_in_the_bucket_of_its_age(days, bucket):
    assert rules.age_bucket(days) == bucket
