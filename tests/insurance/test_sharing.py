"""What a policy pays of an invoice: worked examples of section 4, told as they happen at the desk."""

from datetime import timedelta

import pytest

from billing.errors import ApprovalNeeded, OverLimit
from billing.models import Share
from billing.selectors.patients import balances_of_patients
from billing.services import LineInput, invoice_issue, invoice_make, invoice_rollback
from catalog.models import ServicePrice
from clinical.errors import PlanBlocked
from clinical.services import plan_approve, plan_change, plan_reopen
from core.errors import Invalid
from insurance.errors import NotCovered
from insurance.models import CoveredLine, Policy
from insurance.services import (
    approval_cancel,
    approval_decide,
    approval_request,
    cover_set,
    letter_add,
    policy_save,
    price_set,
    programme_save,
)
from ledger.selectors import ledger_check
from tests.factories import ServiceFactory
from tests.insurance.conftest import TODAY, D

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-04", "MOON-08", "INS-08")]


def shares(invoice):
    return [(share.kind, share.amount) for share in invoice.shares.order_by("line__position", "pk")]


def sums(invoice):
    found = {}
    for kind, amount in shares(invoice):
        found[kind] = found.get(kind, 0) + amount
    return found


def invoice_of_plan(plan, actor, **options):
    return invoice_make(patient_id=plan.patient_id, plan_id=plan.pk, actor=actor, **options)


def assert_balanced():
    assert ledger_check().problems == []


@pytest.mark.rule("4.3")
def test_a_crown_of_8000_with_a_share_of_ten_percent_and_5000_left(anna, reception, policy_of, approved):
    """Co-pay 800, approved part 7 200, the limit has 5 000: the insurer pays 5 000, the patient 3 000 (domain 4)."""
    policy = policy_of(anna, limit=5000, copay_percent=10)
    plan = approved(policy, 8000)
    policy.purse.refresh_from_db()
    assert policy.purse.reserved == D(5000)  # held for the approved plan
    invoice = invoice_of_plan(plan, reception)
    assert shares(invoice) == [("dms", D(5000)), ("patient", D(3000))]
    assert invoice.due == D(3000)
    policy.purse.refresh_from_db()
    assert (policy.purse.used, policy.purse.reserved, policy.purse.left) == (D(5000), D(0), D(0))
    assert balances_of_patients([anna.pk])[anna.pk].dms_left == D(0)
    share = invoice.shares.get(kind="dms")
    assert "согласование" in share.why or "approval" in share.why
    assert_balanced()
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=boss_of(reception))
    policy.purse.refresh_from_db()
    assert (policy.purse.used, policy.purse.reserved) == (D(0), D(5000))  # back to reserved while the plan stands
    assert CoveredLine.objects.get().outcome == "returned"
    assert_balanced()


def boss_of(user):
    from tests.cast import person

    return person("boss", "director")


def test_ten_lines_of_which_six_are_approved(anna, reception, policy_of, approved):
    """Six go to the insurer, four to the patient; nothing unapproved is billed to the insurer."""
    policy = policy_of(anna)
    plan = approved(policy, *range(1000, 11000, 1000), take=6)
    invoice = invoice_of_plan(plan, reception)
    kinds = [kind for kind, _amount in shares(invoice)]
    assert kinds == ["dms"] * 6 + ["patient"] * 4
    assert sums(invoice) == {"dms": D(21000), "patient": D(34000)}
    assert CoveredLine.objects.filter(approval_line__decision="accepted").count() == 6
    refused = invoice.lines.order_by("position").last()
    assert any("СОГАЗ" in text for _about, text in refused.reasons)
    assert_balanced()


def test_a_plan_is_not_approved_while_the_insurer_thinks(anna, director, policy_of, plan_of):
    policy, plan = policy_of(anna), plan_of(anna, 1000)
    approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
    with pytest.raises(PlanBlocked) as refused:
        plan_approve(plan_id=plan.pk, actor=director)
    assert "СОГАЗ" in refused.value.facts["reasons"][0]
    approval_decide(approval_id=approval.pk, decision="refused", actor=director)
    plan_approve(plan_id=plan.pk, actor=director)
    assert shares(invoice_of_plan(plan, director)) == [("patient", D(1000))]


def test_a_service_named_for_dms_without_an_approval_is_not_sold(anna, reception, policy_of):
    policy_of(anna)
    service = ServiceFactory(price="700.00").pk
    with pytest.raises(ApprovalNeeded):
        invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service, payer="dms")], actor=reception)
    invoice = invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service)], actor=reception)
    assert shares(invoice) == [("patient", D(700))]


def test_without_a_policy_in_force_dms_cannot_be_named(anna, reception, policy_of):
    policy_of(anna, days=-1)
    service = ServiceFactory(price="700.00").pk
    with pytest.raises(Invalid):
        invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service, payer="dms")], actor=reception)


@pytest.mark.feature("INS-17")
def test_the_price_is_the_insurer_s_and_a_service_outside_his_list_is_the_patient_s(
    anna, reception, director, insurer, policy_of
):
    """Rule 2: the insurer's price of the day; what is not in his list is paid at the main price."""
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", needs_approval=False, actor=director)
    policy_of(anna, programme=programme)
    inside, outside = ServiceFactory(price="1000.00"), ServiceFactory(price="3000.00")
    price_set(insurer_id=insurer.pk, service_id=inside.pk, amount=D(800), starts_on=TODAY, actor=director)
    lines = [LineInput(service_id=inside.pk), LineInput(service_id=outside.pk)]
    invoice = invoice_make(patient_id=anna.pk, lines=lines, actor=reception)
    assert shares(invoice) == [("dms", D(800)), ("patient", D(3000))]
    assert invoice.total == D(3800)
    with pytest.raises(NotCovered):
        invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=outside.pk, payer="dms")], actor=reception)


def test_a_programme_pays_by_category_and_by_service_the_most_exact_rule_wins(
    anna, reception, director, insurer, policy_of
):
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", percent=0, actor=director)
    half, whole, never = (
        ServiceFactory(price="1000.00"),
        ServiceFactory(price="1000.00"),
        ServiceFactory(price="1000.00"),
    )
    cover_set(programme_id=programme.pk, category_id=half.category_id, percent=50, needs_approval=False, actor=director)
    cover_set(programme_id=programme.pk, service_id=whole.pk, percent=100, needs_approval=False, actor=director)
    policy_of(anna, programme=programme)
    invoice = invoice_make(
        patient_id=anna.pk, lines=[LineInput(service_id=each.pk) for each in (half, whole, never)], actor=reception
    )
    assert shares(invoice) == [("dms", D(500)), ("patient", D(500)), ("dms", D(1000)), ("patient", D(1000))]


def test_a_fixed_sum_a_visit_and_the_franchise_are_spent_once(anna, reception, director, insurer, policy_of):
    """300 a visit, franchise 1 500: of 1 000 and 2 000 the patient pays 1 800, next time only 300."""
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", needs_approval=False, actor=director)
    policy = policy_of(anna, programme=programme, franchise=1500, copay_amount=300)
    lines = [LineInput(service_id=ServiceFactory(price=str(price)).pk) for price in (1000, 2000)]
    first = invoice_make(patient_id=anna.pk, lines=lines, actor=reception)
    assert sums(first) == {"patient": D(1800), "dms": D(1200)}
    assert Policy.objects.get(pk=policy.pk).franchise_used == D(1500)
    second = invoice_make(patient_id=anna.pk, lines=lines[:1], actor=reception)
    assert sums(second) == {"patient": D(300), "dms": D(700)}
    invoice_rollback(invoice_id=first.pk, reason="ошибка", actor=director)
    assert Policy.objects.get(pk=policy.pk).franchise_used == D(0)
    assert_balanced()


def test_limits_of_a_category_and_of_a_letter_hold_beside_the_policy_s(anna, director, insurer, policy_of, approved):
    policy = policy_of(anna, limit=100000)
    letter = letter_add(policy_id=policy.pk, number="ГП-1", issued_on=TODAY, sum=D(2500), actor=director)
    plan = approved(policy, 2000, 3000, letter_id=letter.pk)
    invoice = invoice_of_plan(plan, director)
    assert sums(invoice) == {"dms": D(2500), "patient": D(2500)}
    category = plan.lines.first().service.category_id
    policy_save(policy_id=policy.pk, category_limits={category: D(1000)}, actor=director)
    policy.purse.refresh_from_db()
    assert policy.purse.left == D(97500)
    assert_balanced()


def test_a_discount_does_not_touch_what_the_insurer_pays(anna, reception, policy_of, approved):
    plan = approved(policy_of(anna), 1000)
    extra = ServiceFactory(price="1000.00").pk
    invoice = invoice_of_plan(
        plan, reception, lines=[LineInput(service_id=extra)], discount=D(300), discount_reason="акция"
    )
    assert sums(invoice) == {"dms": D(1000), "patient": D(700)}


def test_a_spent_policy_named_by_hand_says_how_much_is_left(anna, reception, director, insurer, policy_of):
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", needs_approval=False, actor=director)
    policy_of(anna, programme=programme, limit=1500)
    service = ServiceFactory(price="1000.00").pk
    line = [LineInput(service_id=service, payer="dms")]
    assert sums(invoice_make(patient_id=anna.pk, lines=line, actor=reception)) == {"dms": D(1000)}
    assert sums(invoice_make(patient_id=anna.pk, lines=line, actor=reception)) == {"dms": D(500), "patient": D(500)}
    with pytest.raises(OverLimit) as refused:
        invoice_make(patient_id=anna.pk, lines=line, actor=reception)
    assert refused.value.facts["left"] == "0.00"
    usual = invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service)], actor=reception)
    assert sums(usual) == {"patient": D(1000)}


def test_what_was_approved_does_not_hold_for_another_service_or_after_its_last_day(anna, director, policy_of, plan_of):
    policy, plan = policy_of(anna), plan_of(anna, 1000)
    approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
    approval_decide(
        approval_id=approval.pk, decision="accepted_full", valid_to=TODAY - timedelta(days=1), actor=director
    )
    plan_approve(plan_id=plan.pk, actor=director)
    assert shares(invoice_of_plan(plan, director)) == [("patient", D(1000))]


def test_a_reopened_plan_with_another_service_in_the_line_is_not_covered(anna, director, policy_of, approved):
    from clinical.services import LineIn

    plan = approved(policy_of(anna), 1000)
    plan_reopen(plan_id=plan.pk, actor=director)
    line = plan.lines.get()
    dear = ServiceFactory(price="90000.00")
    plan_change(plan_id=plan.pk, lines=[LineIn(service_id=dear.pk, id=line.pk)], actor=director)
    plan_approve(plan_id=plan.pk, actor=director)
    assert shares(invoice_of_plan(plan, director)) == [("patient", D(90000))]


def test_a_draft_invoice_is_decided_again_when_it_is_issued(anna, director, policy_of, approved):
    plan = approved(policy_of(anna), 1000)
    draft = invoice_of_plan(plan, director, draft=True)
    assert sums(draft) == {"dms": D(1000)}
    approval_cancel(approval_id=plan.approvals.get().pk, reason="передумал", actor=director)
    invoice = invoice_issue(invoice_id=draft.pk, actor=director)
    assert {share.kind for share in Share.objects.filter(invoice=invoice)} == {"patient"}
    assert not CoveredLine.objects.exists()


def test_prices_of_the_main_list_hold_for_an_insurer_without_a_list_of_his_own(anna, director, policy_of, plan_of):
    """The approval asks for today's price of the plan."""
    policy, plan = policy_of(anna), plan_of(anna, 1000)
    ServicePrice.objects.create(service=plan.lines.get().service, starts_on=TODAY, amount=D(1200))
    approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
    assert approval.lines.get().price == D(1200)
