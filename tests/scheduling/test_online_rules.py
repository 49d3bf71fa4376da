"""What may be booked online, changed by the link, is asked of a first visit, and whose card it is: by tables."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from scheduling.online.rules import (
    Asked,
    Somebody,
    Terms,
    asked_of,
    days_of,
    may_change,
    person_of,
    refusal_of,
)

NOW = datetime(2027, 3, 1, 12, 0)
HOUR = timedelta(hours=1)


@pytest.mark.feature("SCH-51")
@pytest.mark.parametrize(
    ("start", "terms", "why"),
    [
        (NOW + 2 * HOUR, Terms(notice=2 * HOUR), ""),
        (NOW + 2 * HOUR - timedelta(minutes=1), Terms(notice=2 * HOUR), "too_soon"),
        (NOW - HOUR, Terms(), "too_soon"),
        (NOW + HOUR, Terms(same_day=False), "not_today"),
        (datetime(2027, 3, 2, 0, 0), Terms(same_day=False), ""),
        (datetime(2027, 3, 2, 9, 0), Terms(notice=24 * HOUR), "too_soon"),
        (datetime(2027, 3, 2, 12, 0), Terms(notice=24 * HOUR), ""),
        (datetime(2027, 3, 8, 23, 59), Terms(days_ahead=7), ""),
        (datetime(2027, 3, 9, 0, 0), Terms(days_ahead=7), "too_far"),
        (NOW + HOUR, Terms(days_ahead=0), ""),
        (datetime(2027, 3, 2, 0, 0), Terms(days_ahead=0), "too_far"),
    ],
)
def test_when_a_visit_may_be(start, terms, why):
    assert refusal_of(start, NOW, terms) == why


@pytest.mark.feature("SCH-51")
def test_every_day_that_is_shown_holds_a_moment_that_may_be_booked_and_no_other_day_does():
    for terms in (Terms(), Terms(same_day=False), Terms(notice=30 * HOUR), Terms(days_ahead=3, notice=5 * HOUR)):
        first, last = days_of(NOW, terms)
        for offset in range(70):
            day = NOW.date() + timedelta(days=offset)
            moments = [datetime.combine(day, datetime.min.time()) + timedelta(minutes=30 * n) for n in range(48)]
            assert any(not refusal_of(each, NOW, terms) for each in moments) == (first <= day <= last), (terms, day)


@pytest.mark.feature("SCH-52")
@pytest.mark.parametrize(
    ("ahead", "notice", "may"),
    [(12 * HOUR, 12 * HOUR, True), (12 * HOUR - timedelta(seconds=1), 12 * HOUR, False), (HOUR, timedelta(0), True),
     (timedelta(0), timedelta(0), False), (-HOUR, timedelta(0), False)],
)  # fmt: skip
def test_until_when_a_patient_changes_his_visit(ahead, notice, may):
    assert may_change(NOW + ahead, NOW, notice) is may


@pytest.mark.feature("SCH-51")
@pytest.mark.parametrize(
    ("kind", "amount", "is_first", "is_trusted", "asked"),
    [
        ("none", 1000, True, False, Asked()),
        ("deposit", 1000, True, False, Asked("deposit", Decimal(1000))),
        ("deposit", 0, True, False, Asked()),
        ("deposit", 1000, False, False, Asked()),
        ("deposit", 1000, True, True, Asked()),
        ("card", 1000, True, False, Asked("card")),
        ("card", 1000, True, True, Asked()),
    ],
)
def test_what_a_first_visit_asks_for(kind, amount, is_first, is_trusted, asked):
    assert asked_of(kind, Decimal(amount), is_first=is_first, is_trusted=is_trusted) == asked


BORN, OTHER = date(1990, 5, 1), date(1991, 5, 1)
PHONE = frozenset({"+79001234567"})


def card(pk=1, last="Ёлкина", first="Анна", middle="Петровна", born=BORN, phones=PHONE):
    return Somebody(last, first, middle, born, phones, pk)


def typed(last="Елкина", first="анна", middle="", born=BORN, phones=PHONE):
    return Somebody(last, first, middle, born, phones)


@pytest.mark.feature("SCH-51")
@pytest.mark.parametrize(
    ("who", "cards", "answer"),
    [
        (typed(), [card()], ("matched", 1)),
        (typed(), [], ("new", None)),
        (typed(), [card(), card(2)], ("unclear", None)),  # two cards of one person: somebody has to look
        (typed(), [card(), card(2, first="Пётр", born=OTHER)], ("matched", 1)),  # the family's phone
        (typed(born=None), [card()], ("unclear", None)),
        (typed(born=OTHER), [card()], ("unclear", None)),  # the phone is known
        (typed(born=OTHER, phones=frozenset({"+79005550000"})), [card()], ("new", None)),  # a namesake
        (typed(phones=frozenset({"+79005550000"})), [card()], ("unclear", None)),
        (typed(first="Мария"), [card()], ("unclear", None)),
        (typed(middle="Ивановна"), [card()], ("unclear", None)),
        (typed(middle="петровна"), [card()], ("matched", 1)),
        (typed(), [card(born=None)], ("unclear", None)),
        (typed(last="Popescu", first="Stefan"), [card(last="Popescu", first="Ștefan", middle="")], ("matched", 1)),
        (typed(last="Popescu"), [card(phones=frozenset(), born=OTHER)], ("new", None)),
    ],
)
def test_whose_card_it_is(who, cards, answer):
    assert person_of(who, cards) == answer
