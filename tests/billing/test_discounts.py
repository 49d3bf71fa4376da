"""Promotions in plans and invoices: given by themselves, counted, returned; old invoices keep their terms."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.errors import DiscountNameTaken, DiscountUsedUp
from billing.models import Discount, DiscountGrant, DiscountTerms, DiscountUse, LineDiscount
from billing.policies import DISCOUNT_IN_INVOICE, DISCOUNT_IN_PLAN
from billing.services import (
    CapsIn,
    LineInput,
    TermsIn,
    discount_change,
    discount_create,
    discount_delete,
    discount_switch,
    invoice_change,
    invoice_issue,
    invoice_make,
    invoice_rollback,
    patient_discounts_set,
)
from billing.services.promotions import uses_take
from billing.slots import PAYERS
from clinical.errors import PricesChanged
from clinical.models import PlanLine
from clinical.selectors import plan_view
from clinical.services import LineIn, plan_approve, plan_change, plan_reopen
from core import clock
from core.errors import Forbidden, Invalid, NotFound, Stale
from core.models import AuditEntry
from core.trash import trash_restore
from tests.billing.money import D, assert_balanced, invoice_of
from tests.billing.test_payers import Fund
from tests.billing.test_races import at_once
from tests.factories import PatientFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-20", "BIL-24")]


@pytest.fixture
def promote(branch, director):
    """`promote("Осень", 10)`: ten percent off everything for everybody, with other terms and caps by name."""

    def make(name="Осень", value=10, *, kind="percent", patients=None, **more):
        caps = CapsIn(**{key: more.pop(key) for key in list(more) if key in CapsIn.__dataclass_fields__})
        terms = TermsIn(kind=kind, value=D(value), **more)
        return discount_create(name=name, terms=terms, caps=caps, patients=patients, actor=director)

    return make


def switched_off(monkeypatch, setting):
    monkeypatch.setattr(type(setting), "get", lambda policy: False if policy is setting else policy.default)


def counted(discount):
    """Uses and money given, which the row keeps and its uses add up to."""
    discount.refresh_from_db()
    rows = DiscountUse.objects.filter(discount=discount, returned_at__isnull=True)
    assert discount.uses == len(rows)
    assert discount.given == sum((row.amount for row in rows), Decimal(0))
    return discount.uses, discount.given


def parts(invoice):
    rows = LineDiscount.objects.filter(line__invoice=invoice).order_by("line__position", "pk")
    return [(row.title if row.discount_id else "hand", row.amount) for row in rows]


class TestInvoices:
    def test_the_best_one_is_given_by_itself_with_the_reason_why_and_why_not(self, promote, anna, reception):
        autumn, _seniors = promote("Осень", 10), promote("Пенсионерам", 5)
        invoice = invoice_of(anna, reception, 1000, 500)
        assert (invoice.total, invoice.list_total) == (D(1350), D(1500))
        first = invoice.lines.first()
        assert (first.discount, first.discount_reason) == (D(100), "«Осень» −10 %")
        said = [text for about, text in first.reasons if about == "discount"]
        assert len(said) == 2 and "«Осень» −10 %" in said[0] and "«Пенсионерам» −5 %" in said[1]
        assert parts(invoice) == [("Осень", D(100)), ("Осень", D(50))]
        assert counted(autumn) == (1, D(150))
        assert_balanced()

    def test_a_desk_without_the_right_to_discounts_sells_with_a_promotion(self, promote, anna, branch):
        from tests.cast import person_with

        promote(value=30)
        seller = person_with("billing.issue_invoice", "patients.see_card", branches=[branch])
        assert invoice_of(anna, seller, 1000).total == D(700)
        with pytest.raises(Forbidden):
            invoice_of(anna, seller, 1000, discount=D(1), discount_reason="просит")

    @pytest.mark.feature("BIL-02")
    def test_a_discount_by_hand_keeps_promotions_away_and_the_whole_s_comes_after_them(self, promote, anna, director):
        promote(value=10)
        service = ServiceFactory(price="1000").pk
        lines = [
            LineInput(service_id=service, discount=D(300), discount_reason="брак"),
            LineInput(service_id=service, discount=D(0)),
            LineInput(service_id=service),
        ]
        invoice = invoice_make(
            patient_id=anna.pk, lines=lines, actor=director, discount=D(260), discount_reason="директор"
        )
        assert [line.discount for line in invoice.lines.all()] == [D(370), D(100), D(190)]
        assert parts(invoice) == [("hand", D(370)), ("hand", D(100)), ("Осень", D(100)), ("hand", D(90))]

    @pytest.mark.feature("BIL-26")
    def test_a_payer_s_ban_wins_and_the_other_line_has_its_promotion(self, promote, anna, director):
        fund = PAYERS.register(Fund(), module="billing", order=10)
        try:
            fund.limits[anna.pk] = D(10000)
            fund.offers = {"no_discount": "Без скидок: договор 14"}
            autumn, service = promote(value=10), ServiceFactory(price="1000").pk
            lines = [LineInput(service_id=service), LineInput(service_id=service, payer="patient")]
            invoice = invoice_make(patient_id=anna.pk, lines=lines, actor=director)
            banned, free = invoice.lines.all()
            assert (banned.discount, free.discount) == (D(0), D(100))
            assert ["discount", "Без скидок: договор 14"] in banned.reasons
            assert counted(autumn) == (1, D(100))
        finally:
            PAYERS.unregister(fund)

    def test_with_the_setting_off_a_person_picks(self, promote, anna, reception, monkeypatch):
        autumn, spring = promote("Осень", 10), promote("Весна", 20)
        assert invoice_of(anna, reception, 1000, picked=[autumn.pk]).total == D(900)
        assert invoice_of(anna, reception, 1000, picked=[]).total == D(1000)
        switched_off(monkeypatch, DISCOUNT_IN_INVOICE)
        assert invoice_of(anna, reception, 1000).total == D(1000)
        assert invoice_of(anna, reception, 1000, picked=[spring.pk]).total == D(800)

    @pytest.mark.feature("BIL-25")
    def test_an_old_invoice_keeps_its_terms_and_a_new_one_has_the_new(self, promote, anna, reception, director):
        autumn = promote(value=10)
        old = invoice_of(anna, reception, 1000)
        discount_change(discount_id=autumn.pk, terms=TermsIn(kind="percent", value=D(25)), actor=director)
        new = invoice_of(anna, reception, 1000)
        assert [row.terms.value for row in LineDiscount.objects.filter(line__invoice=old)] == [D(10)]
        assert [row.terms.value for row in LineDiscount.objects.filter(line__invoice=new)] == [D(25)]
        assert list(autumn.terms.values_list("number", "is_current")) == [(2, True), (1, False)]
        entry = discount_delete(discount_id=autumn.pk, actor=director)
        assert invoice_of(anna, reception, 1000).total == D(1000)
        assert LineDiscount.objects.get(line__invoice=old).title == "Осень"
        trash_restore(entry.pk, actor=director)
        assert invoice_of(anna, reception, 1000).total == D(750)

    def test_caps_run_out_and_a_roll_back_gives_back(self, promote, anna, reception, director):
        autumn = promote(kind="sum", value=100, uses_most=2, budget=D(150))
        first = invoice_of(anna, reception, 1000)
        assert invoice_of(anna, reception, 1000).total == D(950)
        assert invoice_of(anna, reception, 1000).total == D(1000)
        assert counted(autumn) == (2, D(150))
        invoice_rollback(invoice_id=first.pk, reason="ошибка", actor=director)
        assert counted(autumn) == (1, D(50))
        assert invoice_of(anna, reception, 1000).total == D(900)
        assert_balanced()

    def test_a_patient_s_own_cap_is_his_own(self, promote, anna, branch, reception):
        promote(uses_most_patient=1)
        boris = PatientFactory(branch=branch)
        assert [invoice_of(card, reception, 1000).total for card in (anna, anna, boris)] == [D(900), D(1000), D(900)]

    def test_the_first_visit_is_the_first_day(self, promote, anna, reception):
        from billing.models import Invoice

        promote(recipients="first_visit")
        first = invoice_of(anna, reception, 1000)
        assert (first.total, invoice_of(anna, reception, 500).total) == (D(900), D(450))
        Invoice.objects.filter(pk=first.pk).update(issued_on=clock.now().date() - timedelta(days=3))
        assert invoice_of(anna, reception, 1000).total == D(1000)

    def test_a_draft_takes_nothing_and_is_decided_again_when_issued(self, promote, anna, reception):
        autumn = promote(kind="sum", value=100, uses_most=1)
        draft = invoice_of(anna, reception, 1000, draft=True)
        assert (draft.total, counted(autumn)) == (D(900), (0, D(0)))
        assert invoice_of(anna, reception, 500).total == D(400)
        issued = invoice_issue(invoice_id=draft.pk, actor=reception)
        assert (issued.total, parts(issued), issued.lines.get().discount_reason) == (D(1000), [], "")
        assert_balanced()

    def test_a_draft_s_discount_by_hand_stays_beside_the_promotion(self, promote, anna, director):
        autumn = promote(value=10)
        draft = invoice_of(anna, director, 1000, draft=True, discount=D(100), discount_reason="директор")
        assert parts(draft) == [("Осень", D(100)), ("hand", D(100))]
        discount_change(discount_id=autumn.pk, terms=TermsIn(kind="percent", value=D(20)), actor=director)
        issued = invoice_issue(invoice_id=draft.pk, actor=director)
        assert parts(issued) == [("Осень", D(200)), ("hand", D(100))]
        assert (issued.total, counted(autumn)) == (D(700), (1, D(200)))
        assert_balanced()

    def test_a_changed_draft_is_decided_anew(self, promote, anna, reception):
        promote(value=10)
        draft = invoice_of(anna, reception, 1000, draft=True)
        line = LineInput(service_id=ServiceFactory(price="300").pk)
        changed = invoice_change(invoice_id=draft.pk, lines=[line], actor=reception, picked=[])
        assert (changed.total, parts(changed)) == (D(300), [])
        assert invoice_issue(invoice_id=draft.pk, actor=reception).total == D(300)

    def test_it_costs_a_fixed_number_of_statements(self, promote, anna, reception, statements):
        services = [ServiceFactory(price="100").pk for _ in range(12)]

        def cost(lines):
            with statements() as asked:
                invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=pk) for pk in lines], actor=reception)
            return len(asked)

        cost(services[:2])
        without = cost(services[:2])
        for number in range(3):
            promote(f"Акция {number}", 5 + number, uses_most_patient=100, budget=D(100000))
        cost(services[:2])
        assert cost(services[:2]) == cost(services) <= without + 12


@pytest.mark.feature("CLN-32")
class TestPlans:
    def drawn(self, anna, branch, doctor, director, *prices, **more):
        from tests.clinical.factories import plan_made

        lines = [LineIn(service_id=ServiceFactory(price=str(price)).pk, **more) for price in prices]
        return plan_made(lines=lines, branch=branch, patient=anna, doctor=doctor.staff, actor=director)

    def test_a_plan_has_the_best_one_by_itself_and_uses_it_once(self, promote, anna, branch, doctor, director):
        autumn = promote(value=10)
        plan = self.drawn(anna, branch, doctor, director, 1000, 500)
        view = plan_view(plan)
        assert (view.total, [line.discount for line in view.lines]) == (D(1350), [D(100), D(50)])
        assert "«Осень» −10 %" in view.lines[0].discount_why
        assert counted(autumn) == (0, D(0))
        plan_approve(plan_id=plan.pk, actor=director, seen_total=D(1350))
        assert counted(autumn) == (1, D(150))
        invoice = invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director)
        assert (invoice.total, parts(invoice)) == (D(1350), [("Осень", D(100)), ("Осень", D(50))])
        assert counted(autumn) == (1, D(150))
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
        assert counted(autumn) == (1, D(150))
        plan_reopen(plan_id=plan.pk, actor=director)
        assert counted(autumn) == (0, D(0))

    def test_an_approved_plan_keeps_its_discount_whatever_becomes_of_the_promotion(
        self, promote, anna, branch, doctor, director
    ):
        autumn = promote(value=10)
        plan = self.drawn(anna, branch, doctor, director, 1000)
        plan_approve(plan_id=plan.pk, actor=director)
        discount_delete(discount_id=autumn.pk, actor=director)
        draft = invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director, draft=True)
        assert invoice_issue(invoice_id=draft.pk, actor=director).total == D(900)

    def test_a_promotion_that_has_ended_meanwhile_is_told_before_approval(
        self, promote, anna, branch, doctor, director
    ):
        autumn = promote(value=10)
        plan = self.drawn(anna, branch, doctor, director, 1000)
        discount_switch(discount_id=autumn.pk, is_active=False, actor=director)
        with pytest.raises(PricesChanged):
            plan_approve(plan_id=plan.pk, actor=director, seen_total=D(900))
        assert plan_view(plan).total == D(1000)

    def test_a_person_s_own_discount_stays_and_none_is_one_too(self, promote, anna, branch, doctor, director):
        promote(value=10)
        plan = self.drawn(anna, branch, doctor, director, 1000, discount=D(50))
        assert plan_view(plan).total == D(950)
        row = PlanLine.objects.get(plan=plan)
        line = {"service_id": row.service_id, "id": row.pk}
        plan_change(plan_id=plan.pk, actor=director, lines=[LineIn(**line)])
        assert plan_view(plan).total == D(900)
        plan_change(plan_id=plan.pk, actor=director, lines=[LineIn(**line, discount=D(100))])  # what stood there
        assert not PlanLine.objects.get(plan=plan).has_own_discount
        plan_change(plan_id=plan.pk, actor=director, lines=[LineIn(**line, discount=D(0))])
        assert plan_view(plan).total == D(1000)

    def test_the_setting_off_leaves_plans_alone(self, promote, anna, branch, doctor, director, monkeypatch):
        promote(value=10)
        switched_off(monkeypatch, DISCOUNT_IN_PLAN)
        assert plan_view(self.drawn(anna, branch, doctor, director, 1000)).total == D(1000)

    def test_happy_hours_wait_for_the_visit(self, promote, anna, branch, doctor, director):
        promote(value=10, weekdays=list(range(7)))
        plan = self.drawn(anna, branch, doctor, director, 1000)
        assert plan_view(plan).total == D(1000)


@pytest.mark.feature("PAT-11")
class TestCards:
    def test_a_ticked_discount_is_given_to_its_patient_alone(self, promote, anna, branch, reception):
        friends = promote("Друзьям", 15, recipients="patients")
        assert invoice_of(anna, reception, 1000).total == D(1000)
        patient_discounts_set(patient_id=anna.pk, ticked={friends.pk: None}, actor=reception)
        assert invoice_of(anna, reception, 1000).total == D(850)
        assert invoice_of(PatientFactory(branch=branch), reception, 1000).total == D(1000)
        grant = DiscountGrant.objects.get()
        assert (grant.granted_by, grant.until) == (reception, None)
        patient_discounts_set(patient_id=anna.pk, ticked={}, actor=reception)
        assert invoice_of(anna, reception, 1000).total == D(1000)
        codes = list(AuditEntry.objects.filter(patient_id=anna.pk).values_list("code", flat=True))
        assert {"billing.discount.granted", "billing.discount.ungranted"} <= set(codes)

    def test_until_a_day_and_no_further(self, promote, anna, reception):
        friends = promote("Друзьям", 15, recipients="patients", patients=[anna.pk])
        today = clock.now().date()
        patient_discounts_set(patient_id=anna.pk, ticked={friends.pk: today + timedelta(days=30)}, actor=reception)
        assert invoice_of(anna, reception, 1000).total == D(850)
        DiscountGrant.objects.filter(ended_at__isnull=True).update(until=today - timedelta(days=5))
        assert invoice_of(anna, reception, 1000).total == D(1000)
        with pytest.raises(Invalid):
            patient_discounts_set(patient_id=anna.pk, ticked={friends.pk: today - timedelta(days=1)}, actor=reception)

    def test_only_promotions_for_chosen_patients_and_only_one_s_own_cards(self, promote, anna, reception, stranger):
        with pytest.raises(Invalid):
            patient_discounts_set(patient_id=anna.pk, ticked={promote().pk: None}, actor=reception)
        with pytest.raises(NotFound):
            patient_discounts_set(patient_id=10**9, ticked={}, actor=stranger)


class TestPromotions:
    @pytest.mark.parametrize(
        ("terms", "field"),
        [
            ({"value": D(0)}, "value"),
            ({"value": D(101)}, "value"),
            ({"source": "listed"}, "services"),
            ({"recipients": "groups"}, "groups"),
            ({"recipients": "age"}, "age_from"),
            ({"age_from": 60, "age_to": 50}, "age_to"),
            ({"starts": clock.now().date(), "ends": clock.now().date() - timedelta(days=1)}, "ends"),
            ({"most": D(0)}, "most"),
            ({"weekdays": [7]}, "weekdays"),
            ({"days_before": 500}, "days_before"),
        ],
    )
    def test_terms_that_cannot_be_meant_are_refused_beside_their_field(self, terms, field, director):
        with pytest.raises(Invalid) as refused:
            discount_create(name="Х", terms=TermsIn(**{"kind": "percent", "value": D(5), **terms}), actor=director)
        assert list(refused.value.fields) == [field]
        assert not Discount.objects.exists()

    def test_one_name_one_promotion_and_an_old_page_is_stale(self, promote, director):
        autumn = promote("Осень")
        with pytest.raises((DiscountNameTaken, IntegrityError)), transaction.atomic():
            promote("Осень")
        with pytest.raises(Stale):
            discount_change(discount_id=autumn.pk, name="Зима", actor=director, expected_version=7)

    def test_a_cap_never_goes_below_what_is_used(self, promote, anna, reception, director):
        autumn = promote(value=10)
        invoice_of(anna, reception, 1000)
        invoice_of(anna, reception, 1000)
        for caps, field in ((CapsIn(uses_most=1), "uses_most"), (CapsIn(budget=D(199)), "budget")):
            with pytest.raises(Invalid) as refused:
                discount_change(discount_id=autumn.pk, caps=caps, actor=director)
            assert list(refused.value.fields) == [field]
        discount_change(discount_id=autumn.pk, caps=CapsIn(uses_most=2, budget=D(200)), actor=director)
        assert DiscountTerms.objects.filter(discount=autumn).count() == 1

    def test_the_database_has_the_last_word(self, promote, anna):
        autumn = promote(value=10, uses_most=1, budget=D(100))
        for wrong in ({"uses": 2}, {"given": D(101)}, {"given": D(-1)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Discount.objects.filter(pk=autumn.pk).update(**wrong)
        for wrong in ({"value": D(0)}, {"value": D(101)}, {"age_from": 5, "age_to": 4}):
            with pytest.raises(IntegrityError), transaction.atomic():
                autumn.terms.update(**wrong)
        with pytest.raises(IntegrityError), transaction.atomic():
            DiscountUse.objects.create(
                discount=autumn, terms=autumn.terms.get(), patient=anna, amount=D(1)
            )  # neither a plan nor an invoice

    def test_a_use_over_the_cap_is_refused_under_the_lock(self, promote, anna, reception):
        autumn = promote(value=10, uses_most=1)
        invoice = invoice_of(anna, reception, 1000)
        with pytest.raises(DiscountUsedUp):
            uses_take({autumn.pk: (autumn.terms.get().pk, D(1))}, anna.pk, invoice=invoice)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixteen_invoices_at_once_never_pass_a_cap_or_a_budget(branch, director, reception):
    """Seven uses and 650 in all: six invoices with 100 off, one with 50, the others at the full price."""
    terms = TermsIn(kind="sum", value=D(100))
    autumn = discount_create(name="Осень", terms=terms, caps=CapsIn(uses_most=9, budget=D(650)), actor=director)
    service = ServiceFactory(price="1000").pk
    cards = [PatientFactory(branch=branch) for _ in range(16)]
    made = at_once(
        16, lambda i: invoice_make(patient_id=cards[i].pk, lines=[LineInput(service_id=service)], actor=reception)
    )
    assert sorted(invoice.total for invoice in made) == [D(900)] * 6 + [D(950)] + [D(1000)] * 9
    assert counted(autumn) == (7, D(650))
    assert_balanced()
