"""Which tags a sum gets (domain 3.1), in roubles: 1054, 1214, 1212 and the forms 1031, 1081, 1215, 1216."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Payment
from billing.services import deposit_distribute, deposit_put, deposit_withdraw, invoice_rollback, payment_void
from clinical.models import PlanLine
from clinical.services import lines_render, lines_unrender
from fiscal import rules
from fiscal.models import Agency, Receipt, ReceiptItem, Register
from tests.billing.conftest import approved_plan  # noqa: F401
from tests.billing.money import D, assert_balanced, invoice_of, pay

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-19")]
SALE, REFUND = 1, 2


def put(patient, actor, **sums):
    return deposit_put(patient_id=patient.pk, tenders=[(way, D(sum_)) for way, sum_ in sums.items()], actor=actor)


def test_services_paid_at_once_are_a_full_settlement(register, anna, reception, said, last):
    taken = pay(invoice_of(anna, reception, 3500, 1500), reception, cash=1000, card=4000)
    receipt = last()
    assert said(receipt) == (SALE, [(4, 4, "3500.00"), (4, 4, "1500.00")], {"cash": "1000.00", "electronic": "4000.00"})
    assert (receipt.payment, receipt.register, receipt.state) == (taken.payment, register, "waiting")
    assert (receipt.contact, receipt.vat, receipt.patient) == (anna.phone, "none", anna)


def test_a_prepayment_is_an_advance_and_paying_from_it_sets_it_off(register, anna, reception, said, last):
    put(anna, reception, card=5000)
    assert said(last()) == (SALE, [(3, 10, "5000.00")], {"electronic": "5000.00"})
    pay(invoice_of(anna, reception, 6400), reception, deposit=5000, cash=1400)
    assert said(last()) == (SALE, [(4, 4, "6400.00")], {"cash": "1400.00", "advance": "5000.00"})


def test_a_part_leaves_a_credit_that_is_paid_later_as_one(register, anna, reception, said, last):
    invoice = invoice_of(anna, reception, 9100)
    pay(invoice, reception, cash=4000)
    assert said(last()) == (SALE, [(5, 4, "9100.00")], {"cash": "4000.00", "credit": "5100.00"})
    pay(invoice, reception, card=5000)
    assert said(last()) == (SALE, [(7, 10, "5000.00")], {"electronic": "5000.00"})
    put(anna, reception, cash=100)
    deposit_distribute(patient_id=anna.pk, actor=reception)
    assert said(last()) == (SALE, [(7, 10, "100.00")], {"advance": "100.00"})
    assert sum(ReceiptItem.objects.values_list("credit", flat=True)) == 0


def test_more_than_is_due_is_an_advance_in_the_same_receipt(register, anna, reception, said, last):
    pay(invoice_of(anna, reception, 1000), reception, cash=1500)
    assert said(last()) == (SALE, [(4, 4, "1000.00"), (3, 10, "500.00")], {"cash": "1500.00"})


def test_a_deposit_given_back_is_a_refund_of_the_advance(register, anna, reception, said, last):
    put(anna, reception, cash=2000)
    deposit_withdraw(patient_id=anna.pk, method="cash", reason="по заявлению", actor=reception)
    assert said(last()) == (REFUND, [(3, 10, "2000.00")], {"cash": "2000.00"})


def test_a_cancelled_payment_repeats_its_receipt_the_other_way(register, anna, director, said, last):
    taken = pay(invoice_of(anna, director, 9100), director, card=4000)
    original = last()
    payment_void(payment_id=taken.payment.pk, reason="ошибка", actor=director)
    receipt = last()
    assert said(receipt) == (REFUND, [(5, 4, "9100.00")], {"electronic": "4000.00", "credit": "5100.00"})
    assert receipt.reverses == original
    assert sum(ReceiptItem.objects.values_list("credit", flat=True)) == 0


def test_a_rolled_back_invoice_returns_the_service_and_its_credit(register, anna, director, said, last):
    invoice = invoice_of(anna, director, 9100)
    pay(invoice, director, card=4000)
    invoice_rollback(invoice_id=invoice.pk, reason="не тот пациент", refund=True, actor=director)
    assert said(last()) == (REFUND, [(5, 4, "9100.00")], {"electronic": "4000.00", "credit": "5100.00"})
    assert sum(ReceiptItem.objects.values_list("credit", flat=True)) == 0
    assert_balanced()


def test_a_plan_paid_before_it_is_done_is_a_prepayment_and_is_set_off_when_done(
    register, anna, director, doctor, approved_plan, said, last  # noqa: F811
):  # fmt: skip
    from billing.services import invoice_make

    plan = approved_plan(anna, 8000, 2000)
    whole, part = PlanLine.objects.filter(plan=plan).order_by("pk")
    invoice = invoice_make(patient_id=anna.pk, plan_id=plan.pk, lines=[], actor=director)
    pay(invoice, director, card=9000)
    assert said(last()) == (SALE, [(2, 4, "7200.00"), (2, 4, "1800.00")], {"electronic": "9000.00"})
    both = [whole.pk, part.pk]
    lines_render(plan_id=plan.pk, line_ids=both, doctor=doctor.staff, actor=director)
    assert said(last()) == (
        SALE, [(5, 4, "8000.00"), (5, 4, "2000.00")], {"advance": "9000.00", "credit": "1000.00"},
    )  # fmt: skip
    lines_unrender(plan_id=plan.pk, line_ids=both, actor=director)
    assert said(last()) == (
        REFUND, [(5, 4, "8000.00"), (5, 4, "2000.00")], {"advance": "9000.00", "credit": "1000.00"},
    )  # fmt: skip
    lines_render(plan_id=plan.pk, line_ids=both, doctor=doctor.staff, actor=director)
    pay(invoice, director, cash=1000)
    assert said(last()) == (SALE, [(7, 10, "800.00"), (7, 10, "200.00")], {"cash": "1000.00"})
    assert sum(ReceiptItem.objects.values_list("prepaid", flat=True)) == 0


def test_a_plan_paid_whole_before_it_is_done_is_a_full_prepayment(
    register, anna, director, doctor, approved_plan, said, last  # noqa: F811
):  # fmt: skip
    from billing.services import invoice_make

    plan = approved_plan(anna, 8000)
    invoice = invoice_make(patient_id=anna.pk, plan_id=plan.pk, lines=[], actor=director)
    pay(invoice, director, cash=8000)
    assert said(last()) == (SALE, [(1, 4, "8000.00")], {"cash": "8000.00"})
    line = PlanLine.objects.get(plan=plan)
    lines_render(plan_id=plan.pk, line_ids=[line.pk], doctor=doctor.staff, actor=director)
    assert said(last()) == (SALE, [(4, 4, "8000.00")], {"advance": "8000.00"})
    invoice_rollback(invoice_id=invoice.pk, reason="жалоба", refund=True, actor=director)
    assert said(last()) == (REFUND, [(4, 4, "8000.00")], {"cash": "8000.00"})


def test_an_agents_service_names_its_supplier(register, anna, reception, last):
    invoice = invoice_of(anna, reception, 700)
    line = invoice.lines.get()
    agency = Agency.objects.create(direction=line.direction, supplier="ООО Лаборатория", inn="7700000000")
    pay(invoice, reception, cash=700)
    assert last().items.get().agency == agency


def test_a_desk_of_its_own_has_its_own_register(register, branch, anna, reception, last):
    from billing.services.cash import desk_add, desk_ensure

    desk_ensure(branch.pk)
    second = desk_add(branch_id=branch.pk, name="Касса 2", actor=reception)
    own = Register.objects.create(name="Касса 2", branch=branch, desk=second, device="atol", email="k@clinic.example")
    from billing.services import payment_accept

    invoice = invoice_of(anna, reception, 100)
    payment_accept(invoice_id=invoice.pk, tenders=[("cash", D(60))], actor=reception, desk_id=second.pk)
    assert last().register == own
    pay(invoice, reception, cash=40)
    assert last().register == register


def test_a_clinic_that_gives_receipts_elsewhere_makes_none(anna, reception):
    pay(invoice_of(anna, reception, 100), reception, cash=100)
    assert not Receipt.objects.exists()


def test_the_receipt_is_gone_with_its_payment(register, anna, reception):
    invoice = invoice_of(anna, reception, 100)
    with pytest.raises(RuntimeError), transaction.atomic():
        pay(invoice, reception, cash=100)
        raise RuntimeError
    assert not Receipt.objects.exists() and not Payment.objects.exists()


def test_a_payment_has_one_receipt(register, anna, reception, last):
    pay(invoice_of(anna, reception, 100), reception, cash=100)
    receipt = last()
    receipt.pk, receipt.external_id, receipt.key = None, "другой", "6f0c1d1e-0000-4000-8000-000000000001"
    with pytest.raises(IntegrityError, match="payment_id"), transaction.atomic():
        receipt.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"cash": D(1)}, "receipt_forms_make_its_total"),
        ({"state": "claimed"}, "receipt_claimed_by_somebody_for_a_time"),
        ({"state": "done"}, "receipt_done_at_a_time_by_a_register"),
        ({"cause": "rendered"}, "receipt_of_a_payment_names_it"),
        ({"total": 0, "cash": 0}, "receipt_is_for_something"),
    ],
)
def test_the_database_has_the_last_word(register, anna, reception, last, changes, name):
    pay(invoice_of(anna, reception, 100), reception, cash=100)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Receipt.objects.filter(pk=last().pk).update(**changes)


SUMS = st.integers(1, 10**7).map(lambda kopecks: Decimal(kopecks) / 100)


@given(
    share=SUMS, steps=st.lists(st.tuples(SUMS, st.sampled_from(["cash", "card", "deposit"])), min_size=1, max_size=6)
)
def test_whatever_is_paid_both_sides_are_even_and_no_credit_is_left_when_all_is_paid(share, steps):
    before = credit = Decimal()
    for amount, method in steps:
        amount = min(amount, share - before)
        if not amount:
            break
        paid = rules.Paid("x", {method: amount}, share_id=1, share=share, line_sum=share, before=before, credit=credit)
        draft = rules.sale_of([paid])
        assert draft.is_even and all(each.price * each.quantity == each.sum for each in draft.positions)
        before, credit = before + amount, credit + sum(each.credit for each in draft.positions)
        assert credit == share - before
    gone = rules.returned_of([rules.Paid("x", {"cash": before}, share_id=1, share=share, before=before, credit=credit)])
    assert gone.is_even and gone.total == share


def test_a_payment_by_another_method_is_returned_and_taken_again(register, anna, director, said, last):
    from billing.services import payment_method_change

    taken = pay(invoice_of(anna, director, 9100), director, card=4000)
    payment_method_change(payment_id=taken.payment.pk, tenders=[("cash", D(4000))], reason="ошибка", actor=director)
    first, back, again = Receipt.objects.order_by("pk")
    assert said(back) == (REFUND, [(5, 4, "9100.00")], {"electronic": "4000.00", "credit": "5100.00"})
    assert back.reverses == first
    assert said(again) == (SALE, [(5, 4, "9100.00")], {"cash": "4000.00", "credit": "5100.00"})
