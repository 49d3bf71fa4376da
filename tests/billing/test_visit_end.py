"""The end of a visit prepares an invoice for the desk, and takes it away when the visit is put back."""

from datetime import time, timedelta

import pytest

from billing.errors import InvoicePrepared
from billing.listings import ToPayListing
from billing.models import Invoice, InvoiceLine, Status
from billing.selectors.visits import Asked, visits_to_pay
from billing.services import invoice_change, invoice_issue, invoice_prepare, invoice_rollback
from billing.slots import PAYERS
from clinical.errors import PlanNotApproved
from clinical.models import LineState, TreatmentPlan
from clinical.services import LineIn, plan_approve, plan_reopen
from core import clock
from core.errors import DomainError, Forbidden, IllegalMove, Invalid, NotFound
from core.services import policies_set
from scheduling.errors import BackRefused
from scheduling.models import Appointment
from scheduling.services import (
    appointment_book,
    appointment_set_state,
    appointment_step,
    shift_create,
    visit_close,
    work_order_fill,
)
from scheduling.slots import CLOSE_STEPS, CloseStep
from tests.billing.money import D, assert_balanced, pay
from tests.billing.test_cash import at_once
from tests.billing.test_payers import Fund
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-25", "SCH-30")]
ZONE = "Europe/Moscow"


@pytest.fixture
def filling():
    return ServiceFactory(name="Пломба", price="4000.00")


@pytest.fixture
def xray():
    return ServiceFactory(name="Снимок", price="600.00")


@pytest.fixture
def booked(anna, doctor, chair, director, reception):
    """`booked(filling)`: Anna is booked with Sokolova today for these services."""
    today = clock.today(ZONE)
    start = clock.at(today, time(10), ZONE)
    shift_create(
        doctor_id=doctor.staff.pk,
        chair_id=chair.pk,
        starts_at=start,
        ends_at=start + timedelta(hours=8),
        actor=director,
    )

    def make(*services, hour=10):
        begins = clock.at(today, time(hour), ZONE)
        return appointment_book(
            patient_id=anna.pk, doctor_id=doctor.staff.pk, chair_id=chair.pk, starts_at=begins,
            ends_at=begins + timedelta(hours=1), service_ids=[row.pk for row in services], actor=reception,
        )  # fmt: skip

    return make


@pytest.fixture
def agreed(anna, doctor, branch, director):
    """`agreed(filling, 3500)`: a line of an approved plan, at a price of its own."""

    def make(service, price):
        line = LineIn(service.pk, [36], price=D(price))
        plan = plan_made(patient=anna, doctor=doctor.staff, branch=branch, lines=[line], actor=director)
        return plan_approve(plan_id=plan.pk, actor=director).lines.get()

    return make


def close(visit, user, **billing):
    return visit_close(visit=visit.pk, answers={"billing": billing} if billing else {}, actor=user, is_walking=True)


def lines(invoice):
    return [(line.name, line.quantity, line.sum, line.doctor_id) for line in invoice.lines.order_by("position")]


def test_a_finished_visit_has_a_draft_of_what_it_was_booked_for(booked, filling, xray, doctor):
    visit = booked(filling, xray)
    close(visit, doctor)
    draft = Invoice.objects.get()
    assert (draft.status, draft.number, draft.appointment_id, draft.is_prepared) == (Status.DRAFT, None, visit.pk, True)
    assert lines(draft) == [
        ("Пломба", 1, D(4000), doctor.staff.pk),
        ("Снимок", 1, D(600), doctor.staff.pk),
    ]
    assert (draft.total, draft.due) == (D(4600), D(4600))
    assert_balanced()


def test_the_menu_of_statuses_and_the_api_prepare_it_too(booked, filling, reception, client):
    client.force_login(reception)
    first, second = booked(filling), booked(filling, hour=12)
    appointment_step(appointment_id=first.pk, state="completed", actor=reception, is_walking=True)
    for state in ("confirmed", "arrived", "in_chair", "completed"):
        path = f"/api/v1/appointments/{second.pk}/status/"
        assert client.post(path, {"status": state}, content_type="application/json").status_code == 200
    assert sorted(Invoice.objects.values_list("appointment_id", flat=True)) == [first.pk, second.pk]


def test_a_booked_line_of_a_plan_is_done_and_invoiced_at_its_agreed_price(booked, filling, agreed, doctor):
    line = agreed(filling, 3500)
    close(booked(filling), doctor)
    line.refresh_from_db()
    draft = Invoice.objects.get()
    assert line.state == LineState.DONE
    assert [(row.plan_line_id, row.sum) for row in draft.lines.all()] == [(line.pk, D(3500))]
    assert draft.plan_id == line.plan_id


def test_the_desk_that_marks_no_treatment_invoices_by_the_plan_all_the_same(booked, filling, agreed, reception):
    line = agreed(filling, 3500)
    close(booked(filling), reception)
    line.refresh_from_db()
    assert line.state == LineState.PLANNED
    assert InvoiceLine.objects.get().plan_line_id == line.pk


def test_the_form_says_what_was_done_and_how_often(client, booked, filling, xray, doctor):
    visit = booked(filling)
    client.force_login(doctor)
    page = client.get(f"/appointments/{visit.pk}/close/").content.decode()
    assert f'value="{filling.pk}" checked' in page and "4000" not in page and "4\xa0000" not in page
    body = {"billing.services": filling.pk, f"billing.quantity-{filling.pk}": "2", "billing.added": xray.pk}
    assert client.post(f"/appointments/{visit.pk}/close/", body).status_code == 302
    assert [(line.name, line.quantity) for line in InvoiceLine.objects.order_by("position")] == [
        ("Пломба", 2), ("Снимок", 1),
    ]  # fmt: skip


def test_nothing_ticked_is_nothing_to_invoice(client, booked, filling, doctor):
    visit = booked(filling)
    client.force_login(doctor)
    assert client.post(f"/appointments/{visit.pk}/close/", {}).status_code == 302
    visit.refresh_from_db()
    assert visit.state == "completed"
    assert not Invoice.objects.exists()


def test_a_wrong_quantity_keeps_the_visit_open_and_what_was_typed(client, booked, filling, doctor):
    visit = booked(filling)
    client.force_login(doctor)
    body = {"billing.services": filling.pk, f"billing.quantity-{filling.pk}": "много"}
    answer = client.post(f"/appointments/{visit.pk}/close/", body)
    assert answer.status_code == 422 and 'value="много"' in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.state, Invoice.objects.count()) == ("booked", 0)


def test_two_clicks_make_one_invoice(client, booked, filling, doctor):
    visit = booked(filling)
    client.force_login(doctor)
    body = {"billing.services": filling.pk, "idempotency_key": "0b9d9cfe-4fe4-44d5-bd75-5f7a5f3f9c11"}
    assert [client.post(f"/appointments/{visit.pk}/close/", body).status_code for _click in "12"] == [302, 302]
    assert Invoice.objects.count() == 1


def test_a_second_draft_of_a_visit_is_refused(booked, filling, xray, doctor, reception):
    visit = booked(filling)
    close(visit, doctor)
    with pytest.raises(InvoicePrepared):
        invoice_prepare(visit=visit, services=[Asked(xray.pk)], actor=reception)
    assert invoice_prepare(visit=visit, services=[Asked(filling.pk)], actor=reception) is None


def test_putting_the_visit_back_takes_the_draft_away_and_closing_again_brings_another(
    booked, filling, agreed, doctor, reception
):
    line, visit = agreed(filling, 3500), booked(filling)
    for _time in range(2):
        close(visit, doctor)
        assert Invoice.objects.count() == 1
        appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="не закончили", actor=reception)
        line.refresh_from_db()
        assert (Invoice.objects.count(), line.state) == (0, LineState.PLANNED)


def test_an_issued_invoice_holds_the_visit_until_it_is_rolled_back(booked, filling, doctor, reception, director):
    visit = booked(filling)
    close(visit, doctor)
    invoice = invoice_issue(invoice_id=Invoice.objects.get().pk, actor=reception)
    with pytest.raises(BackRefused):
        appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="ошибка", actor=reception)
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="ошибка", actor=reception)
    close(visit, doctor)
    assert Invoice.objects.filter(status=Status.DRAFT).count() == 1
    assert_balanced()


def test_a_draft_made_by_hand_stays_when_the_visit_is_put_back(booked, filling, anna, reception):
    from billing.services import LineInput, invoice_make

    visit = booked(filling)
    own = invoice_make(
        patient_id=anna.pk,
        lines=[LineInput(service_id=filling.pk)],
        appointment_id=visit.pk,
        draft=True,
        actor=reception,
    )
    close(visit, reception)
    assert list(Invoice.objects.all()) == [own]
    appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="рано", actor=reception)
    assert list(Invoice.objects.all()) == [own]


def test_a_service_without_a_price_does_not_keep_the_doctor(booked, filling, doctor):
    free = ServiceFactory(name="Новинка")
    free.prices.all().delete()
    close(booked(filling, free), doctor)
    draft = Invoice.objects.get()
    assert [line.name for line in draft.lines.all()] == ["Пломба"]
    assert "Новинка" in draft.note


def test_the_desk_changes_the_prepared_draft_with_its_lines_of_a_plan(
    client, booked, filling, xray, agreed, doctor, reception
):
    line = agreed(filling, 3500)
    close(booked(filling, xray), doctor)
    draft = Invoice.objects.get()
    client.force_login(reception)
    page = client.get(f"/invoices/{draft.pk}/change/").content.decode()
    assert f'value="{line.pk}" data-plan-line="3500.00" checked' in page
    body = {
        "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-service": xray.pk, "lines-0-quantity": 3,
        "plan": line.plan_id, "plan_lines": line.pk, "version": draft.version,
    }  # fmt: skip
    assert client.post(f"/invoices/{draft.pk}/change/", body).status_code == 302
    draft.refresh_from_db()
    assert (draft.total, draft.plan_id) == (D(3500 + 3 * 600), line.plan_id)
    invoice_change(invoice_id=draft.pk, lines=[], plan_id=line.plan_id, plan_line_ids=[line.pk], actor=reception)
    assert Invoice.objects.get().total == D(3500)


class TestWhoFills:
    @pytest.fixture(autouse=True)
    def by_the_desk(self, branch, director):
        policies_set(values={"scheduling.work_order_by": "administrator"}, actor=director)

    def test_the_doctor_s_end_leaves_the_work_order_to_the_desk(self, client, booked, filling, doctor):
        visit = booked(filling)
        client.force_login(doctor)
        assert "billing.services" not in client.get(f"/appointments/{visit.pk}/close/").content.decode()
        close(visit, doctor)
        assert not Invoice.objects.exists()

    def test_the_desk_fills_it_in_afterwards_with_what_the_plan_has(
        self, client, booked, filling, agreed, doctor, reception
    ):
        line, visit = agreed(filling, 3500), booked(filling)
        close(visit, doctor)
        client.force_login(reception)
        assert [row.pk for row in visits_to_pay(reception)] == [visit.pk]
        page = client.get(f"/appointments/{visit.pk}/work-order/").content.decode()
        assert f'name="clinical.lines" value="{line.pk}" checked' in page
        answer = client.post(f"/appointments/{visit.pk}/work-order/", {"clinical.lines": line.pk})
        assert answer.status_code == 302
        assert Invoice.objects.get().total == D(3500)
        line.refresh_from_db()
        assert (line.state, line.done_by_id) == (LineState.DONE, visit.doctor_id)

    def test_a_visit_that_is_not_finished_has_no_work_order(self, booked, filling, reception):
        with pytest.raises(IllegalMove):
            work_order_fill(visit=booked(filling).pk, answers={}, actor=reception)


class TestToPay:
    def test_one_click_from_the_list_to_the_invoice_until_it_is_paid(self, client, booked, filling, doctor, reception):
        visit = booked(filling)
        close(visit, doctor)
        draft = Invoice.objects.get()
        screen = ToPayListing(reception, {})
        (row,) = screen.page(1).rows
        assert (row.pk, screen.row_url(row)) == (visit.pk, f"/invoices/{draft.pk}/")
        client.force_login(reception)
        assert "Счёт готов" in client.get("/to-pay/").content.decode()
        invoice = invoice_issue(invoice_id=draft.pk, actor=reception)
        assert visits_to_pay(reception).get().invoice_due == D(4000)
        pay(invoice, reception, cash=4000)
        assert not visits_to_pay(reception).exists()

    def test_a_stranger_and_a_doctor_see_none(self, client, booked, filling, doctor, stranger):
        close(booked(filling), doctor)
        assert not visits_to_pay(stranger).exists()
        client.force_login(doctor)
        assert client.get("/to-pay/").status_code == 403


def test_materials_have_their_place_in_the_slot_after_billing(client, booked, filling, doctor):
    """No app fills it yet: one that does sees what the steps before it have made, and may refuse them all."""
    seen = []

    def apply(visit, answers, actor):
        seen.append((Invoice.objects.filter(appointment=visit).count(), dict(answers)))
        if answers.get("gloves") == "0":
            raise Invalid(fields={"gloves": "Без перчаток нельзя"})

    step = CloseStep("materials", "Материалы", apply, lambda visit, request: "<p>перчатки</p>")
    CLOSE_STEPS.register(step, module="billing", order=40)
    try:
        visit = booked(filling)
        client.force_login(doctor)
        assert "перчатки" in client.get(f"/appointments/{visit.pk}/close/").content.decode()
        body = {"billing.services": filling.pk, "materials.gloves": "0"}
        answer = client.post(f"/appointments/{visit.pk}/close/", body)
        assert answer.status_code == 422 and "Без перчаток нельзя" in answer.content.decode()
        assert (seen, Invoice.objects.count()) == ([(1, {"gloves": "0"})], 0)
    finally:
        CLOSE_STEPS.unregister(step)


def test_a_plan_is_not_reopened_under_a_draft_of_its_lines(booked, filling, agreed, doctor, director):
    line = agreed(filling, 3500)
    close(booked(filling), doctor)
    with pytest.raises(DomainError, match=r".*") as refusal:
        plan_reopen(plan_id=line.plan_id, actor=director)
    assert "черновик" in str(refusal.value) or "draft" in str(refusal.value)
    TreatmentPlan.objects.filter(pk=line.plan_id).update(status="declined")  # by whatever path
    with pytest.raises(PlanNotApproved):
        invoice_issue(invoice_id=Invoice.objects.get().pk, actor=director)


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_many_ends_of_one_visit_at_once_make_one_invoice(booked, filling, doctor, reception):
    visit = booked(filling)
    calls = [lambda user=user: close(visit, user) for user in (doctor, reception) * 4]
    answers = at_once(calls)
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == len(calls) - 1
    assert Invoice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_issuing_and_putting_back_at_once_end_in_one_of_both(booked, filling, doctor, reception, director):
    visit = booked(filling)
    for _round in range(4):
        close(visit, doctor)
        pk = Invoice.objects.get(status=Status.DRAFT).pk
        issued, back = at_once([
            lambda pk=pk: invoice_issue(invoice_id=pk, actor=reception),
            lambda: appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="рано", actor=reception),
        ])  # fmt: skip
        visit.refresh_from_db()
        if isinstance(back, BackRefused):
            assert (visit.state, issued.status) == ("completed", Status.ISSUED)
            invoice_rollback(invoice_id=pk, reason="ошибка", actor=director)
            appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="рано", actor=reception)
        else:
            assert (visit.state, isinstance(issued, NotFound)) == ("in_chair", True), issued
    assert_balanced()


@pytest.mark.feature("BIL-04")
class TestPayers:
    @pytest.fixture
    def fund(self, anna):
        made = PAYERS.register(Fund(), module="billing", order=10)
        made.limits[anna.pk] = D(5000)
        made.is_automatic = False
        yield made
        PAYERS.unregister(made)

    def test_nobody_is_asked_where_only_patients_pay(self, client, booked, filling, agreed, xray, doctor):
        agreed(xray, 500)
        client.force_login(doctor)
        assert "billing.payer" not in client.get(f"/appointments/{booked(filling).pk}/close/").content.decode()

    def test_a_payer_is_named_for_a_service_and_for_a_line_of_a_plan(
        self, client, fund, booked, filling, agreed, xray, doctor, reception
    ):
        line, visit = agreed(filling, 3500), booked(filling, xray)
        client.force_login(doctor)
        page = client.get(f"/appointments/{visit.pk}/close/").content.decode()
        assert f'name="billing.payer-line-{line.pk}"' in page and f'name="billing.payer-service-{xray.pk}"' in page
        body = {
            "clinical.lines": line.pk, "billing.services": xray.pk, f"billing.payer-line-{line.pk}": "fund",
            f"billing.payer-service-{xray.pk}": "patient",
        }  # fmt: skip
        assert client.post(f"/appointments/{visit.pk}/close/", body).status_code == 302
        draft = Invoice.objects.get()
        assert sorted(draft.shares.values_list("kind", "amount")) == [("fund", D(3500)), ("patient", D(600))]
        assert draft.due == D(600)
        invoice_issue(invoice_id=draft.pk, actor=reception)
        assert fund.limits[visit.patient_id] == D(1500)
        assert_balanced()

    def test_a_payer_stays_when_the_desk_changes_the_draft(self, client, fund, booked, xray, doctor, reception):
        visit = booked(xray)
        close(visit, doctor, services=[str(xray.pk)], **{f"payer-service-{xray.pk}": "fund"})
        draft = Invoice.objects.get()
        client.force_login(reception)
        page = client.get(f"/invoices/{draft.pk}/change/").content.decode()
        assert '<option value="fund" selected' in page
        body = {
            "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-service": xray.pk, "lines-0-quantity": 2,
            "lines-0-payer": "fund", "version": draft.version,
        }  # fmt: skip
        assert client.post(f"/invoices/{draft.pk}/change/", body).status_code == 302
        assert list(Invoice.objects.get().shares.values_list("kind", "amount")) == [("fund", D(1200))]

    def test_a_payer_that_is_not_there_is_told(self, client, booked, filling, doctor):
        visit = booked(filling)
        client.force_login(doctor)
        body = {"billing.services": filling.pk, f"billing.payer-service-{filling.pk}": "santa"}
        assert client.post(f"/appointments/{visit.pk}/close/", body).status_code == 422
        assert not Invoice.objects.exists()


def test_who_may_not_mark_treatment_is_refused_by_the_step_too(booked, filling, agreed, reception):
    line, visit = agreed(filling, 3500), booked(filling)
    with pytest.raises(Forbidden):
        visit_close(visit=visit.pk, answers={"clinical": {"lines": str(line.pk)}}, actor=reception, is_walking=True)
    assert Appointment.objects.get(pk=visit.pk).state == "booked"
