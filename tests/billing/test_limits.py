"""Limits of payers: reserved by a plan, taken by an invoice, returned by its roll-back; never exceeded (3.0)."""

import uuid
from collections import Counter

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from billing.errors import LimitClosed, OverLimit
from billing.models import Limit, LimitMove, PlanPayer
from billing.services import (
    LineInput,
    invoice_issue,
    invoice_make,
    invoice_rollback,
    limit_close,
    limit_grant,
)
from billing.services.plan_payers import plan_payers_set
from billing.slots import BLOCK, OTHER, PAYERS
from clinical.selectors import plan_view, shares_of
from clinical.services import plan_reopen
from core.errors import IllegalMove, Invalid
from ledger.services import payer_ensure
from tests.billing.money import D, assert_balanced, invoice_of
from tests.billing.test_payers import Fund
from tests.billing.test_races import CLIENTS, at_once
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-08")]


@pytest.fixture
def fund():
    made = PAYERS.register(Fund(), module="billing", order=10)
    yield made
    PAYERS.unregister(made)


def sums(limit):
    limit.refresh_from_db()
    return limit.granted, limit.used, limit.reserved


class TestDiscountsAndPrices:
    """A payer that forbids discounts has none, whoever gives them (BIL-26)."""

    pytestmark = pytest.mark.feature("BIL-26")

    @pytest.fixture
    def strict(self, fund, anna):
        fund.limits[anna.pk] = D(10000)
        fund.offers = {"no_discount": "Без скидок: договор 14", "no_tax": "Без вычета: договор 14"}
        return fund

    def test_a_discount_by_hand_is_nothing_and_the_line_says_why(self, strict, anna, director):
        line = LineInput(service_id=ServiceFactory(price="1000").pk, discount=D(300))
        invoice = invoice_make(patient_id=anna.pk, lines=[line], actor=director)
        made = invoice.lines.get()
        assert (invoice.total, made.discount, made.discount_reason) == (D(1000), D(0), "")
        assert ["discount", "Без скидок: договор 14"] in made.reasons
        assert ["tax", "Без вычета: договор 14"] in made.reasons

    def test_a_discount_on_the_whole_falls_on_the_other_lines_only(self, strict, anna, director):
        service = ServiceFactory(price="1000").pk
        lines = [LineInput(service_id=service), LineInput(service_id=service, payer="patient")]
        invoice = invoice_make(patient_id=anna.pk, lines=lines, actor=director, discount=D(100))
        assert [line.discount for line in invoice.lines.all()] == [D(0), D(100)]
        with pytest.raises(Invalid) as refused:
            invoice_make(patient_id=anna.pk, lines=lines[:1], actor=director, discount=D(100))
        assert refused.value.fields == {"discount": ["Без скидок: договор 14"]}

    def test_a_plan_s_discount_is_nothing_too(self, strict, anna, approved_plan, director):
        plan = approved_plan(anna, 1000, discount="50")
        invoice = invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director)
        assert (invoice.total, invoice.lines.get().discount) == (D(1000), D(0))

    def test_a_discount_given_before_the_payer_came_is_gone_when_the_draft_is_issued(self, fund, anna, director):
        line = LineInput(service_id=ServiceFactory(price="1000").pk, discount=D(300))
        draft = invoice_make(patient_id=anna.pk, lines=[line], actor=director, draft=True)
        assert draft.total == D(700)
        fund.limits[anna.pk] = D(10000)
        fund.offers = {"no_discount": "Без скидок"}
        issued = invoice_issue(invoice_id=draft.pk, actor=director)
        assert (issued.total, issued.due, issued.lines.get().discount) == (D(1000), D(0), D(0))
        assert_balanced()

    def test_the_payer_s_price_holds_over_the_list_s(self, fund, anna, reception):
        fund.limits[anna.pk] = D(10000)
        fund.says = {"price": D(800), "most": D(720)}
        invoice = invoice_of(anna, reception, 1000)
        assert sorted(invoice.shares.values_list("kind", "amount")) == [("fund", D(720)), ("patient", D(80))]
        assert (invoice.total, invoice.discount) == (D(800), D(0))
        assert_balanced()

    def test_a_draft_that_lost_its_payer_goes_back_to_the_main_list(self, fund, anna, reception):
        fund.limits[anna.pk] = D(10000)
        fund.says = {"price": D(800)}
        draft = invoice_of(anna, reception, 1000, draft=True)
        fund.is_automatic = False
        issued = invoice_issue(invoice_id=draft.pk, actor=reception)
        assert list(issued.shares.values_list("kind", "amount")) == [("patient", D(1000))]
        assert_balanced()


class TestOver:
    def test_another_payer_takes_what_is_over(self, fund, anna, reception):
        fund.limits[anna.pk] = D(9500)
        fund.offers = {"over": OTHER, "over_payer": payer_ensure("company", 5, "Радио"), "over_why": "платит «Радио»"}
        invoice = invoice_of(anna, reception, 12000)
        assert sorted(invoice.shares.values_list("kind", "amount")) == [("company", D(2500)), ("fund", D(9500))]
        assert (invoice.due, invoice.shares.get(kind="company").why) == (
            D(0),
            "2\xa0500\xa0₽ сверх лимита: платит «Радио»",
        )
        assert_balanced()

    def test_what_is_blocked_is_refused_with_the_sum_left(self, fund, anna, reception, api):
        fund.limits[anna.pk] = D(9500)
        fund.offers = {"over": BLOCK}
        body = {"patient": anna.pk, "lines": [{"service": ServiceFactory(price="12000").pk}]}
        answer = api(reception).post("invoices/", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "over_limit")
        assert answer.json()["facts"]["left"] == "9500.00"
        assert sums(fund.limits.of(anna.pk)) == (D(9500), D(0), D(0))
        body["draft"] = True
        assert api(reception).post("invoices/", body).status_code == 201  # the doctor can always write down his work
        assert_balanced()

    def test_a_closed_limit_gives_nothing(self, fund, anna, reception):
        fund.limits[anna.pk] = D(9500)
        limit_close(limit_id=fund.limits.of(anna.pk).pk)
        with pytest.raises(LimitClosed):
            invoice_of(anna, reception, 100)

    def test_a_grant_is_corrected_down_to_what_is_used_and_no_further(self, fund, anna, reception):
        fund.limits[anna.pk] = D(1000)
        limit = fund.limits.of(anna.pk)
        invoice_of(anna, reception, 700)
        with pytest.raises(OverLimit) as refused:
            limit_grant(limit_id=limit.pk, amount=D("-300.01"), actor=None)
        assert refused.value.facts == {"left": "300.00"}
        limit_grant(limit_id=limit.pk, amount=D(-300), actor=None)
        assert sums(limit) == (D(700), D(700), D(0))


class TestPlans:
    def test_an_approved_plan_reserves_an_invoice_takes_a_roll_back_reserves_again(
        self, fund, anna, approved_plan, director
    ):
        fund.limits[anna.pk] = D(1000)
        limit = fund.limits.of(anna.pk)
        plan = approved_plan(anna, 600, 700)
        assert sums(limit) == (D(1000), D(0), D(1000))
        view = plan_view(plan)
        assert [[(s.kind, s.amount) for s in shares_of(plan, view.lines)[line.pk]] for line in view.lines] == [
            [("fund", D(600))], [("fund", D(400)), ("patient", D(300))],
        ]  # fmt: skip
        other = invoice_of(anna, director, 500)  # nothing is free: the plan holds all of it
        assert list(other.shares.values_list("kind", "amount")) == [("patient", D(500))]
        first = invoice_make(patient_id=anna.pk, plan_id=plan.pk, plan_line_ids=[view.lines[0].pk], actor=director)
        assert sums(limit) == (D(1000), D(600), D(400))
        invoice_rollback(invoice_id=first.pk, reason="ошибка", actor=director)
        assert sums(limit) == (D(1000), D(0), D(1000))
        plan_reopen(plan_id=plan.pk, actor=director)
        assert sums(limit) == (D(1000), D(0), D(0))
        assert_balanced()

    def test_a_payer_chosen_for_a_line_moves_what_is_reserved(self, fund, anna, approved_plan, director):
        fund.limits[anna.pk] = D(1000)
        limit = fund.limits.of(anna.pk)
        plan = approved_plan(anna, 600, 700)
        first, second = plan.lines.order_by("position")
        plan_payers_set(plan_id=plan.pk, payers={first.pk: "patient", second.pk: ""}, actor=director)
        assert (sums(limit), PlanPayer.objects.count()) == ((D(1000), D(0), D(700)), 1)
        invoice = invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director)
        assert sorted(invoice.shares.values_list("kind", "amount")) == [("fund", D(700)), ("patient", D(600))]
        assert sums(limit) == (D(1000), D(700), D(0))
        with pytest.raises(IllegalMove):
            plan_payers_set(plan_id=plan.pk, payers={first.pk: ""}, actor=director)

    def test_a_payer_whom_the_patient_does_not_have_is_not_chosen(self, fund, anna, approved_plan, director):
        plan = approved_plan(anna, 600)
        with pytest.raises(Invalid):
            plan_payers_set(plan_id=plan.pk, payers={plan.lines.get().pk: "fund"}, actor=director)
        assert not PlanPayer.objects.exists()


class TestTruths:
    """The database has the last word."""

    def test_a_limit_is_never_exceeded(self, fund, anna):
        fund.limits[anna.pk] = D(100)
        with pytest.raises(IntegrityError, match="limit_never_exceeded"), transaction.atomic():
            Limit.objects.update(used=D(60), reserved=D(41))

    def test_a_movement_moves_something_and_is_never_changed(self, fund, anna):
        fund.limits[anna.pk] = D(100)
        limit = fund.limits.of(anna.pk)
        with pytest.raises(IntegrityError, match="limit_move_moves_something"), transaction.atomic():
            LimitMove.objects.create(limit=limit, kind="take")
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE billing_limitmove SET granted = 1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_thirty_two_invoices_at_once_never_exceed_a_limit(fund, anna, reception, api):
    """Eight of 1,000 fit into 8,500; the others are told that 500 is left."""
    fund.limits[anna.pk] = D(8500)
    fund.offers = {"over": BLOCK}
    body = {"patient": anna.pk, "lines": [{"service": ServiceFactory(price="1000").pk}]}
    asked = api(reception)
    answers = at_once(CLIENTS, lambda _i: asked.post("invoices/", body, key=str(uuid.uuid4())))
    assert Counter(answer.status_code for answer in answers) == {201: 8, 409: CLIENTS - 8}
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(row["code"], row["facts"]["left"]) for row in losers} == {("over_limit", "500.00")}
    assert sums(fund.limits.of(anna.pk)) == (D(8500), D(8000), D(0))
    assert_balanced()
