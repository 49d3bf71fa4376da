"""What the calendar shows of money: debts, the invoice of a visit, planned and made in a chair's column."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.handlers.calendar import debt_badges, head_money, invoiced_visits, visit_actions
from core import clock
from scheduling.models import Appointment, State
from scheduling.slots import Head, badges_of
from tests.billing.money import D, invoice_of
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(anna, doctor, chair):
    start = clock.now().replace(hour=8, minute=0, second=0, microsecond=0)
    row = Appointment.objects.create(
        patient=anna, doctor=doctor.staff, chair=chair, branch=chair.branch, starts_at=start,
        ends_at=start + timedelta(hours=1), state=State.COMPLETED,
    )  # fmt: skip
    row.services.set([ServiceFactory(price="1500.00"), ServiceFactory(price="500.00")])
    return row


def test_visits_of_debtors_are_marked_for_those_who_may_know(visit, reception, doctor):
    assert debt_badges([visit], reception) == {}
    invoice_of(visit.patient, reception, 1200)
    assert [badge.code for badge in debt_badges([visit], reception)[visit.pk]] == ["debt"]
    assert "1\xa0200" in str(debt_badges([visit], reception)[visit.pk][0].label)
    assert debt_badges([visit], doctor) == {}
    assert [badge.code for badge in badges_of([visit], reception)[visit.pk]] == ["debt"]
    assert badges_of([visit], doctor) == {}


def test_a_visit_leads_to_a_new_invoice_then_to_its_own(visit, reception):
    assert f"appointment={visit.pk}" in visit_actions([visit], reception)[visit.pk][0].url
    invoice = invoice_of(visit.patient, reception, 100, appointment_id=visit.pk)
    assert [action.url for action in visit_actions([visit], reception)[visit.pk]] == [f"/invoices/{invoice.pk}/"]
    assert list(invoiced_visits([visit])) == [visit.pk]


@pytest.mark.feature("SCH-49")
def test_a_chair_s_head_tells_money_made_of_planned(visit, reception, director, doctor):
    head = Head(visit.chair_id, visit.doctor_id)
    day = clock.today(visit.branch.timezone)
    figure = head_money([head], day, [visit.branch_id], director)[head][0]
    assert (figure.value, figure.of) == (D(0), D(2000))
    invoice = invoice_of(visit.patient, reception, 900, appointment_id=visit.pk)
    assert invoice.lines.get().doctor_id == visit.doctor_id
    figure = head_money([head], day, [visit.branch_id], director)[head][0]
    assert (figure.value, figure.of) == (D(900), D(2000))
    assert head_money([head], day, [visit.branch_id], doctor) == {}
    assert head_money([head], day - timedelta(days=1), [visit.branch_id], reception) == {}


def test_a_visit_s_doctor_and_day_go_into_its_invoice(visit, reception):
    visit.starts_at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    visit.save()
    line = invoice_of(visit.patient, reception, 100, appointment_id=visit.pk).lines.get()
    assert (line.doctor_id, str(line.service_on)) == (visit.doctor_id, "2026-11-20")
