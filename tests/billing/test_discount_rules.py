"""Which discount wins and why the others lose: the pure engine (BIL-21..24)."""

from datetime import date, time
from decimal import Decimal as D
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rules.discounts import (
    Item,
    Rule,
    Situation,
    decide,
    gives,
    may_stand_together,
    spread_in_order,
    take,
    total_of,
)

TUESDAY = date(2026, 11, 24)
HERE = Situation(on=TUESDAY, at=time(11), branch_id=1, birth_date=date(1960, 12, 1), group_id=5)
CLEANING, FILLING, CROWN = 1, 2, 3


def line(index, amount, service=FILLING, category=10, **more):
    return Item(index=index, sum=D(amount), service_id=service, category_id=category, **more)


def rule(key=1, value="10", **more):
    return Rule(key=key, name=f"Акция {key}", value=D(value), **more)


def codes(rules, situation=HERE, items=None, **more):
    return {each.rule.key: each.code for each in decide(rules, situation, items or [line(0, "1000.00")], **more)}


ORDER = [line(0, "5000.00", FILLING), line(1, "3000.00", CLEANING, 20), line(2, "20000.00", CROWN, 30)]


@pytest.mark.feature("BIL-21", "BIL-23")
@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule(), {0: "500.00", 1: "300.00", 2: "2000.00"}),
        (rule(source="listed", services=frozenset({CLEANING})), {1: "300.00"}),
        (rule(source="listed", categories=frozenset({30})), {2: "2000.00"}),
        (rule(source="except", services=frozenset({CROWN})), {0: "500.00", 1: "300.00"}),
        (rule(source="except", services=frozenset({CROWN}), categories=frozenset({20})), {0: "500.00"}),
        (rule(most=D("1400.00")), {0: "250.00", 1: "150.00", 2: "1000.00"}),
        (rule(budget_left=D("28.00")), {0: "5.00", 1: "3.00", 2: "20.00"}),
        (rule(kind="sum", value="1000"), {0: "178.57", 1: "107.14", 2: "714.29"}),
        (rule(kind="sum", value="99999"), {0: "5000.00", 1: "3000.00", 2: "20000.00"}),
        (rule(kind="sum", value="500", source="listed", services=frozenset({CLEANING})), {1: "500.00"}),
    ],
)
def test_a_discount_is_this_much_on_each_line(one, expected):
    [verdict] = decide([one], HERE, ORDER)
    assert verdict.is_chosen
    assert {index: str(amount) for index, amount in verdict.amounts.items()} == expected


@pytest.mark.feature("BIL-22", "BIL-23")
@pytest.mark.parametrize(
    ("terms", "situation", "code"),
    [
        ({"recipients": "age", "ages": (60, None)}, {}, "chosen:65"),
        ({"recipients": "age", "ages": (66, None)}, {}, "age"),
        ({"recipients": "age", "ages": (None, 64)}, {}, "age"),
        ({"recipients": "age", "ages": (60, None)}, {"birth_date": None}, "no_birth_date"),
        ({"recipients": "birthday", "birthday": (7, 0)}, {}, "chosen"),
        ({"recipients": "birthday", "birthday": (6, 14)}, {}, "birthday"),
        ({"recipients": "birthday", "birthday": (7, 7)}, {"on": date(2026, 12, 8)}, "chosen"),
        (
            {"recipients": "birthday", "birthday": (3, 3)},
            {"birth_date": date(2000, 1, 2), "on": date(2026, 12, 31)},
            "chosen",
        ),
        ({"recipients": "birthday"}, {"birth_date": date(2000, 2, 29), "on": date(2026, 2, 28)}, "chosen"),
        ({"recipients": "groups", "groups": frozenset({5})}, {}, "chosen"),
        ({"recipients": "groups", "groups": frozenset({6})}, {}, "group"),
        ({"recipients": "first_visit"}, {"is_first": True}, "chosen"),
        ({"recipients": "first_visit"}, {}, "not_first"),
        ({"recipients": "patients"}, {}, "not_granted"),
        ({"recipients": "patients", "is_granted": True}, {}, "chosen"),
        ({"recipients": "patients", "is_granted": True, "granted_until": TUESDAY}, {}, "chosen"),
        ({"recipients": "patients", "is_granted": True, "granted_until": date(2026, 11, 23)}, {}, "grant_over"),
        ({"starts": TUESDAY, "ends": TUESDAY}, {}, "chosen"),
        ({"starts": date(2026, 11, 25)}, {}, "not_yet"),
        ({"ends": date(2026, 11, 23)}, {}, "over"),
        ({"weekdays": frozenset({0, 2})}, {}, "weekday"),
        ({"weekdays": frozenset({1})}, {}, "chosen"),
        ({"hours": (time(9), time(11))}, {}, "hours"),
        ({"hours": (time(11), time(12))}, {}, "chosen"),
        ({"hours": (time(11), time(12))}, {"at": None}, "at_visit"),
        ({"weekdays": frozenset({1})}, {"at": None}, "at_visit"),
        ({"branches": frozenset({2})}, {}, "branch"),
        ({"uses_left": 0}, {}, "used_up"),
        ({"patient_uses_left": 0}, {}, "used_up_patient"),
        ({"budget_left": D("0.00")}, {}, "no_budget"),
        ({"source": "listed", "services": frozenset({CROWN})}, {}, "no_services"),
        ({"value": "0.0001"}, {}, "rounds_to_nothing"),
    ],
)
def test_a_rule_fits_or_says_why_not(terms, situation, code):
    now = Situation(**{name: getattr(HERE, name) for name in HERE.__slots__} | situation)
    assert codes([rule(**terms)], now) == {1: code.partition(":")[0]}


@pytest.mark.feature("BIL-26", "BAR-14")
def test_a_ban_and_a_hand_win_over_every_rule():
    banned = line(0, "1000.00", ban="Без скидок: бартер, договор 14")
    [verdict] = decide([rule()], HERE, [banned])
    assert (verdict.code, verdict.facts["text"]) == ("banned", "Без скидок: бартер, договор 14")
    assert codes([rule()], items=[line(0, "1000.00", by_hand=True)]) == {1: "by_hand"}
    [verdict] = decide([rule()], HERE, [banned, line(1, "200.00")])
    assert verdict.amounts == {1: D("20.00")}


@pytest.mark.feature("BIL-24", "CLN-32")
def test_the_best_one_is_chosen_and_the_others_say_what_they_would_have_given():
    seniors = rule(1, "5")
    hygiene = rule(2, "20", source="listed", services=frozenset({CLEANING}))
    sum_off = rule(3, "1000", kind="sum")
    chosen, *lost = decide([seniors, hygiene, sum_off], HERE, ORDER)
    assert (chosen.rule.key, chosen.amount) == (1, D("1400.00"))
    assert [(each.rule.key, each.code, each.alone) for each in lost] == [
        (2, "worse", D("600.00")),
        (3, "worse", D("1000.00")),
    ]


@pytest.mark.feature("BIL-02")
def test_discounts_that_add_up_are_taken_in_their_order_of_what_is_left():
    percent = rule(1, "10", combines=True, position=2)
    fixed = rule(2, "500", kind="sum", combines=True, position=1)
    found = decide([percent, fixed], HERE, [line(0, "1000.00")])
    assert [(each.rule.key, each.amount) for each in found] == [(2, D("500.00")), (1, D("50.00"))]


def test_discounts_of_different_services_stand_together():
    crowns = rule(1, "10", source="listed", services=frozenset({CROWN}))
    hygiene = rule(2, "20", source="listed", services=frozenset({CLEANING}))
    assert codes([crowns, hygiene], items=ORDER) == {1: "chosen", 2: "chosen"}


def test_a_person_may_pick_another_one_or_none():
    assert codes([rule(1, "5"), rule(2, "20")], only=frozenset({1})) == {1: "chosen", 2: "not_picked"}
    assert codes([rule(1, "5"), rule(2, "20")], only=frozenset()) == {1: "not_picked", 2: "not_picked"}


SUMS = st.integers(0, 3_000_000).map(lambda kopecks: D(kopecks) / 100)
SERVICES = st.sampled_from([CLEANING, FILLING, CROWN])
ITEMS = st.lists(
    st.builds(
        lambda amount, service, ban, hand: (amount, service, ban, hand),
        SUMS, SERVICES, st.sampled_from(["", "", "", "Бартер"]), st.sampled_from([False, False, True]),
    ),
    min_size=1, max_size=6,
).map(lambda rows: [line(i, *row[:2], ban=row[2], by_hand=row[3]) for i, row in enumerate(rows)])  # fmt: skip
RULES = st.lists(
    st.builds(
        dict,
        value=st.integers(1, 10_000).map(lambda n: D(n) / 100),
        kind=st.sampled_from(["percent", "sum"]),
        source=st.sampled_from(["order", "listed", "except"]),
        services=st.frozensets(SERVICES, max_size=2),
        most=st.none() | st.integers(1, 100_000).map(lambda n: D(n) / 100),
        budget_left=st.none() | st.integers(0, 100_000).map(lambda n: D(n) / 100),
        combines=st.booleans(),
        position=st.integers(1, 3),
    ),
    min_size=1, max_size=5,
).map(lambda rows: [Rule(key=key, name=str(key), **row) for key, row in enumerate(rows, 1)])  # fmt: skip


@pytest.mark.feature("BIL-24", "BIL-26")
@given(RULES, ITEMS)
@settings(max_examples=120, deadline=None)
def test_never_below_zero_never_over_a_cap_never_on_a_ban_and_nothing_gives_more(rules, items):
    chosen = [each for each in decide(rules, HERE, items) if each.is_chosen]
    sums = {item.index: item.sum for item in items}
    for each in chosen:
        assert each.amount > 0
        for bound in (each.rule.most, each.rule.budget_left):
            assert bound is None or each.amount <= bound
        for index, amount in each.amounts.items():
            assert amount > 0
            assert items[index].is_open and each.rule.covers(items[index])
            sums[index] -= amount
    assert all(amount >= 0 for amount in sums.values())
    open_items = [item for item in items if item.is_open]
    for one, other in combinations([each.rule for each in chosen], 2):
        assert may_stand_together(one, other, open_items)
    ordered = sorted(rules, key=lambda each: (each.position, each.key))
    usable = [each for each in ordered if each.budget_left is None or each.budget_left > 0]
    best = max(
        (
            total_of(take(found, open_items))
            for size in range(1, len(usable) + 1)
            for found in combinations(usable, size)
            if all(may_stand_together(one, other, open_items) for one, other in combinations(found, 2))
        ),
        default=D(0),
    )
    assert sum((each.amount for each in chosen), D(0)) == best


@given(st.lists(SUMS, min_size=1, max_size=8).filter(any), st.integers(0, 100))
def test_a_sum_is_spread_to_the_kopeck_and_no_line_gets_more_than_it_costs(sums, percent):
    amount = (sum(sums) * percent / 100).quantize(D("0.01"))
    pieces = spread_in_order(sums, amount)
    assert sum(pieces) == amount
    assert all(D(0) <= piece <= each for piece, each in zip(pieces, sums, strict=True))


def test_what_rounding_leaves_falls_on_the_last_line():
    assert spread_in_order([D("100.00")] * 3, D("100.00")) == [D("33.33"), D("33.34"), D("33.33")]
    assert spread_in_order([D("10.00"), D("10.00"), D("10.00")], D("0.01")) == [D("0.00"), D("0.01"), D("0.00")]
    assert gives(rule(), [line(0, "0.05")], {0: D("0.05")}) == {0: D("0.01")}
