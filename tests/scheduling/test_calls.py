"""Nobody is lost: cancelled, missed, planned and waiting patients stand on one list of calls until the cause is gone."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.errors import Invalid, NotFound
from patients.models import Family
from scheduling import call_items
from scheduling.errors import CallClaimed
from scheduling.models import Appointment, CallTask, PlannedVisit, State, WaitingEntry
from scheduling.rules import months_on, next_try
from scheduling.selectors.calls import Why, calls_due
from scheduling.services import (
    appointment_cancel,
    appointment_move,
    appointment_set_state,
    call_claim,
    call_next,
    call_release,
    call_settle,
    calls_refresh,
    planned_add,
    planned_change,
    planned_remove,
    planned_return,
    series_book,
    series_cancel,
    shift_create,
    waiting_add,
)
from scheduling.slots import CALL_REASONS, CallReason
from tests.cast import person
from tests.factories import PatientFactory, ServiceFactory
from tests.scheduling.test_api import api_of, post
from work.selectors import queue_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-27")]
ZONE = "Europe/Moscow"


def due(user):
    """What stands on the list with no sweep: causes bring their rows at their events."""
    return {(row.reason, row.patient_id) for row in calls_due(user)}


def cancel(visit, actor, then="rebook", **more):
    with time_machine.travel(clock.now() + timedelta(minutes=30)):  # no slip
        return appointment_cancel(appointment_id=visit.pk, reason="Заболел", then=then, actor=actor, **more)


@pytest.mark.feature("SCH-43")
class TestCancelling:
    def test_to_be_booked_anew_stands_on_the_list_until_he_is(self, book, anna, reception, at):
        cancel(book(10), reception)
        assert due(reception) == {("cancelled", anna.pk)}
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            book(15)
            assert due(reception) == set()

    def test_a_visit_that_is_put_back_needs_no_call(self, book, reception):
        visit = cancel(book(10), reception)
        appointment_set_state(appointment_id=visit.pk, state=State.BOOKED, reason="ошибка", actor=reception)
        assert due(reception) == set()

    def test_a_slip_of_minutes_needs_no_call(self, book, reception):
        appointment_cancel(appointment_id=book(10).pk, reason="не туда", then="rebook", actor=reception)
        assert due(reception) == set()

    def test_several_cancelled_visits_are_one_call(self, book, anna, reception):
        visits = [book(10), book(15)]
        for visit in visits:
            cancel(visit, reception)
        assert [row.patient_id for row in calls_due(reception)] == [anna.pk]

    def test_plan_makes_a_visit_without_a_date(self, book, anna, sokolova, reception):
        service = ServiceFactory()
        day = clock.today(ZONE) + timedelta(days=90)
        visit = cancel(book(10, service_ids=[service.pk]), reception, "plan", plan_on=day)
        plan = PlannedVisit.objects.get()
        assert (plan.patient, plan.doctor, plan.due_on, plan.origin, plan.duration_min) == (
            anna,
            sokolova,
            day,
            visit,
            60,
        )
        assert list(plan.services.all()) == [service]
        assert due(reception) == set()
        with time_machine.travel(clock.at(day - timedelta(days=14), clock.now().time(), ZONE)):
            calls_refresh()  # what time alone brings comes with the minute
            assert due(reception) == {("planned", anna.pk)}
        appointment_set_state(appointment_id=visit.pk, state=State.BOOKED, reason="ошибка", actor=reception)
        assert PlannedVisit.objects.get().outcome == "removed"

    def test_wait_puts_him_on_the_waiting_list(self, book, anna, sokolova, reception):
        cancel(book(10), reception, "wait")
        entry = WaitingEntry.objects.get()
        assert (entry.patient, list(entry.doctors.all()), entry.duration_min) == (anna, [sokolova], 60)
        assert due(reception) == {("waiting", anna.pk)}

    def test_lost_is_written_down_and_nobody_calls(self, book, reception):
        visit = cancel(book(10), reception, "lost")
        assert (visit.cancel_then, due(reception)) == ("lost", set())

    def test_a_cancelled_series_is_one_wish(self, shift, anna, sokolova, chair, reception, at, day):
        rows, _skipped = series_book(
            patient_id=anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(11), dates=[day], zone=ZONE,
            actor=reception,
        )  # fmt: skip
        series_cancel(appointment_id=rows[0].pk, scope="all", reason="x", then="wait", actor=reception)
        assert WaitingEntry.objects.count() == 1

    def test_by_the_api(self, book, reception):
        api = api_of(reception)
        body = {"reason": "уехал", "then": "plan", "plan_on": "2031-01-10"}
        made = post(api, f"appointments/{book(10).pk}/cancel/", body)
        assert made.status_code == 200
        assert api.get("/api/v1/planned-visits/").json()["results"][0]["due_on"] == "2031-01-10"
        assert post(api, f"appointments/{book(15).pk}/cancel/", {"reason": "x"}).status_code == 400

    def test_the_page_leads_from_cancelling_to_a_new_time(self, book, anna, reception):
        client = Client()
        client.force_login(reception)
        answer = client.post(f"/appointments/{book(10).pk}/cancel/", {"reason": "x", "then": "rebook"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"/schedule/search/?patient={anna.pk}")


class TestMissed:
    def test_who_did_not_come_is_called_until_he_is_booked(self, book, anna, reception):
        visit = book(10)
        appointment_set_state(appointment_id=visit.pk, state=State.NO_SHOW, actor=reception)
        assert due(reception) == {("no_show", anna.pk)}
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            book(15)
        assert due(reception) == set()


@pytest.mark.feature("SCH-26")
class TestPlanned:
    def test_the_window_opens_in_time(self, anna, reception):
        day = clock.today(ZONE) + timedelta(days=90)
        plan = planned_add(patient_id=anna.pk, due_on=day, actor=reception)
        assert plan.opens_on == day - timedelta(days=14)
        moved = planned_change(planned_id=plan.pk, due_on=day + timedelta(days=30), actor=reception, expected_version=1)
        assert moved.opens_on == day + timedelta(days=16)

    def test_a_booking_by_any_path_ends_it(self, book, anna, sokolova, reception):
        planned_add(
            patient_id=anna.pk, due_on=clock.today(ZONE) + timedelta(days=10), doctor_id=sokolova.pk, actor=reception
        )
        assert due(reception) == {("planned", anna.pk)}
        made = book(10)
        plan = PlannedVisit.objects.get()
        assert (plan.outcome, plan.appointment) == ("booked", made)
        assert due(reception) == set()

    def test_another_doctor_or_other_work_does_not(self, book, anna, ivanov, reception):
        soon = clock.today(ZONE) + timedelta(days=10)
        planned_add(patient_id=anna.pk, due_on=soon, doctor_id=ivanov.pk, actor=reception)
        planned_add(patient_id=anna.pk, due_on=soon, service_ids=[ServiceFactory().pk], actor=reception)
        planned_add(patient_id=anna.pk, due_on=soon + timedelta(days=200), actor=reception)
        book(10, service_ids=[ServiceFactory().pk])
        assert set(PlannedVisit.objects.values_list("outcome", flat=True)) == {"planned"}

    def test_off_the_list_and_back(self, anna, reception, stranger, other_branch, branch):
        plan = planned_add(patient_id=anna.pk, due_on=date(2031, 1, 1), branch_id=branch.pk, actor=reception)
        with pytest.raises(NotFound):
            planned_remove(planned_id=plan.pk, actor=stranger)
        planned_remove(planned_id=plan.pk, actor=reception)
        planned_return(planned_id=plan.pk, actor=reception)
        assert PlannedVisit.objects.get().outcome == "planned"

    def test_wrong_windows(self, anna, reception):
        for wrong in ({"opens_on": date(2031, 2, 1)}, {"duration_min": 1}, {"due_on": date(2090, 1, 1)}):
            with pytest.raises(Invalid):
                planned_add(**{"patient_id": anna.pk, "due_on": date(2031, 1, 1), "actor": reception, **wrong})
        with pytest.raises(IntegrityError), transaction.atomic():
            PlannedVisit.objects.create(patient=anna, due_on=date(2030, 1, 1), opens_on=date(2030, 1, 2))

    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            ("2026-11-30", 3, "2027-02-28"), ("2026-08-31", 6, "2027-02-28"), ("2026-01-31", 1, "2026-02-28"),
            ("2026-12-15", 12, "2027-12-15"), ("2026-11-24", 0.5, "2026-12-08"),
        ],
    )  # fmt: skip
    def test_in_so_many_months(self, day, months, expected):
        assert str(months_on(date.fromisoformat(day), months)) == expected

    def test_the_form(self, anna, reception):
        client = Client()
        client.force_login(reception)
        body = {"patient": anna.pk, "months": "3", "duration_min": 30}
        headers = {"HX-Request": "true", "HX-Target": "panel-body"}
        assert client.post("/planned-visits/new/", {**body, "months": ""}, headers=headers).status_code == 422
        assert client.post("/planned-visits/new/", body, headers=headers).status_code == 204
        plan = PlannedVisit.objects.get()
        assert plan.due_on == months_on(clock.now().date(), 3)
        page = client.get(f"/planned-visits/{plan.pk}/", headers=headers)
        assert f"/schedule/search/?patient={anna.pk}" in page.content.decode()
        assert client.post(f"/planned-visits/{plan.pk}/remove/", headers=headers).status_code == 204


@pytest.mark.feature("SCH-15")
class TestWaitingEnds:
    def test_a_booking_by_any_path_takes_him_off(self, book, anna, sokolova, branch, reception):
        waiting_add(patient_id=anna.pk, doctor_ids=[sokolova.pk], branch_id=branch.pk, actor=reception)
        made = book(10)
        entry = WaitingEntry.objects.get()
        assert (entry.outcome, entry.appointment) == ("booked", made)

    def test_who_waits_for_another_doctor_goes_on_waiting(self, book, anna, ivanov, reception):
        waiting_add(patient_id=anna.pk, doctor_ids=[ivanov.pk], actor=reception)
        book(10)
        assert WaitingEntry.objects.get().outcome == "waiting"

    def test_two_wishes_of_one_patient_end_together(self, book, anna, reception):
        waiting_add(patient_id=anna.pk, actor=reception)
        waiting_add(patient_id=anna.pk, actor=reception)
        book(10)
        assert set(WaitingEntry.objects.values_list("outcome", flat=True)) == {"booked"}


class TestCausesBringTheirRows:
    """Whoever reads the list finds the rows there; reading makes none."""

    def test_each_cause_by_its_own_event(self, book, at, anna, reception):
        def reasons():
            return list(CallTask.objects.filter(patient=anna).order_by("pk").values_list("reason", flat=True))

        with time_machine.travel(at(15, days=-1)):
            visit = book(15)
            assert reasons() == ["confirm"]
            appointment_set_state(appointment_id=visit.pk, state=State.NO_SHOW, actor=reception)
            other = book(10)
            assert reasons() == ["confirm", "no_show", "confirm"]
            cancel(other, reception)
        waiting_add(patient_id=anna.pk, actor=reception)
        planned_add(patient_id=anna.pk, due_on=clock.today(ZONE), actor=reception)
        assert reasons()[3:] == ["cancelled", "waiting", "planned"]

    def test_a_move_to_tomorrow_is_to_be_confirmed(self, book, at, sokolova, chair, director, reception):
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=1), ends_at=at(18, days=1), actor=director
        )
        with time_machine.travel(at(15, days=-1)):
            visit = book(10, days=1)
            assert not CallTask.objects.exists()
            appointment_move(appointment_id=visit.pk, starts_at=at(10), actor=reception)
            assert CallTask.objects.get().reason == "confirm"

    def test_what_hid_an_older_cause_goes_and_it_is_back(self, book, anna, reception):
        """The later visit is cancelled first, so the earlier one is no cause of its own until the later was a slip."""
        first, later = book(10), book(15)
        cancel(first, reception)
        assert due(reception) == set()  # he is booked for three o'clock
        appointment_cancel(appointment_id=later.pk, reason="не туда", then="rebook", actor=reception)
        assert due(reception) == {("cancelled", anna.pk)}

    def test_opening_the_list_writes_nothing(self, anna, reception):
        """A cause without a row (the sweep has not come yet) stays without one, whatever is read."""
        WaitingEntry.objects.create(patient=anna)
        client = Client()
        client.force_login(reception)
        client.get("/call-tasks/")
        with CaptureQueriesContext(connection) as told:
            for address in ("/call-tasks/", "/call-tasks/?reason=waiting", "/call-tasks/export.csv", "/now/"):
                assert client.get(address).status_code == 200
            assert api_of(reception).get("/api/v1/call-tasks/").status_code == 200
        assert not [
            row["sql"] for row in told if "scheduling_calltask" in row["sql"] and "SELECT" not in row["sql"][:8]
        ]
        assert not CallTask.objects.exists()
        assert calls_refresh() == 1


class TestClaiming:
    @pytest.fixture
    def other(self, branch):
        return person("second", "callcentre", branches=[branch])

    @pytest.fixture
    def task(self, anna, reception):
        waiting_add(patient_id=anna.pk, actor=reception)
        return CallTask.objects.get()

    def test_a_taken_call_is_shown_to_nobody_else(self, task, reception, other):
        call_claim(task_id=task.pk, actor=reception)
        assert due(other) == set()
        with pytest.raises(CallClaimed):
            call_claim(task_id=task.pk, actor=other)
        with pytest.raises(CallClaimed):
            call_settle(task_id=task.pk, outcome="done", actor=other)
        assert call_next(actor=other) is None
        call_release(task_id=task.pk, actor=reception)
        assert call_next(actor=other).pk == task.pk

    def test_a_forgotten_claim_runs_out(self, task, reception, other):
        call_claim(task_id=task.pk, actor=reception)
        with time_machine.travel(clock.now() + timedelta(minutes=16)):
            assert call_claim(task_id=task.pk, actor=other).claimed_by == other

    def test_nobody_answers_and_the_call_comes_back_later(self, task, reception, anna):
        call_settle(task_id=task.pk, outcome="no_answer", actor=reception)
        assert due(reception) == set()
        with time_machine.travel(clock.now() + timedelta(minutes=61)):
            assert due(reception) == {("waiting", anna.pk)}
        task.refresh_from_db()
        assert (task.attempts, task.history.count()) == (1, 1)

    def test_call_later_needs_a_time(self, task, reception):
        for wrong in (None, clock.now() - timedelta(hours=1)):
            with pytest.raises(Invalid):
                call_settle(task_id=task.pk, outcome="later", next_at=wrong, actor=reception)

    def test_who_does_not_want_leaves_the_list_of_his_cause(self, task, reception):
        call_settle(task_id=task.pk, outcome="refused", comment="лечится в другой клинике", actor=reception)
        assert WaitingEntry.objects.get().outcome == "removed"
        with pytest.raises(NotFound):
            call_claim(task_id=task.pk, actor=reception)

    def test_a_missed_patient_who_refuses_is_lost(self, book, reception):
        visit = book(10)
        appointment_set_state(appointment_id=visit.pk, state=State.NO_SHOW, actor=reception)
        call_settle(task_id=CallTask.objects.get().pk, outcome="refused", actor=reception)
        visit.refresh_from_db()
        assert (visit.state, visit.cancel_then, due(reception)) == ("no_show", "lost", set())

    def test_a_stranger_calls_nobody(self, book, branch, anna, reception, stranger):
        waiting_add(patient_id=anna.pk, branch_id=branch.pk, actor=reception)
        with pytest.raises(NotFound):
            call_claim(task_id=CallTask.objects.get().pk, actor=stranger)

    @pytest.mark.parametrize(("attempts", "hours"), [(0, 1), (1, 1), (2, 3), (3, 24), (9, 24)])
    def test_pauses_grow(self, attempts, hours):
        assert next_try(attempts) == timedelta(hours=hours)


def test_apps_above_add_reasons(anna, boris, branch, reception):
    """A reason is a queryset: its row comes with the cause and goes with it."""
    rows = PatientRows(boris.pk)
    reason = CallReason("test_debt", "Долг", "red", rows, lambda ids, user: {pk: Why("1 000 ₽") for pk in ids})
    CALL_REASONS.register(reason, module="scheduling", order=500)
    try:
        calls_refresh()  # each minute, or by the app's own event
        assert due(reception) == {("test_debt", boris.pk)}
        rows.pk = 0
        assert due(reception) == set()
    finally:
        CALL_REASONS.unregister(reason)


class PatientRows:
    def __init__(self, pk):
        self.pk = pk

    def __call__(self, now):
        from django.db.models import F, Value

        from patients.models import Patient

        return Patient.objects.filter(pk=self.pk).annotate(due=Value(now), patient_id=F("pk"))


@pytest.mark.feature("SCH-42")
class TestConfirming:
    @pytest.fixture
    def tomorrow(self, book, at, boris, anna, reception):
        """Anna and her brother have one phone; both come on the day that is tomorrow at the frozen moment."""
        family = Family.objects.create()
        for patient in (anna, boris):
            patient.family = family
            patient.save()
        visits = [book(10), book(12, patient=boris)]
        with time_machine.travel(at(15, days=-1)):
            calls_refresh()  # the minute after midnight
            yield visits

    def test_tomorrows_visits_are_to_be_confirmed(self, tomorrow, anna, boris, reception):
        assert due(reception) == {("confirm", anna.pk), ("confirm", boris.pk)}
        task = CallTask.objects.get(patient=anna)
        call_settle(task_id=task.pk, outcome="confirmed", actor=reception)
        tomorrow[0].refresh_from_db()
        assert tomorrow[0].state == "confirmed"
        assert due(reception) == {("confirm", boris.pk)}
        with pytest.raises(Invalid):
            call_settle(task_id=CallTask.objects.get(patient=boris).pk, outcome="refused", actor=reception)

    def test_a_family_stands_together_and_is_confirmed_by_one_press(self, tomorrow, book, reception, branch):
        stranger = PatientFactory(branch=branch)
        book(11, patient=stranger)
        client = Client()
        client.force_login(reception)
        page = client.get("/confirmations/")
        homes = page.context["homes"]
        assert [[visit.patient_id for visit in home.visits] for home in homes] == [
            [visit.patient_id for visit in tomorrow], [stranger.pk],
        ]  # fmt: skip
        answer = client.post(f"/confirmations/{tomorrow[0].pk}/", {"family": "1"}, headers={"HX-Request": "true"})
        assert answer.status_code == 204
        assert set(Appointment.objects.filter(state="confirmed")) == set(tomorrow)


class TestPages:
    @pytest.fixture
    def client(self, reception):
        client = Client()
        client.force_login(reception)
        return client

    def test_the_list_the_call_and_its_end(self, client, anna, boris, reception):
        waiting_add(patient_id=anna.pk, comment="после работы", actor=reception)
        planned_add(patient_id=boris.pk, due_on=clock.today(ZONE), actor=reception)
        page = client.get("/call-tasks/")
        assert page.status_code == 200
        assert {row.patient for row in page.context["page"].rows} == {anna, boris}
        assert "после работы" in page.content.decode()
        panel = {"HX-Request": "true", "HX-Target": "panel-body"}
        taken = client.post("/call-tasks/next/", {"reason": "waiting"}, headers=panel, follow=True)
        assert taken.status_code == 200
        assert anna.full_name in taken.content.decode()
        task = CallTask.objects.get(patient=anna)
        assert task.claimed_by == reception
        wrong = client.post(f"/call-tasks/{task.pk}/", {"outcome": "later"}, headers=panel)
        assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"again"})
        done = client.post(
            f"/call-tasks/{task.pk}/", {"outcome": "later", "again": "tomorrow", "comment": "занят"}, headers=panel
        )
        assert done.status_code == 204
        task.refresh_from_db()
        assert clock.local(task.next_at, ZONE).hour == 9
        assert client.post("/call-tasks/next/", {"reason": "waiting"}, headers=panel).status_code == 204
        assert client.get("/call-tasks/export.csv").status_code == 200

    @pytest.mark.feature("MOON-04")
    def test_the_queue_of_the_day_names_each_patient_of_the_list_of_calls_once(self, anna, branch, reception):
        other = person("second", "callcentre", branches=[branch])
        boris = PatientFactory(last_name="Белов", branch=branch)
        planned = planned_add(patient_id=anna.pk, due_on=clock.today(ZONE), actor=reception)
        waiting_add(patient_id=anna.pk, actor=reception)
        waits = waiting_add(patient_id=boris.pk, actor=reception)
        both = [f"call:planned:{planned.pk}", f"call:waiting:{waits.pk}"]
        assert sorted(keys_of(reception)) == both
        task = CallTask.objects.get(reason="planned")
        assert f"/call-tasks/{task.pk}/" in {item.url for item in queue_of(reception).items}
        call_claim(task_id=task.pk, actor=other)
        assert f"call:planned:{planned.pk}" not in keys_of(reception)
        call_release(task_id=task.pk, actor=other)
        call_settle(task_id=task.pk, outcome="no_answer", actor=reception)
        assert f"call:planned:{planned.pk}" not in keys_of(reception)  # put off
        call_settle(
            task_id=CallTask.objects.get(subject_id=waits.pk, reason="waiting").pk, outcome="refused", actor=reception
        )
        assert f"call:waiting:{waits.pk}" not in keys_of(reception)

    @pytest.mark.feature("MOON-04")
    def test_of_very_many_the_queue_names_some_and_counts_the_rest(self, reception, monkeypatch):
        monkeypatch.setattr(call_items, "MOST", 2)
        for _number in range(5):
            planned_add(patient_id=PatientFactory().pk, due_on=clock.today(ZONE), actor=reception)
        items = queue_of(reception).items
        assert len([item for item in items if item.key.startswith("call:planned:")]) == 2
        assert "3" in next(str(item.why) for item in items if item.key == "calls:planned")


def keys_of(user):
    return [item.key for item in queue_of(user).items]


class TestApi:
    def test_one_call_from_beginning_to_end(self, anna, reception, branch):
        api, other = api_of(reception), api_of(person("second", "callcentre", branches=[branch]))
        waiting_add(patient_id=anna.pk, actor=reception)
        (row,) = api.get("/api/v1/call-tasks/?reason=waiting").json()["results"]
        assert (row["patient"], row["attempts"], row["claimed_by"]) == (anna.pk, 0, None)
        assert post(api, f"call-tasks/{row['id']}/claim/", {}).status_code == 200
        assert post(other, f"call-tasks/{row['id']}/claim/", {}).json()["code"] == "call_claimed"
        assert other.get("/api/v1/call-tasks/").json()["results"] == []
        assert post(other, "call-tasks/next/", {}).status_code == 404
        assert post(api, f"call-tasks/{row['id']}/outcome/", {"outcome": "shouted"}).status_code == 400
        ended = post(api, f"call-tasks/{row['id']}/outcome/", {"outcome": "done", "comment": "сам позвонит"})
        assert (ended.status_code, ended.json()["outcome"]) == (200, "done")
        assert api.get("/api/v1/call-tasks/").json()["results"] == []
