"""At the end of a visit somebody says when the patient shall come again."""

from datetime import timedelta

import pytest

from core import clock
from core.errors import Invalid
from scheduling.models import CallTask, PlannedVisit
from scheduling.rules import months_on
from scheduling.services import (
    appointment_set_state,
    call_settle,
    calls_refresh,
    planned_change,
    planned_remove,
    visit_close,
)

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-25", "SCH-26")]
ZONE = "Europe/Moscow"


def close(visit, user, **answers):
    return visit_close(visit=visit.pk, answers={"next": answers}, actor=user, is_walking=True)


def put_back(visit, user):
    return appointment_set_state(appointment_id=visit.pk, state="in_chair", reason="Ещё лечим", actor=user)


def standing():
    return list(PlannedVisit.objects.filter(outcome="planned"))


@pytest.mark.parametrize("who", ["doctor", "reception"])
def test_the_next_visit_is_planned_with_the_same_doctor(book, anna, request, who, branch):
    visit = book(10)
    close(visit, request.getfixturevalue(who), count="3", unit="months", comment="контроль")
    (row,) = standing()
    today = clock.today(ZONE)
    assert (row.patient, row.doctor, row.branch, row.origin, row.comment) == (
        anna, visit.doctor, branch, visit, "контроль",
    )  # fmt: skip
    assert row.due_on == months_on(min(visit.local_start.date(), today), 3)


def test_weeks_are_weeks_and_nothing_said_is_nothing_planned(book, reception):
    close(book(10), reception)
    assert not standing()
    visit = book(12)
    close(visit, reception, count="2", unit="weeks")
    assert standing()[0].due_on == min(visit.local_start.date(), clock.today(ZONE)) + timedelta(weeks=2)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"count": "0"}, "next.count"),
        ({"count": "x"}, "next.count"),
        ({"count": "61"}, "next.count"),
        ({"count": "999999", "unit": "weeks"}, "next.count"),
        ({"count": "3", "unit": "years"}, "next.unit"),
    ],
)
def test_a_wrong_number_is_refused_beside_its_field_and_the_visit_is_not_finished(book, reception, answers, field):
    visit = book(10)
    with pytest.raises(Invalid) as refused:
        close(visit, reception, **answers)
    assert set(refused.value.fields) == {field}
    visit.refresh_from_db()
    assert visit.state == "booked"
    assert not standing()


def test_putting_the_visit_back_takes_the_plan_away_and_finishing_again_makes_one(book, reception):
    visit = book(10)
    close(visit, reception, count="6")
    put_back(visit, reception)
    assert not standing()
    close(visit, reception, count="6")
    assert len(standing()) == 1


def changed(row, user):
    planned_change(planned_id=row.pk, comment="просил утром", actor=user)


def called(row, user):
    PlannedVisit.objects.filter(pk=row.pk).update(opens_on=clock.today(ZONE))
    calls_refresh()
    call_settle(task_id=CallTask.objects.get(reason="planned", subject_id=row.pk).pk, outcome="no_answer", actor=user)


@pytest.mark.parametrize("work", [changed, called])
def test_what_somebody_has_worked_on_stays_and_is_moved_not_doubled(book, reception, work):
    visit = book(10)
    close(visit, reception, count="6")
    work(standing()[0], reception)
    put_back(visit, reception)
    (row,) = standing()
    close(visit, reception, count="1", unit="weeks")
    (moved,) = standing()
    assert (moved.pk, moved.due_on < row.due_on) == (row.pk, True)


def test_what_was_taken_off_the_list_does_not_come_back(book, reception):
    visit = book(10)
    close(visit, reception, count="6")
    planned_remove(planned_id=standing()[0].pk, actor=reception)
    put_back(visit, reception)
    assert not standing()


def test_the_form_asks_and_keeps_what_was_typed(client, book, reception):
    client.force_login(reception)
    url = f"/appointments/{book(10).pk}/close/"
    assert 'name="next.count"' in client.get(url).content.decode()
    wrong = client.post(url, {"next.count": "сто", "next.unit": "weeks", "next.comment": "швы"})
    shown = wrong.content.decode()
    assert wrong.status_code == 422
    assert 'value="сто"' in shown
    assert 'value="швы"' in shown
    assert client.post(url, {"next.count": "2", "next.unit": "weeks"}).status_code == 302
    assert len(standing()) == 1
