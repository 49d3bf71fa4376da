"""Incoming calls as the exchange reports them: whose screen shows them, missed ones, numbers on no card."""

import itertools
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.selectors import user_loaded
from core import clock
from core.errors import Invalid
from patients import slots
from scheduling.models import CallTask, PhoneCall, PhoneLine
from scheduling.selectors.calls import calls_due
from scheduling.selectors.phoning import callers_of
from scheduling.services import call_settle
from scheduling.services.phoning import call_follow, call_report
from tests.cast import person, person_with
from tests.factories import PatientFactory
from work.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-31")]
UNKNOWN = "+79990000000"


@pytest.fixture
def exchange(db):
    """The telephone exchange's own account."""
    return person_with("scheduling.report_calls", username="exchange")


@pytest.fixture
def line(branch, reception):
    return PhoneLine.objects.create(number="101", user_id=reception.pk, branch=branch)


def test_the_person_at_the_line_sees_who_it_is_and_nobody_else(client, exchange, line, anna, reception, branch, book):
    visit = book(10)
    call_report(phone="8 (900) 123-45-67", line="101", actor=exchange)
    colleague = person("colleague", "administrator", branches=[branch])
    (caller,) = callers_of(reception)
    assert caller.patients == [anna] and caller.call.patient_id == anna.pk
    assert caller.patients[0].next_visit_at == visit.starts_at
    assert callers_of(colleague) == []
    client.force_login(reception)
    shown = client.get(reverse("scheduling:phone-call-pop")).content.decode()
    assert "Ёлкина" in shown and f"?patient={anna.pk}" in shown


def test_a_line_of_nobody_is_heard_by_its_branch(exchange, reception, stranger, branch, anna):
    PhoneLine.objects.create(number="+74951112233", branch=branch)
    call_report(phone=anna.phone, line="+74951112233", actor=exchange)
    assert [len(callers_of(user)) for user in (reception, stranger)] == [1, 0]


def test_a_family_shares_a_phone_and_a_stranger_of_another_branch_is_not_named(
    exchange, line, anna, branch, other_branch, reception
):
    PatientFactory(phone=anna.phone, branch=branch, last_name="Ёлкин")
    PatientFactory(phone=anna.phone, branch=other_branch, last_name="Чужой")
    call = call_report(phone=anna.phone, line="101", actor=exchange)
    assert call.patient_id is None
    assert {row.last_name for row in callers_of(reception)[0].patients} == {"Ёлкина", "Ёлкин"}


STEPS = ("ringing", "answered", "ended")


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS)))
def test_reports_in_any_order_and_twice_make_one_answered_call(exchange, anna, order):
    now = clock.now()
    for state in (*order, *order):
        call_report(
            phone=anna.phone,
            external_id="a1",
            state=state,
            at=now + timedelta(seconds=STEPS.index(state)),
            actor=exchange,
        )
    call = PhoneCall.objects.get()
    assert call.state == "ended"
    assert order.index("answered") > order.index("ended") or call.was_answered


def test_a_missed_call_of_a_patient_is_to_be_returned_until_it_is(exchange, line, anna, reception, branch):
    call = call_report(phone=anna.phone, line="101", actor=exchange)
    assert not calls_due(reception).exists()
    call_follow(call_id=call.pk, state="ended", actor=exchange)
    (task,) = calls_due(reception)
    assert (task.reason, task.patient_id) == ("missed_call", anna.pk)
    again = call_report(phone=anna.phone, line="101", actor=exchange)
    assert not calls_due(reception).exists(), "he is ringing again: nobody calls meanwhile"
    call_follow(call_id=again.pk, state="missed", actor=exchange)
    assert calls_due(reception).count() == 1
    last = calls_due(reception).get()
    call_settle(task_id=last.pk, outcome=CallTask.Outcome.DONE, actor=reception)
    assert not calls_due(reception).exists()
    assert not PhoneCall.objects.filter(settled_at__isnull=True).exists()


def test_a_call_that_comes_through_settles_the_missed_ones(exchange, anna, reception):
    for state in ("missed", "missed", "answered"):
        call_report(phone=anna.phone, state=state, actor=exchange)
    assert not calls_due(reception).exists()


def test_an_unknown_number_becomes_one_task_that_goes_when_he_comes_through(exchange, reception):
    call_report(phone=UNKNOWN, state="missed", actor=exchange)
    call_report(phone=UNKNOWN, state="missed", actor=exchange)
    task = Task.objects.get()
    assert "999 000-00-00" in task.title.replace("\u00a0", " ") and "callcentre" in task.roles
    call_report(phone=UNKNOWN, state="answered", actor=exchange)
    task.refresh_from_db()
    assert task.state == Task.State.DONE


def test_an_unknown_number_leads_to_a_new_patient(client, exchange, line, reception):
    call_report(phone=UNKNOWN, line="101", actor=exchange)
    client.force_login(reception)
    shown = client.get(reverse("scheduling:phone-call-pop")).content.decode()
    assert f"{reverse('scheduling:appointment-new')}?phone=%2B79990000000" in shown
    form = client.get(reverse("scheduling:appointment-new"), {"phone": UNKNOWN}).context["form"]
    assert (form["who"].value(), form["phone"].value()) == ("new", UNKNOWN)


def test_a_window_is_put_away_by_its_person_and_by_no_stranger(client, exchange, line, reception, stranger, anna):
    call = call_report(phone=anna.phone, line="101", actor=exchange)
    away = reverse("scheduling:phone-call-away", args=[call.pk])
    client.force_login(stranger)
    assert client.post(away).status_code == 404
    client.force_login(reception)
    assert "call-pop" not in client.post(away).content.decode()


def test_a_debt_is_named_to_those_alone_who_see_money(exchange, line, anna, reception, branch):
    def debts(ids, user):
        return {pk: [slots.Badge("Долг 5 000 ₽", "red")] for pk in ids if "billing.see_money" in user.permission_codes}

    slots.BADGES.register(debts, module="patients", order=99)
    try:
        call_report(phone=anna.phone, line="101", actor=exchange)
        assert "Долг 5 000 ₽" in [mark.label for mark in callers_of(user_loaded(reception.pk))[0].patients[0].marks]
        reception.refused = ["billing.see_money"]
        reception.save()
        assert callers_of(user_loaded(reception.pk))[0].patients[0].marks == []
    finally:
        slots.BADGES.unregister(debts)


class TestApi:
    def test_the_exchange_reports_and_reads(self, client, exchange, anna, line, reception):
        client.force_login(exchange)
        body = {"phone": anna.phone, "line": "101", "external_id": "x-1"}
        made = client.post("/api/v1/calls/", body, content_type="application/json")
        assert made.status_code == 201
        assert (made.json()["patient"], made.json()["user"], made.json()["status"]) == (
            anna.pk,
            reception.pk,
            "ringing",
        )
        url = f"/api/v1/calls/{made.json()['id']}/status/"
        assert client.post(url, {"status": "answered"}, content_type="application/json").json()["status"] == "answered"
        assert client.post("/api/v1/calls/", {"phone": "12"}, content_type="application/json").status_code == 400
        assert (
            client.post(
                "/api/v1/calls/999999/status/", {"status": "ended"}, content_type="application/json"
            ).status_code
            == 404
        )
        client.force_login(reception)
        assert [row["external_id"] for row in client.get("/api/v1/calls/").json()["results"]] == ["x-1"]
        refused = client.post("/api/v1/calls/", body, content_type="application/json")
        assert refused.status_code == 403

    def test_the_dashboard_counts_them_as_their_rows_do(self, client, exchange, director, anna):
        for state in ("answered", "missed", "missed"):
            call_report(phone=anna.phone, state=state, actor=exchange)
        client.force_login(director)
        today = str(clock.today("Europe/Moscow"))
        blocks = client.get("/api/v1/dashboard/", {"from": today, "to": today}).json()
        assert (blocks["calls_answered"]["value"], blocks["calls_missed"]["value"]) == (1, 2)
        rows = client.get(blocks["calls_missed"]["rows"]).json()
        assert rows["totals"]["value"] == 2


def test_a_wrong_number_is_refused(exchange):
    with pytest.raises(Invalid):
        call_report(phone="привет", actor=exchange)


def test_the_list_of_calls_is_read_by_number_and_name(client, exchange, reception, anna):
    call_report(phone=anna.phone, state="missed", actor=exchange)
    call_report(phone=UNKNOWN, state="answered", actor=exchange)
    client.force_login(reception)
    page = reverse("scheduling:phone-calls-list")
    assert len(client.get(page).context["page"].rows) == 2
    assert len(client.get(page, {"search": "4567"}).context["page"].rows) == 1
    assert len(client.get(page, {"search": "Ёлкина"}).context["page"].rows) == 1
