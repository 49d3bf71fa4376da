"""The cash desk: shifts, orders with their papers, several desks, races, and the setting that cash needs a shift."""

import threading
from datetime import UTC, datetime
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from pypdf import PdfReader

from billing.errors import CashShiftClosed, NotEnoughCash, ShiftAlreadyOpen
from billing.models import Article, CashMovement, CashShift
from billing.selectors.cash import desk_page, shifts_left_open
from billing.services import (
    cash_move,
    cash_move_undo,
    deposit_put,
    deposit_withdraw,
    desk_add,
    invoice_rollback,
    shift_close,
    shift_open,
)
from billing.services.cash import desk_ensure
from core.errors import DomainError, Forbidden, IllegalMove
from core.services import policies_set
from ledger import accounts
from ledger.selectors import account_sum
from tests.billing.money import D, assert_balanced, invoice_of, pay
from tests.cast import person, person_with

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-16", "BIL-17")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}


@pytest.fixture
def desk(branch):
    return desk_ensure(branch.pk)


@pytest.fixture
def articles(db):
    return {way: Article.objects.create(name=f"Статья {way}", direction=way) for way in ("in", "out")}


@pytest.fixture
def move(articles, reception):
    """`move(shift, 500)` puts in, `move(shift, -200)` takes out."""

    def make(shift, amount, **more):
        way = "in" if amount > 0 else "out"
        return cash_move(
            shift_id=shift.pk,
            article_id=articles[way].pk,
            amount=abs(D(amount)),
            into=amount > 0,
            actor=reception,
            **more,
        )

    return make


def held(desk):
    return account_sum(accounts.cash(desk.branch_id, desk.pk))


def words_of(answer) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(b"".join(answer.streaming_content))).pages)


def test_a_shift_ends_to_the_kopeck(desk, move, anna, reception, director):
    shift = shift_open(desk_id=desk.pk, actor=reception)
    invoice = invoice_of(anna, reception, "1234.56")
    pay(invoice, reception, cash="1000.01", card="234.55")
    deposit_put(patient_id=anna.pk, tenders=[("cash", D("50.50"))], actor=reception)
    deposit_withdraw(patient_id=anna.pk, method="cash", amount=D("20.25"), reason="просьба", actor=reception)
    move(shift, D("500.10"))
    move(shift, D("-99.99"))
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", refund=True, actor=director)
    expected = D("50.50") - D("20.25") + D("500.10") - D("99.99")
    closed = shift_close(shift_id=shift.pk, counted=expected, actor=reception)
    assert (closed.expected, closed.difference, held(desk)) == (expected, D(0), expected)
    assert_balanced()


def test_a_difference_is_posted_so_that_the_book_holds_what_the_drawer_does(desk, move, reception):
    shift = shift_open(desk_id=desk.pk, actor=reception)
    move(shift, 500)
    closed = shift_close(shift_id=shift.pk, counted=D("499.99"), explanation="потеряли копейку", actor=reception)
    assert (closed.difference, held(desk)) == (D("-0.01"), D("499.99"))
    assert shift_open(desk_id=desk.pk, actor=reception).opening == D("499.99")
    assert_balanced()


def test_cash_that_no_shift_names_is_expected_in_the_drawer_all_the_same(desk, anna, reception):
    """A payment that began before the shift was opened ends after it: the drawer has it, and nothing is found over."""
    shift = shift_open(desk_id=desk.pk, actor=reception)
    CashShift.objects.filter(pk=shift.pk).update(closed_at=datetime.now(UTC), counted=0, expected=0, difference=0)
    pay(invoice_of(anna, reception, 700), reception, cash=700)
    CashShift.objects.filter(pk=shift.pk).update(closed_at=None, counted=None, expected=None, difference=None)
    assert desk_page(reception, str(desk.pk), None)["expected"] == D(700)
    assert shift_close(shift_id=shift.pk, counted=D(700), actor=reception).difference == D(0)


class TestOrders:
    def test_receipts_and_expenses_have_numbers_of_their_own_without_gaps(self, desk, move, reception):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        made = [move(shift, amount) for amount in (500, 300, -100, 200, -50)]
        with pytest.raises(NotEnoughCash):
            move(shift, -10_000)
        made.append(move(shift, -10))
        assert [order.number for order in made] == [1, 2, 1, 3, 2, 3]

    @pytest.mark.parametrize(
        ("amount", "form", "okud", "who"), [(500, "КО-1", "0310001", "Принято от"), (-120, "КО-2", "0310002", "Выдать")]
    )
    def test_an_order_prints_by_its_unified_form(self, client, desk, move, reception, amount, form, okud, who):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        move(shift, 1000)
        order = move(shift, amount, person="Сидоров Иван Петрович", note="на воду")
        client.force_login(reception)
        words = words_of(client.get(f"/cash/orders/{order.pk}/order.pdf"))
        for piece in (form, okud, who, "Сидоров Иван Петрович", "на воду", "Улыбка"):
            assert piece in words, (piece, words)
        assert ("Пятьсот рублей 00 копеек" if amount > 0 else "Сто двадцать рублей 00 копеек") in words

    def test_a_stranger_prints_none(self, client, desk, move, reception, stranger):
        order = move(shift_open(desk_id=desk.pk, actor=reception), 10)
        client.force_login(stranger)
        assert client.get(f"/cash/orders/{order.pk}/order.pdf").status_code == 404

    def test_an_order_is_not_undone_out_of_an_empty_drawer(self, desk, move, reception, director):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        order = move(shift, 500)
        move(shift, -400)
        with pytest.raises(NotEnoughCash):
            cash_move_undo(movement_id=order.pk, reason="ошибка", actor=director)

    def test_the_number_is_kept_by_the_database_too(self, desk, move, reception):
        from django.db import IntegrityError, transaction

        order = move(shift_open(desk_id=desk.pk, actor=reception), 10)
        double = CashMovement.objects.get(pk=order.pk)
        for amount in (D(1), D(-1)):
            double.pk, double.amount = None, amount
            if amount > 0:
                with pytest.raises(IntegrityError), transaction.atomic():
                    double.save()
            else:
                double.save()
        double.pk = None
        with pytest.raises(IntegrityError, match="cash_expense_number"), transaction.atomic():
            double.save()


class TestArticles:
    def test_an_article_is_named_while_paying_out(self, client, desk, move, reception):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        move(shift, 500)
        client.force_login(reception)
        body = {"amount": "150", "new_article": "Вода для кулера", "person": "ИП Ручьёв"}
        assert client.post(f"/cash/shifts/{shift.pk}/move/out/", body, headers=PANEL).status_code == 204
        order = CashMovement.objects.latest("pk")
        assert (order.article.name, order.article.direction, order.amount) == ("Вода для кулера", "out", D(-150))
        assert client.post(
            f"/cash/shifts/{shift.pk}/move/out/", {**body, "new_article": "вода для кулера"}, headers=PANEL
        )
        assert Article.objects.filter(name__iexact="вода для кулера").count() == 1

    def test_neither_an_article_nor_a_name_is_told_beside_the_field(self, client, desk, reception):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        client.force_login(reception)
        answer = client.post(f"/cash/shifts/{shift.pk}/move/in/", {"amount": "150"}, headers=PANEL)
        assert answer.status_code == 422 and "Выберите статью" in answer.content.decode()

    def test_who_may_add_none_is_not_asked_and_refused(self, client, desk, branch, reception):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        plain = person_with("billing.use_desk", branches=[branch])
        client.force_login(plain)
        assert "new_article" not in client.get(f"/cash/shifts/{shift.pk}/move/in/", headers=PANEL).content.decode()
        with pytest.raises(Forbidden):
            cash_move(shift_id=shift.pk, amount=D(5), into=True, new_article="Моя", actor=plain)


class TestCashNeedsAShift:
    @pytest.fixture(autouse=True)
    def required(self, branch, director):
        policies_set(values={"billing.shift_required": True}, actor=director)

    def test_cash_is_refused_and_card_is_taken(self, client, desk, anna, reception):
        invoice = invoice_of(anna, reception, 1000)
        client.force_login(reception)
        path, key = f"/api/v1/invoices/{invoice.pk}/pay/", "0b9d9cfe-4fe4-44d5-bd75-5f7a5f3f9c10"
        body = {"method": "cash", "amount": "100.00"}
        ask = {"content_type": "application/json", "headers": {"Idempotency-Key": key}}
        refused = client.post(path, body, **ask)
        assert (refused.status_code, refused.json()["code"]) == (409, "cash_shift_closed")
        pay(invoice, reception, card=100)
        shift_open(desk_id=desk.pk, actor=reception)
        assert client.post(path, body, **ask).status_code == 201

    def test_cash_is_not_given_back_either(self, desk, anna, reception, director):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        invoice = invoice_of(anna, reception, 1000)
        pay(invoice, reception, cash=1000)
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(100))], actor=reception)
        shift_close(shift_id=shift.pk, counted=D(1100), actor=reception)
        with pytest.raises(CashShiftClosed):
            deposit_withdraw(patient_id=anna.pk, method="cash", reason="просьба", actor=reception)
        with pytest.raises(CashShiftClosed):
            invoice_rollback(invoice_id=invoice.pk, reason="ошибка", refund=True, actor=director)
        assert invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director).status == "rolled_back"
        assert_balanced()


def test_each_administrator_s_cash_goes_to_his_own_desk(branch, desk, anna, reception, director):
    second = desk_add(branch_id=branch.pk, name="Касса 2", actor=director)
    colleague = person("colleague", "administrator", branches=[branch])
    shifts = shift_open(desk_id=desk.pk, actor=reception), shift_open(desk_id=second.pk, actor=colleague)
    pay(invoice_of(anna, reception, 100), reception, cash=100)
    pay(invoice_of(anna, colleague, 250), colleague, cash=250)
    for shift, counted in zip(shifts, (100, 250), strict=True):
        assert shift_close(shift_id=shift.pk, counted=D(counted), actor=reception).difference == D(0)


def test_a_shift_left_open_since_yesterday_is_shown_until_it_is_closed(client, desk, reception):
    with time_machine.travel(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False):
        shift = shift_open(desk_id=desk.pk, actor=reception)
        assert shifts_left_open(reception) == []
    with time_machine.travel(datetime(2026, 11, 22, 21, 30, tzinfo=UTC), tick=False):  # it is the 23rd in Moscow
        assert shifts_left_open(reception) == [shift]
        client.force_login(reception)
        assert "осталась открытой" in client.get("/cash/").content.decode()
        shift_close(shift_id=shift.pk, counted=D(0), actor=reception)
        assert shifts_left_open(reception) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_two_open_one_desk_at_once_and_one_wins(desk, reception, branch):
    people = [reception, *(person(f"colleague{n}", "administrator", branches=[branch]) for n in range(5))]
    answers = at_once([lambda user=user: shift_open(desk_id=desk.pk, actor=user) for user in people])
    assert sum(isinstance(answer, CashShift) for answer in answers) == 1
    assert sum(isinstance(answer, ShiftAlreadyOpen) for answer in answers) == len(people) - 1
    assert CashShift.objects.get().number == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_two_close_one_shift_at_once_and_refunds_between_lose_nothing(desk, anna, reception, director):
    shift = shift_open(desk_id=desk.pk, actor=reception)
    invoices = [invoice_of(anna, reception, 100) for _number in range(4)]
    for invoice in invoices:
        pay(invoice, reception, cash=100)
    refunds = [
        lambda pk=invoice.pk: invoice_rollback(invoice_id=pk, reason="ошибка", refund=True, actor=director)
        for invoice in invoices
    ]
    closes = [lambda: shift_close(shift_id=shift.pk, counted=D(0), explanation="?", actor=reception) for _n in "12"]
    answers = at_once([*refunds[:2], *closes, *refunds[2:]])
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 1
    shift.refresh_from_db()
    assert (shift.counted, shift.difference) == (D(0), -shift.expected)
    assert held(desk) == -shift.expected  # what the count did not wait for was given back after it
    assert_balanced()


def at_once(calls):
    answers, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(number, call):
        try:
            gate.wait()
            answers[number] = call()
        except DomainError as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
