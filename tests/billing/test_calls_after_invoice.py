"""Who has not paid his invoice is called, once; the task ends by itself when he has (TSK-05)."""

from datetime import timedelta

import pytest
import time_machine
from celery import current_app

from billing.services import calls_after_invoices, invoice_rollback, payment_void
from core import clock, policies
from tests.billing.money import invoice_of, pay
from work.models import Task
from work.selectors import queue_of
from work.services import task_move

pytestmark = [pytest.mark.django_db, pytest.mark.feature("TSK-05")]


@pytest.fixture
def unpaid(anna, director, branch):
    """An invoice of four days ago."""
    with time_machine.travel(clock.now() - timedelta(days=4)):
        return invoice_of(anna, director, 3000, branch_id=branch.pk)


@pytest.fixture
def worker(monkeypatch, django_capture_on_commit_callbacks):
    """What a commit calls the worker for is done at once."""
    monkeypatch.setattr("billing.handlers.calls.wake_up", lambda name, *args: current_app.tasks[name](*args))
    return lambda: django_capture_on_commit_callbacks(execute=True)


def states():
    return list(Task.objects.order_by("pk").values_list("state", flat=True))


def test_after_some_days_the_desk_gets_one_task_however_often_the_sweep_runs(unpaid, anna, reception, stranger):
    assert [calls_after_invoices(), calls_after_invoices()] == [1, 0]
    task = Task.objects.get()
    assert (task.patient_id, task.subject_kind, task.subject_id) == (anna.pk, "billing.invoice", unpaid.pk)
    assert f"task:{task.pk}" in {item.key for item in queue_of(reception).items}
    assert f"task:{task.pk}" not in {item.key for item in queue_of(stranger).items}


def test_a_fresh_invoice_is_left_alone_and_zero_days_is_off(anna, director, branch):
    invoice_of(anna, director, 3000, branch_id=branch.pk)
    assert calls_after_invoices() == 0
    with time_machine.travel(clock.now() + timedelta(days=3)):
        policies.store("billing.call_after_days", 0)
        policies.forget()
        assert calls_after_invoices() == 0
        policies.store("billing.call_after_days", 3)
        policies.forget()
        assert calls_after_invoices() == 1


def test_a_part_of_the_sum_leaves_the_task_and_the_whole_ends_it(unpaid, director, worker):
    calls_after_invoices()
    with worker():
        pay(unpaid, director, cash=1000)
    assert states() == ["new"]
    with worker():
        pay(unpaid, director, cash=2000)
    assert states() == ["done"]
    assert calls_after_invoices() == 0


def test_a_voided_payment_asks_for_a_call_anew(unpaid, director):
    calls_after_invoices()
    taken = pay(unpaid, director, cash=3000)
    calls_after_invoices()  # the sweep ends it where the worker was not called
    assert states() == ["done"]
    payment_void(payment_id=taken.payment.pk, reason="Не та карта", actor=director)
    calls_after_invoices()
    assert states() == ["done", "new"]


def test_who_was_called_is_not_called_again_for_the_same_invoice(unpaid, reception):
    calls_after_invoices()
    task_move(task_id=Task.objects.get().pk, state="done", result="Придёт в пятницу", actor=reception)
    assert calls_after_invoices() == 0
    assert states() == ["done"]


def test_a_rolled_back_invoice_needs_no_call(unpaid, director, worker):
    calls_after_invoices()
    with worker():
        invoice_rollback(invoice_id=unpaid.pk, reason="Ошибка", actor=director)
    assert states() == ["cancelled"]
