"""Any sequence of commands leaves the book balanced: nothing over the due but into the deposit, no deposit below zero."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing.errors import InsufficientDeposit, Overpaid
from billing.models import Invoice, Payment, PaymentPart, Status
from billing.policies import AUTO_DISTRIBUTE
from billing.services import (
    deposit_distribute,
    deposit_put,
    deposit_withdraw,
    invoice_discard,
    invoice_issue,
    invoice_rollback,
    payment_accept,
    payment_method_change,
    payment_move,
    payment_void,
)
from core.errors import DomainError, IllegalMove
from tests.billing.money import D, assert_balanced, invoice_of, money_of
from tests.factories import PatientFactory

SUMS = st.decimals(min_value="0.01", max_value="3000", places=2)
PICK = st.integers(min_value=0, max_value=50)


class Money(RuleBasedStateMachine):
    """What the model knows: both deposits, and what each of Anna's invoices has left to pay. Boris owes nothing."""

    anna = boris = director = None
    distribute = False

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.deposit = self.of_boris = Decimal(0)
        self.left: dict[int, Decimal] = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def pick(self, number, *statuses):
        found = list(Invoice.objects.filter(status__in=statuses).order_by("pk"))
        return found[number % len(found)] if found else None

    def take(self, amount, invoice_id=None):
        """The model's side of money taken: this invoice, then where it is set earlier ones, then the deposit."""
        order = [invoice_id] if invoice_id else []
        if self.distribute:
            order += [pk for pk in self.left if pk != invoice_id]
        for pk in order:
            part = min(amount, self.left[pk])
            self.left[pk] -= part
            amount -= part
        self.deposit += amount

    @rule(
        prices=st.lists(st.decimals(min_value="0.00", max_value="2000", places=2), min_size=1, max_size=4),
        draft=st.booleans(),
    )
    def invoice(self, prices, draft):
        made = invoice_of(self.anna, self.director, *prices, draft=draft)
        if not draft:
            self.left[made.pk] = made.due

    @rule(number=PICK)
    def issue(self, number):
        draft = self.pick(number, Status.DRAFT)
        if draft:
            self.left[draft.pk] = invoice_issue(invoice_id=draft.pk, actor=self.director).due

    @rule(number=PICK)
    def discard(self, number):
        draft = self.pick(number, Status.DRAFT)
        if draft:
            invoice_discard(invoice_id=draft.pk, actor=self.director)

    @rule(number=PICK, cash=SUMS, card=SUMS, ways=st.sampled_from(("cash", "card", "both")))
    def pay(self, number, cash, card, ways):
        found = self.pick(number, Status.ISSUED, Status.PARTLY_PAID, Status.PAID)
        if found:
            tenders = [("cash", cash), ("card", card)][slice(*{"cash": (0, 1), "card": (1, 2), "both": (0, 2)}[ways])]
            payment_accept(invoice_id=found.pk, tenders=tenders, actor=self.director)
            self.take(sum(amount for _method, amount in tenders), found.pk)

    @rule(number=PICK, amount=SUMS)
    def pay_from_deposit(self, number, amount):
        found = self.pick(number, Status.ISSUED, Status.PARTLY_PAID, Status.PAID)
        if not found:
            return
        try:
            payment_accept(invoice_id=found.pk, tenders=[("deposit", amount)], actor=self.director)
        except Overpaid:
            assert amount > self.left[found.pk]
        except InsufficientDeposit:
            assert amount > self.deposit
        else:
            self.left[found.pk] -= amount
            self.deposit -= amount

    @rule(amount=SUMS)
    def put(self, amount):
        deposit_put(patient_id=self.anna.pk, tenders=[("cash", amount)], actor=self.director)
        self.take(amount)

    @rule(amount=st.one_of(st.none(), SUMS))
    def withdraw(self, amount):
        try:
            deposit_withdraw(patient_id=self.anna.pk, method="cash", amount=amount, reason="да", actor=self.director)
        except InsufficientDeposit:
            assert not self.deposit or (amount and amount > self.deposit)
        else:
            self.deposit -= self.deposit if amount is None else amount

    @rule()
    def spend_on_debts(self):
        deposit_distribute(patient_id=self.anna.pk, actor=self.director)
        for pk, due in self.left.items():
            part = min(due, self.deposit)
            self.left[pk] -= part
            self.deposit -= part

    @rule(number=PICK, refund=st.booleans())
    def roll_back(self, number, refund):
        found = self.pick(number, Status.ISSUED, Status.PARTLY_PAID, Status.PAID)
        if found:
            from_deposit = sum(p.amount for p in PaymentPart.objects.filter(invoice=found, method="deposit"))
            paid = found.paid
            invoice_rollback(invoice_id=found.pk, reason="ошибка", actor=self.director, refund=refund)
            self.deposit += from_deposit if refund else paid
            del self.left[found.pk]

    def any_payment(self, number):
        payments = list(Payment.objects.order_by("pk"))
        return payments[number % len(payments)] if payments else None

    def forget(self, payment, parts):
        """The model's side of a payment that is mirrored."""
        for part in parts:
            if part.invoice_id:
                self.left[part.invoice_id] += part.amount
                self.deposit += part.amount if part.method == "deposit" else 0
            elif payment.patient_id == self.anna.pk:
                self.deposit -= part.amount
            else:
                self.of_boris -= part.amount

    @rule(number=PICK, cents=st.integers(min_value=0, max_value=300_000))
    def change_method(self, number, cents):
        """Any division between cash and card: nobody's debt or deposit moves."""
        payment = self.any_payment(number)
        if payment is None:
            return
        cash = min(Decimal(cents) / 100, abs(payment.money))
        tenders = [("cash", cash), ("card", abs(payment.money) - cash)]
        try:
            with transaction.atomic():
                payment_method_change(payment_id=payment.pk, tenders=tenders, reason="терминал", actor=self.director)
        except DomainError as error:
            assert error.code in ("already_voided", "illegal_move", "invalid", "not_enough_cash")

    @rule(number=PICK, to_debts=st.booleans())
    def move(self, number, to_debts):
        """Anna's becomes Boris's deposit; his pays what Anna owes, oldest first, or is her deposit."""
        payment = self.any_payment(number)
        if payment is None:
            return
        parts = list(payment.parts.all())
        to = self.boris if payment.patient_id == self.anna.pk else self.anna
        try:
            with transaction.atomic():
                payment_move(
                    payment_id=payment.pk, patient_id=to.pk, to_debts=to_debts, reason="перепутали", actor=self.director
                )
        except DomainError as error:
            assert error.code in ("already_voided", "illegal_move", "insufficient_deposit")
            return
        self.forget(payment, parts)
        money = payment.money
        if to is self.boris:
            self.of_boris += money
            return
        for pk in sorted(self.left, key=lambda pk: (Invoice.objects.get(pk=pk).issued_at, pk)) if to_debts else ():
            part = min(money, self.left[pk])
            self.left[pk] -= part
            money -= part
        self.deposit += money

    @rule(number=PICK)
    def void(self, number):
        payment = self.any_payment(number)
        if payment is None:
            return
        parts = list(payment.parts.all())
        try:
            with transaction.atomic():
                payment_void(payment_id=payment.pk, reason="ошибка", actor=self.director)
        except IllegalMove:
            assert payment.kind in ("void", "return") or any(
                p.invoice and p.invoice.status == "rolled_back" for p in parts
            )
        except DomainError as error:
            assert error.code in ("already_voided", "insufficient_deposit")
        else:
            self.forget(payment, parts)

    @invariant()
    def the_book_agrees(self):
        assert_balanced()
        assert money_of(self.anna) == (D(self.deposit), D(sum(self.left.values())))
        assert {row.pk: row.due for row in Invoice.objects.filter(status__in=("issued", "partly_paid", "paid"))} == {
            pk: D(due) for pk, due in self.left.items()
        }
        assert money_of(self.boris) == (D(self.of_boris), D(0))
        assert self.deposit >= 0


@pytest.mark.django_db
@pytest.mark.feature("BIL-35", "BIL-11")
@pytest.mark.parametrize("distribute", [False, True])
def test_no_sequence_of_commands_loses_or_makes_money(anna, branch, director, monkeypatch, distribute):
    monkeypatch.setattr(
        type(AUTO_DISTRIBUTE), "get", lambda policy: distribute if policy is AUTO_DISTRIBUTE else policy.default
    )
    machine = type(
        "OfThisTest",
        (Money,),
        {"anna": anna, "boris": PatientFactory(branch=branch), "director": director, "distribute": distribute},
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
