"""Thirty-two clients at once: nothing over the due, nothing lost, nothing twice."""

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from rest_framework.authtoken.models import Token

from billing.models import CashShift, Invoice, InvoiceLine, Payment
from billing.services import deposit_put, invoice_make, invoice_rollback, shift_close, shift_open
from billing.services.cash import desk_ensure
from tests.billing.money import D, assert_balanced, invoice_of, money_of
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
CLIENTS = 32


def at_once(number, work):
    """Run `work(index)` in that many threads from one start; what each gave or raised."""
    barrier, found = threading.Barrier(number), [None] * number

    def run(index):
        try:
            barrier.wait()
            found[index] = work(index)
        except Exception as error:
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[index]) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def post(reception):
    token = Token.objects.create(user=reception).key

    def ask(path, body, key):
        headers = {"Authorization": f"Token {token}", "Idempotency-Key": key}
        return Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return ask


@pytest.mark.feature("BIL-42")
def test_thirty_two_payments_with_different_keys_are_thirty_two_payments(post, anna, reception):
    """3 200 of 2 000 due: the rest goes to the deposit, to the kopeck."""
    invoice = invoice_of(anna, reception, 1500, 500)
    answers = at_once(
        CLIENTS,
        lambda _i: post(f"invoices/{invoice.pk}/pay/", {"method": "cash", "amount": "100.00"}, str(uuid.uuid4())),
    )
    assert Counter(answer.status_code for answer in answers) == {201: CLIENTS}
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.due, Payment.objects.count()) == (D(2000), D(0), CLIENTS)
    assert money_of(anna) == (D(1200), D(0))
    assert_balanced()


@pytest.mark.feature("BIL-42")
def test_thirty_two_presses_of_one_button_are_one_payment(post, anna, reception):
    invoice = invoice_of(anna, reception, 2000)
    key = str(uuid.uuid4())
    answers = at_once(
        CLIENTS, lambda _i: post(f"invoices/{invoice.pk}/pay/", {"method": "cash", "amount": "100.00"}, key)
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CLIENTS - 1}
    assert all(answer.json() == answers[0].json() for answer in answers)
    invoice.refresh_from_db()
    assert (invoice.paid, Payment.objects.count()) == (D(100), 1)
    assert_balanced()


def test_a_deposit_is_spent_once_by_whoever_comes_first(post, anna, reception):
    """Thirty-two invoices want the same thousand: ten get a hundred each."""
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(1000))], actor=reception)
    invoices = [invoice_of(anna, reception, 100) for _number in range(CLIENTS)]
    answers = at_once(
        CLIENTS,
        lambda i: post(f"invoices/{invoices[i].pk}/pay/", {"method": "deposit", "amount": "100.00"}, str(uuid.uuid4())),
    )
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {201: 10, 409: 22}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_deposit"}
    assert money_of(anna) == (D(0), D(2200))
    assert_balanced()


def test_numbers_of_invoices_issued_at_once_have_no_gaps(post, anna):
    service = ServiceFactory(price="10.00").pk
    body = {"patient": anna.pk, "lines": [{"service": service}]}
    answers = at_once(CLIENTS, lambda _i: post("invoices/", body, str(uuid.uuid4())))
    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, CLIENTS + 1))
    assert_balanced()


def test_a_shift_that_closes_counts_every_payment_or_leaves_it_to_the_next(post, anna, reception, branch):
    shift = shift_open(desk_id=desk_ensure(branch.pk).pk, actor=reception)
    invoice = invoice_of(anna, reception, 1600)

    def work(index):
        if index == CLIENTS // 2:
            return shift_close(shift_id=shift.pk, counted=D(0), actor=reception)
        return post(f"invoices/{invoice.pk}/pay/", {"method": "cash", "amount": "50.00"}, str(uuid.uuid4()))

    found = at_once(CLIENTS, work)
    assert not [error for error in found if isinstance(error, Exception)]
    shift.refresh_from_db()
    inside = sum(payment.cash for payment in Payment.objects.filter(shift=shift))
    outside = sum(payment.cash for payment in Payment.objects.filter(shift=None))
    assert (shift.expected, shift.difference) == (inside, -inside)
    assert CashShift.objects.get(pk=shift_open(desk_id=shift.desk_id, actor=reception).pk).opening == outside
    assert_balanced()


@pytest.mark.feature("CLN-16")
def test_a_line_of_a_plan_is_invoiced_once_by_whoever_comes_first(anna, reception, approved_plan):
    plan = approved_plan(anna, 100, 200)
    found = at_once(8, lambda _i: invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=reception))
    assert sum(isinstance(row, Invoice) for row in found) == 1
    assert {row.code for row in found if not isinstance(row, Invoice)} == {"nothing_to_invoice"}
    assert InvoiceLine.objects.count() == 2


def test_two_roll_backs_at_once_are_one(anna, reception, director):
    invoice = invoice_of(anna, reception, 500)
    found = at_once(6, lambda _i: invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director))
    assert sum(isinstance(row, Invoice) for row in found) == 1
    assert {row.code for row in found if not isinstance(row, Invoice)} == {"illegal_move"}
    assert_balanced()
