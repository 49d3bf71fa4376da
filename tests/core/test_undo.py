"""Undo takes back one's own last command whole, or says what stands in the way and changes nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis import given as supposing
from hypothesis import strategies as st
from rest_framework.test import APIClient

from catalog.models import ServicePrice
from catalog.services import PriceRule, price_set, prices_change
from core import clock, undo
from core.errors import DomainError, Forbidden
from core.models import AuditEntry, UndoEntry
from messaging.models import Incoming, Message
from messaging.services import incoming_handle_many, message_send_by_hand, messages_approve, messages_withdraw_chosen
from patients.models import Family, Patient
from patients.services import patients_deactivate, patients_trash
from scheduling.models import Appointment, Occupancy, WaitingEntry
from scheduling.services import (
    appointment_cancel,
    appointment_change,
    appointment_move,
    appointment_set_state,
    series_book,
    series_cancel,
    series_move,
    shift_change,
    shift_create,
    waiting_add,
)
from tests.cast import person
from tests.factories import PatientFactory, ServiceFactory
from tests.scheduling.conftest import *
from work.models import Task
from work.services import task_create, tasks_finish

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-18")]
COLUMNS = ("starts_at", "ends_at", "chair_id", "doctor_id", "branch_id", "own_minutes", "state", "label_id", "cancel_reason",
           "cancel_then", "is_mistake", "is_overbooked")  # fmt: skip


def kept(pk):
    """What a visit is, and what it takes of the calendar."""
    taken = Occupancy.objects.filter(appointment=pk).order_by("resource_kind", "resource_id")
    return Appointment.objects.values(*COLUMNS).get(pk=pk), list(taken.values("resource_kind", "resource_id", "during"))


@pytest.fixture
def colleague(branch):
    return person("colleague", "senior", branches=[branch])


def test_a_move_goes_back_to_its_place(book, at, reception):
    visit = book(10)
    before = kept(visit.pk)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    entry = undo.undo_last(actor=reception)
    assert kept(visit.pk) == before
    assert str(visit.patient) in entry.title
    assert AuditEntry.objects.filter(code="core.undo.done", actor_id=reception.pk).count() == 1
    with pytest.raises(undo.NothingToUndo):
        undo.undo_last(actor=reception)


@pytest.mark.parametrize("state", ["booked", "confirmed", "arrived", "in_chair"])
def test_a_cancellation_is_taken_back_from_every_state(book, reception, state):
    visit = book(10)
    if state != "booked":
        appointment_set_state(appointment_id=visit.pk, state=state, actor=reception, is_walking=True)
    before = kept(visit.pk)
    appointment_cancel(appointment_id=visit.pk, reason="болеет", then="lost", actor=reception)
    undo.undo_last(actor=reception)
    assert kept(visit.pk) == before


def test_the_refusal_names_who_has_worked_on_it_since(book, at, reception, colleague, boris):
    visit = book(10)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    appointment_move(appointment_id=visit.pk, starts_at=at(17), actor=colleague)
    with pytest.raises(undo.UndoBlocked) as refused:
        undo.undo_last(actor=reception)
    assert "colleague" in str(refused.value)
    assert kept(visit.pk)[0]["starts_at"] == at(17)


def test_the_refusal_names_the_rule_that_forbids_it(book, at, reception, colleague, boris):
    visit = book(10)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    book(10, patient=boris, actor=colleague)
    before = kept(visit.pk)
    with pytest.raises(undo.UndoBlocked) as refused:
        undo.undo_last(actor=reception)
    assert refused.value.facts["because"] == "slot_taken"
    assert kept(visit.pk) == before
    assert UndoEntry.objects.get().undone_at is None


def test_what_others_did_to_other_columns_stays(book, at, reception, colleague):
    visit = book(10)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    appointment_change(appointment_id=visit.pk, comment="на кресло с кислородом", actor=colleague)
    undo.undo_last(actor=reception)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.comment) == (at(10), "на кресло с кислородом")


def test_one_takes_back_only_what_he_did_himself_lately_and_still_may(book, at, reception, colleague):
    visit = book(10)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    with pytest.raises(undo.NothingToUndo):
        undo.undo_last(actor=colleague)
    with pytest.raises(undo.NothingToUndo):
        undo.undo_last(actor=reception, entry_id=UndoEntry.objects.get().pk + 1)
    reception.refused = ["scheduling.book"]
    reception.__dict__.pop("permission_codes", None)
    with pytest.raises(Forbidden):
        undo.undo_last(actor=reception)
    UndoEntry.objects.update(at=clock.now() - timedelta(hours=2))
    with pytest.raises(undo.NothingToUndo):
        undo.undo_last(actor=reception)


def test_moves_that_are_part_of_a_shift_are_not_taken_back_one_by_one(book, shift, at, director):
    book(10)
    shift_change(shift_id=shift.pk, starts_at=at(11), ends_at=at(21), then="reseat", actor=director)
    assert UndoEntry.objects.filter(actor=director).count() == 0


def test_prices_go_back_one_and_many(director):
    service, day = ServiceFactory(), clock.now().date() + timedelta(days=3)
    price_set(service_id=service.pk, amount=Decimal(100), starts_on=day, actor=director)
    price_set(service_id=service.pk, amount=Decimal(200), starts_on=day, actor=director)
    undo.undo_last(actor=director)
    assert [row.amount for row in ServicePrice.objects.filter(service=service, starts_on=day)] == [Decimal(100)]
    undo.undo_last(actor=director)
    assert not ServicePrice.objects.filter(service=service, starts_on=day).exists()
    change = prices_change(PriceRule(kind="percent", value=Decimal(10), starts_on=day), actor=director)
    undo.undo_last(actor=director)
    change.refresh_from_db()
    assert change.undone_at
    assert not ServicePrice.objects.filter(service=service, starts_on=day).exists()


def test_a_bulk_change_of_tasks_is_taken_back_whole(director, reception):
    tasks = [task_create(title=str(number), executor=reception, actor=director) for number in range(3)]
    assert tasks_finish(task_ids=[task.pk for task in tasks], actor=reception) == 3
    undo.undo_last(actor=reception)
    assert set(Task.objects.values_list("state", "ended_at")) == {("new", None)}


def test_a_message_is_called_back_before_it_goes_and_not_after(branch, reception):
    first = message_send_by_hand(phone="+79001234567", text="Ждём", branch=branch, actor=reception)
    undo.undo_last(actor=reception)
    assert Message.objects.get(pk=first.pk).state == "withdrawn"
    second = message_send_by_hand(phone="+79001234567", text="Ждём вас", branch=branch, actor=reception)
    Message.objects.filter(pk=second.pk).update(state="sent", sent_at=clock.now())
    with pytest.raises(undo.UndoBlocked):
        undo.undo_last(actor=reception)
    assert Message.objects.get(pk=second.pk).state == "sent"


@pytest.fixture
def weekly(shift, anna, sokolova, chair, director, reception, at, day):
    """weekly(): Anna every week at ten, three times."""
    for weeks in (1, 2, 3):
        more = {"starts_at": at(9, days=7 * weeks), "ends_at": at(21, days=7 * weeks)}
        shift_create(doctor_id=sokolova.pk, chair_id=chair.pk, actor=director, **more)

    def make():
        return series_book(
            patient_id=anna.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(10), ends_at=at(11),
            dates=[day, day + timedelta(days=7), day + timedelta(days=14)], zone="Europe/Moscow", actor=reception,
        )[0]  # fmt: skip

    return make


def test_a_booked_series_is_one_command_with_one_undo(weekly, anna, reception):
    entry = waiting_add(patient_id=anna.pk, actor=reception)
    weekly()
    assert UndoEntry.objects.count() == 1
    undo.undo_last(actor=reception)
    assert set(Appointment.objects.values_list("state", "is_mistake")) == {("cancelled", True)}
    assert not Occupancy.objects.filter(appointment__isnull=False).exists()
    entry.refresh_from_db()
    assert (entry.outcome, entry.appointment) == ("waiting", None)


def test_of_a_series_where_somebody_has_begun_nothing_is_taken_back(weekly, reception, colleague):
    rows = weekly()
    appointment_set_state(appointment_id=rows[1].pk, state="confirmed", actor=colleague)
    with pytest.raises(undo.UndoBlocked) as refused:
        undo.undo_last(actor=reception)
    assert str(colleague) in str(refused.value)
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked", "confirmed"}


@pytest.mark.parametrize("days", [7, -7, 0])
def test_a_moved_series_goes_back_whole_though_its_visits_stand_in_each_others_way(weekly, at, reception, days):
    rows = weekly()
    before = [kept(row.pk) for row in rows]
    middle = rows[1] if days < 0 else rows[0]  # a week earlier there is no shift for the first
    hour = 10 if days else 15
    series_move(
        appointment_id=middle.pk, scope="following", actor=reception,
        starts_at=middle.starts_at + timedelta(days=days, hours=hour - 10) if days >= 0 else at(12),
        ends_at=middle.ends_at + timedelta(days=days, hours=hour - 10) if days >= 0 else at(13),
    )  # fmt: skip
    assert [kept(row.pk) for row in rows] != before
    undo.undo_last(actor=reception)
    assert [kept(row.pk) for row in rows] == before


def test_a_cancelled_series_stands_again_by_one_undo(weekly, reception):
    rows = weekly()
    before = [kept(row.pk) for row in rows]
    series_cancel(appointment_id=rows[0].pk, scope="all", reason="x", then="wait", actor=reception)
    undo.undo_last(actor=reception)
    assert [kept(row.pk) for row in rows] == before
    assert WaitingEntry.objects.get().outcome == "removed"


def test_cards_put_away_together_come_back_together(branch, director):
    cards = [PatientFactory(branch=branch) for _number in range(3)]
    family = Family.objects.create(guarantor=cards[0])
    patients_trash(patient_ids=[card.pk for card in cards], actor=director)
    undo.undo_last(actor=director)
    family.refresh_from_db()
    assert family.guarantor == cards[0]
    assert set(Patient.objects.values_list("deleted_at", flat=True)) == {None}
    patients_deactivate(patient_ids=[card.pk for card in cards[:2]], actor=director)
    assert Patient.objects.filter(is_active=False).count() == 2
    undo.undo_last(actor=director)
    assert Patient.objects.filter(is_active=False).count() == 0


def test_messages_withdrawn_or_approved_together_wait_as_before(branch, reception):
    ids = [
        message_send_by_hand(phone=f"+7900123456{n}", text="Ждём", branch=branch, actor=reception).pk for n in range(3)
    ]
    messages_withdraw_chosen(message_ids=ids, reason="x", actor=reception)
    undo.undo_last(actor=reception)
    assert set(Message.objects.values_list("state", "withdraw_reason")) == {("waiting", "")}
    Message.objects.filter(pk__in=ids).update(state="proposed")
    messages_approve(message_ids=ids, actor=reception)
    Message.objects.filter(pk=ids[0]).update(state="sent", sent_at=clock.now())
    with pytest.raises(undo.UndoBlocked):
        undo.undo_last(actor=reception)
    Message.objects.filter(pk=ids[0]).update(state="waiting")
    undo.undo_last(actor=reception)
    assert set(Message.objects.values_list("state", flat=True)) == {"proposed"}


def test_replies_dealt_with_together_wait_again(branch, reception):
    made = {"gateway": "x", "channel": "sms", "address": "1", "branch": branch}
    for state in ("new", "understood"):
        Incoming.objects.create(provider_key=state, state=state, **made)
    assert incoming_handle_many(incoming_ids=list(Incoming.objects.values_list("pk", flat=True)), actor=reception) == 2
    undo.undo_last(actor=reception)
    assert set(Incoming.objects.values_list("state", "handled_at")) == {("new", None), ("understood", None)}


def test_the_page_and_the_api_take_back(client, book, at, reception):
    visit = book(10)
    client.force_login(reception)
    appointment_move(appointment_id=visit.pk, starts_at=at(15), actor=reception)
    assert client.post(reverse("core:undo"), headers={"HX-Request": "true"}).status_code == 204
    assert client.post(reverse("core:undo"), headers={"HX-Request": "true"}).status_code == 409
    appointment_move(appointment_id=visit.pk, starts_at=at(16), actor=reception)
    api = APIClient()
    api.force_authenticate(reception)
    assert str(visit.patient) in api.post("/api/v1/undo/").json()["title"]
    assert api.post("/api/v1/undo/").json()["code"] == "nothing_to_undo"


def test_the_answer_names_what_can_be_taken_back(client, book, reception):
    visit = book(10)
    client.force_login(reception)
    answer = client.post(reverse("scheduling:appointment-step", args=[visit.pk]), {"state": "confirmed"})
    assert answer.headers["X-Undo"] == str(UndoEntry.objects.get().pk)
    assert "X-Undo" not in client.get(reverse("core:undo")).headers


# Do, let others work at random, undo


HOURS = st.integers(9, 19)
MINE = st.one_of(
    st.tuples(st.just("move"), HOURS), st.tuples(st.just("state"), st.sampled_from(["confirmed", "arrived", "no_show"])),
    st.tuples(st.just("cancel"), st.just(0)),
)  # fmt: skip
OTHERS = st.lists(
    st.one_of(MINE, st.tuples(st.just("comment"), st.just(0)), st.tuples(st.just("neighbour"), HOURS)), max_size=3
)


def act(deed, visit, other, at, actor):
    kind, value = deed
    if kind == "move":
        appointment_move(appointment_id=visit.pk, starts_at=at(value), actor=actor)
    elif kind == "neighbour":
        appointment_move(appointment_id=other.pk, starts_at=at(value), actor=actor)
    elif kind == "state":
        appointment_set_state(appointment_id=visit.pk, state=value, actor=actor, is_walking=True)
    elif kind == "cancel":
        appointment_cancel(appointment_id=visit.pk, reason="x", then="lost", actor=actor)
    else:
        appointment_change(appointment_id=visit.pk, comment="x", actor=actor)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@supposing(st.lists(MINE, max_size=2), MINE, OTHERS)
def test_after_an_undo_every_owned_row_equals_its_snapshot_or_nothing_has_changed(
    book, at, reception, colleague, boris, earlier, mine, others
):
    with transaction.atomic():
        visit, other = book(10), book(12, patient=boris)
        for deed in earlier:
            tried(deed, visit, other, at, colleague)
        before = kept(visit.pk)
        if tried(mine, visit, other, at, reception):
            for deed in others:
                tried(deed, visit, other, at, colleague)
            left = kept(visit.pk), kept(other.pk)
            entry = undo.last_of(reception)
            try:
                if entry is not None:
                    undo.undo_last(actor=reception)
            except undo.UndoBlocked as refused:
                assert str(refused)
                assert (kept(visit.pk), kept(other.pk)) == left
            else:
                if entry is not None:
                    owned = entry.steps[0]["rows"][0]["columns"]
                    now = Appointment.objects.values(*owned).get(pk=visit.pk)
                    assert {name: now[name] for name in owned if name in COLUMNS} == {
                        name: before[0][name] for name in owned if name in COLUMNS
                    }
                    assert kept(other.pk) == left[1]
        transaction.set_rollback(True)


def tried(deed, *rest):
    try:
        with transaction.atomic():
            act(deed, *rest)
    except DomainError:
        return False
    return True
