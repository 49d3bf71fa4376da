"""Undo as a property beyond the calendar: prices one and many, bulk changes of tasks, a mailing before it goes.

Do, let others work at random, undo: what the command owned is as it was, or the refusal says why and nothing has changed.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as supposing
from hypothesis import strategies as st

from catalog.models import ServicePrice
from catalog.services import PriceRule, price_set, prices_change
from core import clock, undo
from core.errors import DomainError
from messaging import services
from messaging.models import Mailing, Message
from tests.cast import person
from tests.factories import PatientFactory, ServiceFactory
from tests.messaging.conftest import notebook  # noqa: F401
from work.models import Task
from work.services import task_change, task_create, task_move, tasks_finish

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-18")]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tried(act, *given):
    try:
        with transaction.atomic():
            act(*given)
    except DomainError:
        return False
    return True


def taken_back(actor):
    """Whether the last command went back; a refusal has words."""
    try:
        undo.undo_last(actor=actor)
    except undo.UndoBlocked as refused:
        assert str(refused)
        return False
    return True


@pytest.fixture
def colleague(branch):
    return person("colleague", "director")


# Prices

PRICED = st.one_of(
    st.tuples(st.just("one"), st.integers(0, 2), st.integers(100, 103)),
    st.tuples(st.just("all"), st.sampled_from([-10, 5, 10]), st.just(0)),
)


@pytest.fixture
def price_list(db):
    return [ServiceFactory(price=f"{1000 + number}.00") for number in range(3)]


@FEW
@supposing(st.lists(PRICED, max_size=2), PRICED, st.lists(PRICED, max_size=2))
def test_prices(price_list, director, colleague, earlier, mine, others):
    day = clock.now().date() + timedelta(days=3)

    def act(deed, actor):
        kind, first, second = deed
        if kind == "one":
            price_set(service_id=price_list[first].pk, amount=Decimal(second), starts_on=day, actor=actor)
        else:
            prices_change(PriceRule(kind="percent", value=Decimal(first), starts_on=day), actor=actor)

    def kept():
        rows = ServicePrice.objects.filter(service__in=price_list).order_by("service", "starts_on")
        return list(rows.values_list("service", "starts_on", "amount"))

    with transaction.atomic():
        for deed in earlier:
            tried(act, deed, colleague)
        before = kept()
        if tried(act, mine, director) and undo.last_of(director):
            mine_only = {
                row[0] for row in set(kept()) ^ set(before)
            }  # a service with a price of that day is left alone
            for deed in others:
                tried(act, deed, colleague)
            left = kept()
            if taken_back(director):
                now = kept()
                assert [row for row in now if row[0] in mine_only] == [row for row in before if row[0] in mine_only]
                assert [row for row in now if row[0] not in mine_only] == [
                    row for row in left if row[0] not in mine_only
                ]
            else:
                assert kept() == left
                assert others
        transaction.set_rollback(True)


# Tasks, many at once

STATES = st.sampled_from(["in_work", "done", "cancelled", "new"])
ELSEWHERE = st.one_of(
    st.tuples(st.just("state"), st.integers(0, 3), STATES), st.tuples(st.just("words"), st.integers(0, 3), STATES)
)


@FEW
@supposing(st.lists(ELSEWHERE, max_size=2), st.sets(st.integers(0, 3), min_size=1), st.lists(ELSEWHERE, max_size=2))
def test_a_bulk_change(director, colleague, earlier, mine, others):
    def act(deed, tasks):
        kind, number, state = deed
        if kind == "state":
            task_move(task_id=tasks[number].pk, state=state, actor=colleague)
        else:
            task_change(task_id=tasks[number].pk, title=f"Иначе: {state}", actor=colleague)

    def kept(ids):
        return list(Task.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "state", "ended_at"))

    with transaction.atomic():
        tasks = [task_create(title=str(number), executor=director, actor=director) for number in range(4)]
        for deed in earlier:
            tried(act, deed, tasks)
        chosen = [tasks[number].pk for number in mine]
        before, had = kept(chosen), undo.last_of(director)
        tasks_finish(task_ids=chosen, actor=director)
        entry = undo.last_of(director)
        if entry != had:
            for deed in others:
                tried(act, deed, tasks)
            titles = list(Task.objects.order_by("pk").values_list("title"))
            left = kept([task.pk for task in tasks])
            if taken_back(director):
                assert kept(chosen) == before
                assert list(Task.objects.order_by("pk").values_list("title")) == titles, "others' words stay"
            else:
                assert kept([task.pk for task in tasks]) == left
                assert others
        transaction.set_rollback(True)


# A mailing before it goes

HAPPENS = st.lists(st.sampled_from(["portion", "hand over", "pause", "resume", "stop", "wait"]), max_size=4)


@FEW
@supposing(HAPPENS)
def test_a_mailing_before_it_goes(branch, director, colleague, notebook, happens):  # noqa: F811
    with (
        time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False) as noon,
        transaction.atomic(),
    ):
        notebook.sent.clear()
        for number in range(5):
            PatientFactory(branch=branch, phone=f"+7900000{number:04}", mailing_allowed=True)
        row = services.mailing_make(
            name="Осень", text="Скидка", kind="marketing", per_minute=12, listing="patients", query="", branch=branch,
            actor=director,
        )  # fmt: skip
        before = list(row.people.values_list("patient_id", "state", "message"))
        services.mailing_start(mailing_id=row.pk, actor=director)
        deeds = {
            "portion": services.mailings_run, "hand over": services.messages_drain,
            "pause": lambda: services.mailing_pause(mailing_id=row.pk, actor=colleague),
            "resume": lambda: services.mailing_resume(mailing_id=row.pk, actor=colleague),
            "stop": lambda: services.mailing_stop(mailing_id=row.pk, actor=colleague),
            "wait": lambda: None,
        }  # fmt: skip
        for name in happens:
            noon.shift(timedelta(seconds=31))
            tried(deeds[name])
        left = mailing_facts(row)
        if taken_back(director):
            row.refresh_from_db()
            assert (row.state, row.goes_at) == (Mailing.State.READY, None)
            assert list(row.people.values_list("patient_id", "state", "message")) == before
            assert set(Message.objects.filter(mailing=row).values_list("state", flat=True)) <= {"withdrawn"}
            assert notebook.sent == [], "what has left the clinic cannot be taken back"
            services.messages_drain()
            assert notebook.sent == []
        else:
            assert mailing_facts(row) == left
            assert notebook.sent or set(happens) & {"pause", "stop"}
        transaction.set_rollback(True)


def mailing_facts(row):
    row.refresh_from_db()
    people = list(row.people.order_by("pk").values_list("patient_id", "state", "message__state"))
    return row.state, row.goes_at, people
