"""What treatment adds to a visit: links on the doctor's day, services done when it is finished."""

from datetime import time, timedelta

import pytest
from django.test import RequestFactory

from clinical.models import LineState
from clinical.services import LineIn, plan_approve
from clinical.visits import draw, visit_actions
from core import clock
from core.errors import Forbidden, Invalid
from scheduling.models import Appointment
from scheduling.services import appointment_book, shift_create, visit_close
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("CLN-40", "SCH-25")]
ZONE = "Europe/Moscow"


@pytest.fixture
def services(db):
    return ServiceFactory(name="Пломба"), ServiceFactory(name="Удаление")


@pytest.fixture
def visit(anna, doctor, chair, director, reception, services):
    """Anna comes to Sokolova tomorrow at ten for a filling."""
    day = clock.today(ZONE) + timedelta(days=1)
    start, end = clock.at(day, time(10), ZONE), clock.at(day, time(11), ZONE)
    shift_create(doctor_id=doctor.staff.pk, chair_id=chair.pk, starts_at=start, ends_at=end, actor=director)
    return appointment_book(
        patient_id=anna.pk, doctor_id=doctor.staff.pk, chair_id=chair.pk, starts_at=start, ends_at=end,
        service_ids=[services[0].pk], actor=reception,
    )  # fmt: skip


@pytest.fixture
def lines(anna, doctor, branch, services):
    plan = plan_made(patient=anna, doctor=doctor.staff, branch=branch, lines=[LineIn(row.pk, [36]) for row in services])
    plan_approve(plan_id=plan.pk, actor=None)
    return list(plan.lines.order_by("position"))


def asked(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def close(visit, user, **answers):
    return visit_close(visit=visit.pk, answers={"clinical": answers}, actor=user, is_walking=True)


def test_the_doctors_day_leads_to_the_patients_teeth(visit, doctor, reception):
    row = Appointment.objects.get(pk=visit.pk)
    assert [action.url for action in visit_actions([row], doctor)[row.pk]] == [
        f"/patients/{row.patient_id}/diagnostics/", f"/patients/{row.patient_id}/plans/",
    ]  # fmt: skip
    assert [action.url for action in visit_actions([row], reception)[row.pk]] == [f"/patients/{row.patient_id}/plans/"]


def test_services_booked_for_the_visit_are_ticked_and_those_done_are_not_asked_again(visit, doctor, director, lines):
    page = draw(visit, asked(director))
    first, second = (page.index(f'value="{line.pk}"') for line in lines)
    assert page[first : first + 40].count("checked") == 1 and "checked" not in page[second : second + 40]
    close(visit, director, lines=str(lines[0].pk))
    assert f'value="{lines[0].pk}"' not in draw(visit, asked(director))


def test_ticked_services_are_done_by_the_visits_doctor_together_with_the_visit(visit, doctor, lines):
    row = close(visit, doctor, lines=[str(line.pk) for line in lines])
    for line in lines:
        line.refresh_from_db()
        assert (line.state, line.done_by, line.appointment_id) == (LineState.DONE, doctor.staff, visit.pk)
        assert line.done_on == clock.today(ZONE)
    assert row.state == "completed"


def test_a_line_that_is_not_there_keeps_the_visit_open(visit, doctor, lines):
    with pytest.raises(Invalid) as refusal:
        close(visit, doctor, lines=[str(lines[0].pk), "999999999"])
    assert list(refusal.value.fields) == ["clinical.lines"]
    visit.refresh_from_db()
    lines[0].refresh_from_db()
    assert (visit.state, lines[0].state) == ("booked", LineState.PLANNED)


def test_reception_finishes_visits_but_marks_no_treatment(visit, reception, lines):
    assert draw(visit, asked(reception)) == ""
    with pytest.raises(Forbidden):
        close(visit, reception, lines=str(lines[0].pk))
    assert close(visit, reception).state == "completed"
