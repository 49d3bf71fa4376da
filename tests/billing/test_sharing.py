"""The payer engine on plain values: who pays, by which price, how far limits go (MOON-08, BIL-04)."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.sharing import BLOCK, OTHER, Candidate, Line, Terms, choose, divide

pytestmark = pytest.mark.feature("MOON-08", "BIL-04")


@dataclass(frozen=True)
class Someone:
    kind: str
    pk: int


BARTER, RADIO, INSURER = Someone("barter", 1), Someone("organisation", 2), Someone("dms", 3)


def D(value):
    return Decimal(value).quantize(Decimal("0.01"))


def offer(payer=BARTER, lines=1, usual=True, terms=None, **more):
    given_terms = terms or {index: Terms(limits=(7,)) for index in range(lines)}
    return Candidate(payer=payer, title=payer.kind, terms=given_terms, is_usual=usual, **more)


def shared(sums, candidates, left=None, held=None, named=None, plan_lines=None):
    """[(line, kind, sum), ...] and what may not be sold."""
    left = {7: D(9500)} if left is None else left
    lines = [
        Line(index=index, price=D(amount), named=named, plan_line_id=(plan_lines or {}).get(index))
        for index, amount in enumerate(sums)
    ]
    choices = [choose(line, candidates, left) for line in lines]
    pieces, refused = divide(choices, [D(amount) for amount in sums], left, held or {})
    return [(p.index, p.payer.kind if p.payer else "patient", p.amount) for p in pieces], refused


@pytest.mark.parametrize(
    ("sums", "more", "expected", "left"),
    [
        ([6400], {}, [(0, "barter", 6400)], None),
        ([12000], {}, [(0, "barter", 9500), (0, "patient", 2500)], None),
        ([12000], {"over": OTHER, "over_payer": RADIO}, [(0, "barter", 9500), (0, "organisation", 2500)], None),
        ([8000, 4000], {"over": OTHER, "over_payer": RADIO},
         [(0, "barter", 8000), (1, "barter", 1500), (1, "organisation", 2500)], None),
        ([12000], {"over": BLOCK}, [(0, "barter", 9500), (0, "patient", 2500)], 9500),
        ([9500], {"over": BLOCK}, [(0, "barter", 9500)], None),
    ],
)  # fmt: skip
def test_what_is_over_the_limit_goes_where_the_contract_says(sums, more, expected, left):
    lines = {index: Terms(limits=(7,)) for index in range(len(sums))}
    found, refused = shared(sums, [offer(terms=lines, **more)])
    assert found == [(index, kind, D(amount)) for index, kind, amount in expected]
    assert [at.left for at in refused] == ([] if left is None else [D(left)])


def test_a_spent_limit_is_nobody_s_usual_payer_but_may_still_be_named():
    nothing = {7: D(0)}
    company = offer(over=OTHER, over_payer=RADIO)
    assert shared([100], [company], left=nothing)[0] == [(0, "patient", D(100))]
    assert shared([100], [company], left=nothing, named="barter")[0] == [(0, "organisation", D(100))]


def test_the_first_usual_payer_that_does_not_refuse_takes_the_line():
    insurer = offer(INSURER, terms={0: Terms(refusal="не в программе"), 1: Terms(most=D(700))})
    found, _refused = shared([100, 1000], [insurer, offer(lines=2)])
    assert found == [(0, "barter", D(100)), (1, "dms", D(700)), (1, "patient", D(300))]


def test_the_split_of_insurance_of_the_rules():
    """Section 4: a crown of 8,000, co-pay 800, 5,000 left: the insurer pays 5,000 and the patient 3,000."""
    insurer = offer(INSURER, terms={0: Terms(price=D(8000), most=D(7200), limits=(7,))})
    assert shared([8000], [insurer], left={7: D(5000)})[0] == [(0, "dms", D(5000)), (0, "patient", D(3000))]


def test_a_line_draws_on_all_its_limits_and_the_smallest_decides():
    insurer = offer(INSURER, terms={0: Terms(limits=(7, 8))})
    assert shared([1000], [insurer], left={7: D(900), 8: D(300)})[0] == [(0, "dms", D(300)), (0, "patient", D(700))]


def test_what_a_plan_holds_for_a_line_is_that_line_s_alone():
    held = {(7, 71): D(400)}
    lines = {0: Terms(limits=(7,)), 1: Terms(limits=(7,))}
    found, _refused = shared([500, 500], [offer(terms=lines)], left={7: D(100)}, held=held, plan_lines={1: 71})
    assert found == [(0, "barter", D(100)), (0, "patient", D(400)), (1, "barter", D(400)), (1, "patient", D(100))]


def test_a_sum_by_the_patient_is_his_whoever_else_could_pay():
    assert shared([100], [offer()], named="patient")[0] == [(0, "patient", D(100))]


def test_every_decision_says_why():
    candidate = offer(no_discount="Без скидок", no_tax="Без вычета", price_why="Основной прайс")
    choice = choose(Line(index=0, price=D(100)), [candidate], {7: D(10)})
    divide([choice], [D(100)], {7: D(10)}, {})
    assert [reason.about for reason in choice.reasons] == ["payer", "price", "discount", "tax", "limit"]
    assert choice.bans_discount


SUM = st.decimals(min_value=0, max_value=5000, places=2)


@given(
    sums=st.lists(SUM, min_size=1, max_size=8), left=SUM, letter=SUM, most=st.one_of(st.none(), SUM), held=SUM,
    over=st.sampled_from(("patient", "other", "block")),
)  # fmt: skip
def test_parts_add_up_and_no_limit_gives_more_than_it_has(sums, left, letter, most, held, over):
    lines = {index: Terms(limits=(7, 8) if index % 2 else (7,), most=most) for index in range(len(sums))}
    candidate = offer(terms=lines, over=over, over_payer=RADIO)
    choices = [
        choose(Line(index=i, price=s, plan_line_id=100 + i), [candidate], {7: left, 8: letter})
        for i, s in enumerate(sums)
    ]
    pieces, _refused = divide(choices, sums, {7: left, 8: letter}, {(7, 100): held})
    for index, amount in enumerate(sums):
        assert sum(piece.amount for piece in pieces if piece.index == index) == amount
    drawn = {7: Decimal(0), 8: Decimal(0)}
    for piece in pieces:
        assert piece.amount >= 0
        for limit, amount in piece.draws:
            drawn[limit] += amount
    assert drawn[7] <= left + held and drawn[8] <= letter
