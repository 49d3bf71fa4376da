"""Treatment plans: drafted, frozen by approval, reopened while nothing follows them."""

import threading
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import ServicePrice
from clinical import rules
from clinical.errors import NoPrice, PlanBlocked, PlanInUse, PlanIsApproved, PlanIsEmpty, PlanNotApproved, PricesChanged
from clinical.events import PlanApproved, PlanFinished, ServicesRendered
from clinical.models import PlanLine, TreatmentPlan
from clinical.services import (
    LineIn,
    lines_render,
    lines_unrender,
    plan_approve,
    plan_change,
    plan_create,
    plan_decline,
    plan_reopen,
    plan_restore,
)
from clinical.slots import PLAN_GATES, PLAN_HOLDS
from core.errors import DomainError, IllegalMove, Invalid, Stale
from core.models import AuditEntry
from patients.services.merging import patients_merge
from tests.clinical.factories import plan_made
from tests.factories import BranchFactory, DoctorFactory, PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def filling(db):
    return ServiceFactory(code="A16.07.002", price="1500.00")


@pytest.fixture
def heard(monkeypatch):
    """Events published while the test runs."""
    events = []
    for module in ("plans", "work", "chart"):
        monkeypatch.setattr(f"clinical.services.{module}.publish", events.append)
    return events


def one(filling, **changes):
    return LineIn(**{"service_id": filling.pk, "teeth": [36], **changes})


@pytest.mark.feature("CLN-14")
def test_plans_of_a_patient_are_numbered_from_one(anna, branch, doctor, filling):
    made = [
        plan_create(patient_id=anna.pk, doctor=doctor.staff, branch=branch, lines=[one(filling)], actor=doctor)
        for _ in range(2)
    ]
    other = plan_made(branch=branch)
    assert [plan.number for plan in (*made, other)] == [1, 2, 1]


def test_a_line_takes_the_price_of_the_list_and_keeps_teeth_in_the_order_of_the_chart(filling):
    plan = plan_made(lines=[one(filling, teeth=[46, 11, 46], quantity=2, discount=Decimal("100.00"))])
    line = plan.lines.get()
    assert (line.teeth, line.price, line.sum) == ([11, 46], Decimal("1500.00"), Decimal("2900.00"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"teeth": [19]}, "teeth"),
        ({"teeth": [56]}, "teeth"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1000}, "quantity"),
        ({"phase": 0}, "phase"),
        ({"discount": Decimal("1500.01")}, "discount"),
        ({"discount": Decimal("-1")}, "discount"),
        ({"price": Decimal("-1")}, "price"),
        ({"service_id": 999_999_999}, "service"),
        ({"id": 999_999_999}, "id"),
    ],
)
def test_an_impossible_line_is_named_by_its_number_and_field_and_nothing_is_kept(
    anna, branch, doctor, filling, changes, field
):
    lines = [one(filling), one(filling, **changes)]
    with pytest.raises(Invalid) as refusal:
        plan_create(patient_id=anna.pk, doctor=doctor.staff, branch=branch, lines=lines, actor=doctor)
    assert list(refusal.value.fields) == [f"lines.1.{field}"]
    assert not TreatmentPlan.objects.exists()


def test_changing_a_draft_keeps_named_lines_and_drops_the_rest(filling):
    plan = plan_made(lines=[one(filling), one(filling, teeth=[37])])
    first, second = plan.lines.order_by("position")
    plan_change(plan_id=plan.pk, actor=None, lines=[one(filling, id=second.pk, quantity=3), one(filling, teeth=[11])])
    assert [(line.pk == second.pk, line.quantity, line.teeth) for line in plan.lines.order_by("position")] == [
        (True, 3, [36]),
        (False, 1, [11]),
    ]
    assert not PlanLine.objects.filter(pk=first.pk).exists()


def test_a_stale_draft_is_not_overwritten(filling):
    plan = plan_made()
    plan_change(plan_id=plan.pk, actor=None, expected_version=1, name="Имплант")
    with pytest.raises(Stale):
        plan_change(plan_id=plan.pk, actor=None, expected_version=1, name="Мост")
    assert TreatmentPlan.objects.get(pk=plan.pk).name == "Имплант"


def test_a_service_that_is_no_longer_offered_may_stay_but_not_be_added(filling):
    plan = plan_made(lines=[one(filling)])
    type(filling).objects.filter(pk=filling.pk).update(is_active=False)
    plan_change(plan_id=plan.pk, actor=None, lines=[one(filling, id=plan.lines.get().pk, quantity=2)])
    with pytest.raises(Invalid):
        plan_made(lines=[one(filling)])


@pytest.mark.feature("CLN-15")
def test_approval_freezes_the_prices_of_its_day(filling, heard):
    plan = plan_made(lines=[one(filling)])
    ServicePrice.objects.create(service=filling, starts_on="2026-12-01", amount="2000.00")
    with time_machine.travel("2026-12-02T10:00:00Z", tick=False):
        plan_approve(plan_id=plan.pk, actor=None)
    ServicePrice.objects.create(service=filling, starts_on="2026-12-03", amount="9000.00")
    plan.refresh_from_db()
    assert (plan.status, plan.priced_on, plan.lines.get().price) == ("approved", date(2026, 12, 2), Decimal("2000.00"))
    assert PlanApproved(plan_id=plan.pk, patient_id=plan.patient_id) in heard


def test_a_price_that_a_person_has_set_survives_approval(filling):
    plan = plan_made(lines=[one(filling, price=Decimal("1000.00"))])
    plan_approve(plan_id=plan.pk, actor=None)
    assert plan.lines.get().price == Decimal("1000.00")


def test_whoever_saw_an_older_total_must_look_again(filling):
    plan = plan_made(lines=[one(filling)])
    ServicePrice.objects.create(service=filling, starts_on="2021-01-01", amount="1700.00")
    with pytest.raises(PricesChanged) as refusal:
        plan_approve(plan_id=plan.pk, actor=None, seen_total=Decimal("1500.00"))
    assert refusal.value.facts["total"] == "1700.00"
    assert TreatmentPlan.objects.get(pk=plan.pk).is_draft


@pytest.mark.feature("CLN-15")
def test_an_approved_plan_is_not_changed_and_not_approved_twice(filling):
    plan = plan_made()
    plan_approve(plan_id=plan.pk, actor=None)
    for act in (
        lambda: plan_change(plan_id=plan.pk, actor=None, name="x"),
        lambda: plan_approve(plan_id=plan.pk, actor=None),
    ):
        with pytest.raises(PlanIsApproved) as refusal:
            act()
        assert (refusal.value.code, refusal.value.status) == ("plan_approved", 409)


def test_a_plan_without_lines_or_prices_is_not_approved(filling):
    with pytest.raises(PlanIsEmpty):
        plan_approve(plan_id=plan_made(lines=[]).pk, actor=None)
    filling.prices.all().delete()
    with pytest.raises(NoPrice):
        plan_approve(plan_id=plan_made(lines=[one(filling)]).pk, actor=None)


def test_an_app_above_may_stand_in_the_way_of_approval_and_of_reopening(filling):
    def gate(plan, lines):
        return ["Marketing has not agreed"] if len(lines) == 1 else []

    def hold(plan):
        return ["Invoice 5 is issued"]

    plan = plan_made(lines=[one(filling)])
    PLAN_GATES.register(gate, module="clinical")
    PLAN_HOLDS.register(hold, module="clinical")
    try:
        with pytest.raises(PlanBlocked) as refusal:
            plan_approve(plan_id=plan.pk, actor=None)
        assert refusal.value.facts["reasons"] == ["Marketing has not agreed"]
        plan_change(plan_id=plan.pk, actor=None, lines=[one(filling), one(filling, teeth=[11])])
        plan_approve(plan_id=plan.pk, actor=None)
        for act in (plan_reopen, lambda **given: plan_decline(reason="", **given)):
            with pytest.raises(PlanInUse):
                act(plan_id=plan.pk, actor=None)
    finally:
        PLAN_GATES.unregister(gate)
        PLAN_HOLDS.unregister(hold)


def test_a_reopened_plan_is_a_draft_without_frozen_prices(filling):
    plan = plan_made()
    plan_approve(plan_id=plan.pk, actor=None)
    plan = plan_reopen(plan_id=plan.pk, actor=None)
    assert (plan.status, plan.priced_on, plan.approved_at) == ("draft", None, None)
    with pytest.raises(IllegalMove):
        plan_reopen(plan_id=plan.pk, actor=None)


@pytest.mark.feature("CLN-35")
def test_a_declined_plan_keeps_its_reason_and_may_be_considered_again():
    plan = plan_decline(plan_id=plan_made().pk, reason=" выбрали мост ", actor=None)
    assert (plan.status, plan.decline_reason) == ("declined", "выбрали мост")
    with pytest.raises(IllegalMove):
        plan_approve(plan_id=plan.pk, actor=None)
    assert plan_restore(plan_id=plan.pk, actor=None).status == "draft"


@pytest.mark.feature("CLN-40")
def test_the_status_of_a_plan_follows_from_its_lines(filling, heard, doctor):
    plan = plan_made(lines=[one(filling), one(filling, teeth=[37])], doctor=doctor.staff)
    first, second = plan.lines.values_list("pk", flat=True)
    with pytest.raises(PlanNotApproved):
        lines_render(plan_id=plan.pk, line_ids=[first], doctor=doctor.staff, actor=doctor)
    plan_approve(plan_id=plan.pk, actor=None)

    def render(pk):
        lines_render(plan_id=plan.pk, line_ids=[pk], doctor=doctor.staff, actor=doctor)
        return TreatmentPlan.objects.get(pk=plan.pk).status

    assert [render(first), render(first), render(second)] == ["in_work", "in_work", "done"]
    rendered = [event.line_ids for event in heard if isinstance(event, ServicesRendered)]
    assert rendered == [(first,), (second,)]
    assert sum(isinstance(event, PlanFinished) for event in heard) == 1
    with pytest.raises(PlanInUse):
        plan_reopen(plan_id=plan.pk, actor=None)
    lines_unrender(plan_id=plan.pk, line_ids=[first, second], actor=doctor)
    assert TreatmentPlan.objects.get(pk=plan.pk).status == "approved"
    assert plan_reopen(plan_id=plan.pk, actor=None).is_draft


def test_work_in_the_future_and_lines_of_another_plan_are_refused(filling, doctor):
    plan, other = plan_made(lines=[one(filling)]), plan_made(lines=[one(filling)])
    plan_approve(plan_id=plan.pk, actor=None)
    mine, foreign = plan.lines.get().pk, other.lines.get().pk
    with pytest.raises(Invalid):
        lines_render(plan_id=plan.pk, line_ids=[mine], doctor=doctor.staff, actor=doctor, done_on=date(2099, 1, 1))
    with pytest.raises(DomainError):
        lines_render(plan_id=plan.pk, line_ids=[foreign], doctor=doctor.staff, actor=doctor)


def test_what_happens_to_a_plan_is_told_in_the_medical_compartment(filling):
    plan = plan_made()
    plan_approve(plan_id=plan.pk, actor=None)
    told = AuditEntry.objects.filter(object_kind="clinical.treatmentplan", object_id=plan.pk).order_by("pk")
    assert [(row.code, row.compartment, row.patient_id) for row in told] == [
        ("clinical.plan.created", "medical", plan.patient_id),
        ("clinical.plan.approved", "medical", plan.patient_id),
    ]


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"teeth": [99]}, "plan_line_teeth_are_real"),
        ({"quantity": 0}, "plan_line_quantity_is_positive"),
        ({"phase": 0}, "plan_line_phase_counts_from_one"),
        ({"price": "-1.00"}, "plan_line_discount_never_exceeds_sum"),
        ({"discount": "1500.01"}, "plan_line_discount_never_exceeds_sum"),
        ({"state": "done"}, "plan_line_done_has_a_day"),
    ],
)
def test_the_database_keeps_what_a_line_promises(filling, changes, constraint):
    plan = plan_made(lines=[one(filling)])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PlanLine.objects.filter(plan=plan).update(**changes)


def test_the_database_keeps_numbers_apart_and_approval_dated(anna, branch):
    first, second = (plan_made(patient=anna, branch=branch) for _ in range(2))
    with pytest.raises(IntegrityError, match="treatment_plan_number_is_unique"), transaction.atomic():
        TreatmentPlan.objects.filter(pk=second.pk).update(number=first.number)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="treatment_plan_beyond_draft_was_approved"), transaction.atomic():
        TreatmentPlan.objects.filter(pk=first.pk).update(status="approved")


@pytest.mark.feature("PAT-40")
def test_plans_of_merged_cards_keep_their_numbers_apart(anna, branch, director):
    twin = PatientFactory(branch=branch)
    first, own, twins = (plan_made(patient=patient, branch=branch) for patient in (anna, anna, twin))
    patients_merge(survivor_id=anna.pk, duplicate_id=twin.pk, actor=director)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    found = TreatmentPlan.objects.filter(patient=anna).values_list("pk", "number")
    assert dict(found) == {first.pk: 1, own.pk: 2, twins.pk: 3}


MONEY = st.decimals(min_value=0, max_value=100_000, places=2)


@given(st.lists(st.tuples(st.integers(1, 5), MONEY, st.integers(1, 30), st.decimals(0, 1, places=2))))
def test_phases_add_up_to_the_whole_plan(lines):
    priced = [(phase, price, quantity, rules.money(price * quantity * part)) for phase, price, quantity, part in lines]
    phases = rules.totals_by_phase(priced)
    assert list(phases) == sorted({line[0] for line in priced})
    whole = sum((rules.line_sum(price, quantity, off) for _, price, quantity, off in priced), Decimal(0))
    assert sum((totals.net for totals in phases.values()), Decimal(0)) == whole
    assert all(totals.net >= 0 for totals in phases.values())


@pytest.mark.parametrize(
    ("text", "off"), [("10%", "150.00"), ("12,5 %", "187.50"), ("200", "200.00"), ("", "0.00"), ("1 000,50", "1000.50")]
)
def test_a_discount_is_typed_as_percent_or_sum(text, off):
    assert rules.discount_of(text, Decimal("1500.00")) == Decimal(off)


@pytest.mark.parametrize("text", ["101%", "-5%", "ten", "5%%"])
def test_a_discount_that_is_neither_is_an_error(text):
    with pytest.raises(ValueError):
        rules.discount_of(text, Decimal("1500.00"))


def together(*acts):
    """Run acts at once, each on its own connection; returns what each gave or raised."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        barrier.wait()
        try:
            results[number] = act()
        except DomainError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_wins():
    plan = plan_made()
    results = together(*[lambda: plan_approve(plan_id=plan.pk, actor=None)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["PlanIsApproved", "TreatmentPlan"]
    assert AuditEntry.objects.filter(code="clinical.plan.approved").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_change_at_once_never_leave_an_approved_plan_that_was_changed_later():
    filling = ServiceFactory(price="1500.00")
    plan = plan_made(lines=[one(filling)])
    approved, changed = together(
        lambda: plan_approve(plan_id=plan.pk, actor=None, seen_total=Decimal("1500.00")),
        lambda: plan_change(plan_id=plan.pk, actor=None, lines=[one(filling, quantity=5)]),
    )
    if isinstance(changed, DomainError):
        assert isinstance(changed, PlanIsApproved)
        assert plan.lines.get().quantity == 1
    else:
        assert isinstance(approved, PricesChanged)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_plans_made_at_once_get_different_numbers():
    branch, doctor, filling = BranchFactory(), DoctorFactory(), ServiceFactory()
    patient = PatientFactory(branch=branch)

    def make():
        lines = [one(filling)]
        return plan_create(patient_id=patient.pk, doctor=doctor, branch=branch, lines=lines, actor=None).number

    assert sorted(together(make, make, make)) == [1, 2, 3]
