"""Money of cards that become one, and part again."""

import pytest

from billing.models import Share
from billing.services import deposit_put
from billing.services.merging import patient_money_merge, patient_money_unmerge
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-40")]


@pytest.fixture
def twin(branch):
    return PatientFactory(last_name="Ёлкина", first_name="Аня", branch=branch)


def merge(anna, twin):
    twin.invoices.update(patient=anna)  # as the merge of cards re-links them
    patient_money_merge(merge_id=1, survivor_id=anna.pk, retired_id=twin.pk)


def test_the_survivor_owes_and_has_what_both_did(anna, twin, reception, doctor):
    invoice = invoice_of(twin, reception, 1000, doctor=doctor.staff)
    pay(invoice, reception, cash=400)
    deposit_put(patient_id=twin.pk, tenders=[("cash", D(150))], actor=reception)
    invoice_of(anna, reception, 300)
    merge(anna, twin)
    assert (money_of(anna), money_of(twin)) == ((D(150), D(900)), (D(0), D(0)))
    assert_balanced()
    assert pay(invoice, reception, deposit=150).invoice.due == D(450)
    assert_balanced()


def test_the_card_that_comes_back_takes_its_debts_and_what_is_left_of_its_deposit(anna, twin, reception):
    invoice = invoice_of(twin, reception, 1000)
    deposit_put(patient_id=twin.pk, tenders=[("cash", D(500))], actor=reception)
    merge(anna, twin)
    pay(invoice, reception, deposit=200, cash=100)
    invoice.refresh_from_db()
    invoice.patient = twin
    invoice.save(update_fields=["patient"])
    patient_money_unmerge(merge_id=1, survivor_id=anna.pk, retired_id=twin.pk)
    assert (money_of(anna), money_of(twin)) == ((D(0), D(0)), (D(300), D(700)))
    assert Share.objects.get(invoice=invoice).payer.subject_id == twin.pk
    assert_balanced()
    assert pay(invoice, reception, deposit=300, cash=400).invoice.status == "paid"
    assert_balanced()
