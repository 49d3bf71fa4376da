"""Whole stories with numbers, each from bill to book."""

import pytest

from billing.models import Status
from billing.services import deposit_put, deposit_withdraw, invoice_rollback
from ledger.models import Posting
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay

pytestmark = pytest.mark.django_db


def book(**filters):
    rows = Posting.objects.filter(**filters).select_related("account").order_by("pk")
    return [(row.account.kind, row.debit, row.credit) for row in rows]


@pytest.mark.feature("BIL-06", "BIL-07")
def test_a_treatment_is_paid_in_three_goes(anna, reception, doctor):
    """4 860 of services; 3 000 in cash, 1 000 by card, the rest with 500 too much."""
    invoice = invoice_of(anna, reception, 4000, 860, doctor=doctor.staff)
    assert (invoice.status, invoice.total, invoice.due, invoice.number) == (Status.ISSUED, D(4860), D(4860), 1)
    taken = pay(invoice, reception, cash=3000)
    assert (taken.invoice.status, taken.invoice.due) == (Status.PARTLY_PAID, D(1860))
    pay(invoice, reception, card=1000)
    taken = pay(invoice, reception, cash=360, card=1000)
    assert (taken.invoice.status, taken.invoice.due, taken.to_deposit) == (Status.PAID, D(0), D(500))
    assert money_of(anna) == (D(500), D(0))
    assert_balanced()


@pytest.mark.feature("BIL-35", "BIL-08")
def test_a_rolled_back_invoice_leaves_mirrored_postings_and_the_money_on_the_deposit(anna, reception, director):
    invoice = invoice_of(anna, reception, 5000)
    pay(invoice, reception, cash=3000)
    assert book(document_kind="invoice") == [("receivable", D(5000), D(0)), ("income", D(0), D(5000))]
    invoice_rollback(invoice_id=invoice.pk, reason="не та услуга", actor=director)
    assert book(document_kind="invoice", reverses__isnull=False) == [
        ("receivable", D(0), D(5000)), ("income", D(5000), D(0)),
    ]  # fmt: skip
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.due) == (Status.ROLLED_BACK, D(0), D(0))
    assert money_of(anna) == (D(3000), D(0))
    assert_balanced()


@pytest.mark.feature("BIL-36")
def test_a_refund_goes_back_the_way_the_money_came(anna, reception, director):
    """2 000 of cash and 1 500 by card come back as they came, 500 of the deposit to the deposit."""
    deposit_put(patient_id=anna.pk, tenders=[("card", D(500))], actor=reception)
    invoice = invoice_of(anna, reception, 4000)
    pay(invoice, reception, cash=2000, deposit=500)
    pay(invoice, reception, card=1500)
    invoice_rollback(invoice_id=invoice.pk, reason="пациент отказался", actor=director, refund=True)
    returned = anna.payments.get(kind="return")
    assert (returned.cash, returned.card) == (D(-2000), D(-1500))
    assert money_of(anna) == (D(500), D(0))
    assert_balanced()


@pytest.mark.feature("BIL-09", "BIL-10", "C17")
def test_a_deposit_is_put_in_spent_and_given_back(anna, reception):
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(10000))], actor=reception)
    invoice = invoice_of(anna, reception, 3000)
    pay(invoice, reception, deposit=3000)
    deposit_withdraw(patient_id=anna.pk, method="cash", amount=D(2000), reason="просьба пациента", actor=reception)
    assert money_of(anna) == (D(5000), D(0))
    deposit_withdraw(patient_id=anna.pk, method="cash", reason="окончание лечения", actor=reception)
    assert money_of(anna) == (D(0), D(0))
    assert book(account__kind="deposit") == [
        ("deposit", D(0), D(10000)), ("deposit", D(3000), D(0)), ("deposit", D(2000), D(0)), ("deposit", D(5000), D(0)),
    ]  # fmt: skip
    assert_balanced()
