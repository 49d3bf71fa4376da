"""Both algorithms of the regulation, step by step, by the people who may take them (section 8)."""

from datetime import timedelta

import pytest

from barter.errors import ConsentMissing, RegulationMissing, SignOffMissing
from barter.models import Beneficiary, State
from barter.policies import SCAN_REQUIRED
from barter.selectors.money import both_sides
from barter.services import (
    contract_activate,
    contract_create,
    debt_write_off,
    entry_sign,
    entry_step,
    extra_ask,
    extra_decide,
    organisation_ensure,
    patient_link,
    payment_of_organisation,
    receipt_save,
)
from barter.services.contracts import EntryInput
from billing.errors import ApprovalNeeded
from billing.services import LineInput, invoice_make
from clinical.errors import PlanBlocked
from clinical.services import LineIn, plan_approve
from core import clock
from core.errors import Forbidden, IllegalMove, Invalid
from scheduling.errors import BookingRefused
from scheduling.services import appointment_book, appointment_move, appointment_set_state
from tests.billing.money import D, assert_balanced, invoice_of, money_of
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory
from work.models import Task

pytestmark = pytest.mark.django_db


def open_tasks():
    return [
        (task.roles, task.title) for task in Task.objects.filter(state__in=Task.OPEN, kind="barter.step").order_by("pk")
    ]


def now(entry):
    return Beneficiary.objects.select_related("contract__organisation", "limit", "patient").get(pk=entry.pk)


@pytest.mark.feature("BAR-03", "BAR-05", "BAR-07", "BAR-08", "BAR-11")
def test_an_organisation_s_person_goes_from_the_marketer_to_the_call_centre(
    marketer, head_of_sales, senior, caller, anna, reception
):
    contract = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Радио", actor=marketer), over_limit="patient",
        actor=marketer, beneficiaries=[EntryInput(D(20000), name="Анна Ёлкина", phone="+79001234567")],
    )  # fmt: skip
    entry = contract.beneficiaries.get()
    assert open_tasks() == [(["senior"], "Проверить запись бартера: Анна Ёлкина, Радио")]
    with pytest.raises(Forbidden):
        entry_step(entry_id=entry.pk, to=State.VERIFIED, actor=marketer)
    entry_step(entry_id=entry.pk, to=State.VERIFIED, actor=senior)
    entry_step(entry_id=entry.pk, to=State.ASSIGNED, actor=senior)
    assert open_tasks() == [(["callcentre"], "Позвонить и записать по бартеру: Анна Ёлкина, Радио")]
    with pytest.raises(Forbidden):
        contract_activate(contract_id=contract.pk, actor=reception)
    contract_activate(contract_id=contract.pk, actor=head_of_sales)
    with pytest.raises(IllegalMove):
        entry_step(entry_id=entry.pk, to=State.FINISHED, actor=head_of_sales)
    patient_link(entry_id=entry.pk, patient_id=anna.pk, actor=caller)
    made = now(entry)
    assert (made.state, made.mark, made.left, open_tasks()) == ("active", "pink", D(20000), [])


@pytest.mark.feature("BAR-04")
def test_the_scan_may_be_obligatory(director, monkeypatch, anna):
    contract = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Радио", actor=director), actor=director
    )
    monkeypatch.setattr(type(SCAN_REQUIRED), "get", lambda policy: policy is SCAN_REQUIRED)
    with pytest.raises(RegulationMissing):
        contract_activate(contract_id=contract.pk, actor=director)


@pytest.fixture
def star(anna, director, head_of_sales, marketer, caller):
    """A public person who has been booked by barter up to 60,000."""
    contract = contract_create(
        kind="public_person", actor=marketer, beneficiaries=[EntryInput(D(60000), name="Анна Ёлкина")]
    )
    contract_activate(contract_id=contract.pk, actor=head_of_sales)
    entry = contract.beneficiaries.get()
    assert (contract.over_limit, entry.state) == ("block", "invited")
    entry_step(entry_id=entry.pk, to=State.CONTACT_GIVEN, actor=marketer)
    entry_step(entry_id=entry.pk, to=State.BOOKED, patient_id=anna.pk, actor=caller)
    return now(entry)


@pytest.mark.feature("BAR-23", "SCH-24")
def test_a_public_person_is_booked_for_an_hour_at_least(star, next_visit, anna, director):
    doctor, chair, after = next_visit.doctor_id, next_visit.chair_id, next_visit.ends_at
    place = {"doctor_id": doctor, "chair_id": chair, "patient_id": anna.pk, "actor": director}
    with pytest.raises(BookingRefused):
        appointment_book(starts_at=after, ends_at=after + timedelta(minutes=45), **place)
    appointment_book(starts_at=after, ends_at=after + timedelta(minutes=60), **place)
    with pytest.raises(BookingRefused):
        appointment_move(
            appointment_id=next_visit.pk, starts_at=next_visit.starts_at, ends_at=next_visit.starts_at + timedelta(minutes=30),
            actor=director,
        )  # fmt: skip


@pytest.mark.feature("BAR-22", "BAR-24", "BAR-25", "BAR-26", "BAR-27", "BAR-28", "CLN-26", "CLN-27", "BIL-27")
def test_a_public_person_from_invitation_to_write_off(
    star, anna, branch, doctor, director, marketer, head_of_sales, senior, reception, accountant, next_visit
):
    appointment_set_state(appointment_id=next_visit.pk, state="arrived", actor=reception, is_walking=True)
    assert now(star).state == "met"
    with pytest.raises(ConsentMissing):
        entry_step(entry_id=star.pk, to=State.IN_CHAIR, actor=reception)
    Beneficiary.objects.filter(pk=star.pk).update(photo_consent_on=clock.now().date())
    entry_step(entry_id=star.pk, to=State.IN_CHAIR, actor=reception)
    consultation = invoice_of(anna, director, 1500)
    assert consultation.due == 0  # the patient pays nothing
    crown = ServiceFactory(price="30000")
    plan = plan_made(
        lines=[LineIn(service_id=crown.pk, teeth=[11])], branch=branch, patient=anna, doctor=doctor.staff, actor=doctor
    )
    with pytest.raises(PlanBlocked):
        plan_approve(plan_id=plan.pk, actor=director)
    entry_step(entry_id=star.pk, to=State.PLAN_PROPOSED, actor=doctor)
    entry_step(entry_id=star.pk, to=State.TREATING, actor=marketer)
    plan_approve(plan_id=plan.pk, actor=director)
    assert (now(star).plan_id, now(star).reserved) == (plan.pk, D(30000))

    veneer = ServiceFactory(price="20000")
    lines = [LineInput(service_id=veneer.pk)]
    with pytest.raises(ApprovalNeeded):
        invoice_make(patient_id=anna.pk, lines=lines, actor=director)
    extra = extra_ask(entry_id=star.pk, service_id=veneer.pk, reason="скол на соседнем зубе", actor=doctor)
    with pytest.raises(Forbidden):
        extra_decide(extra_id=extra.pk, is_agreed=True, actor=marketer)
    extra_decide(extra_id=extra.pk, is_agreed=True, actor=head_of_sales)
    invoice_make(patient_id=anna.pk, lines=lines, actor=director)
    invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director)
    assert (now(star).used, now(star).left, now(star).reserved, money_of(anna)) == (
        D(51500), D(8500), D(0), (D(0), D(0)),
    )  # fmt: skip

    with pytest.raises(IllegalMove):
        entry_sign(entry_id=star.pk, part="sales", actor=head_of_sales)
    entry_sign(entry_id=star.pk, part="marketer", actor=marketer)
    with pytest.raises(SignOffMissing):
        debt_write_off(entry_id=star.pk, actor=accountant)
    entry_sign(entry_id=star.pk, part="senior", actor=senior)
    entry_sign(entry_id=star.pk, part="sales", actor=head_of_sales)
    with pytest.raises(Forbidden):
        debt_write_off(entry_id=star.pk, actor=reception)
    debt_write_off(entry_id=star.pk, actor=accountant)
    assert (now(star).state, now(star).mark, open_tasks()) == ("closed", "white", [])
    assert_balanced()


@pytest.mark.feature("BAR-29", "MOON-09")
def test_a_contract_shows_what_we_gave_and_what_we_got(radio, anna, director):
    contract = radio().contract
    invoice_of(anna, director, 6400)
    row = receipt_save(contract_id=contract.pk, title="Эфир, 20 роликов", planned=D(20000), actor=director)
    receipt_save(
        contract_id=contract.pk, receipt_id=row.pk, title=row.title, planned=D(20000), received=D(7000),
        received_on=clock.now().date(), act_number="17", actor=director,
    )  # fmt: skip
    sides = both_sides(contract)
    assert (sides["used"], sides["planned"], sides["received"], sides["difference"]) == (
        D(6400),
        D(20000),
        D(7000),
        D(600),
    )


@pytest.mark.feature("BAR-19", "BIL-28")
def test_the_organisation_pays_what_is_over_the_limits_oldest_first(radio, anna, director):
    entry = radio(limit="1000.00")
    invoice_of(anna, director, 1400)
    entry.refresh_from_db()
    organisation = entry.contract.organisation_id
    with pytest.raises(Invalid):
        payment_of_organisation(organisation_id=organisation, amount=D("400.01"), actor=director)
    assert payment_of_organisation(organisation_id=organisation, amount=D(150), actor=director) == D(250)
    assert payment_of_organisation(organisation_id=organisation, amount=D(250), actor=director) == D(0)
    assert_balanced()
