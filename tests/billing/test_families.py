"""One deposit and three debts; the family's balance and statement, from the book."""

import uuid
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from billing.errors import DivisionChanged, InsufficientDeposit, Overpaid
from billing.models import Payment
from billing.selectors.statements import statement_of
from billing.services import debts_pay, deposit_put, invoice_rollback, payment_void
from billing.services.families import division_of
from core.models import AuditEntry
from patients.services import family_create, family_join
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.billing.test_races import at_once
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-11", "BIL-40")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
YEAR = (date(2020, 1, 1), date(2100, 1, 1))


@pytest.fixture
def family(anna, branch, director):
    """Anna pays for Pavel and Lena."""
    made = family_create(patient_id=anna.pk, name="Ёлкины", pays=True, actor=director)
    children = [PatientFactory(last_name="Ёлкин", first_name=name, branch=branch) for name in ("Павел", "Лена")]
    for child in children:
        family_join(family_id=made.pk, patient_id=child.pk, actor=director)
    anna.refresh_from_db()
    return [anna, *children]


@pytest.fixture
def three_debts(family, reception):
    """Pavel 3 000 first, then Anna 2 500, then Lena 4 000; Anna puts in 7 000."""
    anna, pavel, lena = family
    invoices = [
        invoice_of(pavel, reception, 3000),
        invoice_of(anna, reception, 2500),
        invoice_of(lena, reception, 4000),
    ]
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(7000))], actor=reception)
    return invoices


def dues(invoices):
    for invoice in invoices:
        invoice.refresh_from_db()
    return [invoice.due for invoice in invoices]


def test_one_deposit_pays_three_debts_oldest_first_after_a_preview(family, three_debts, reception):
    """7 000 of 9 500: Pavel's 3 000, Anna's 2 500, of Lena's 4 000 the last 1 500; she owes 2 500."""
    anna, pavel, lena = family
    tenders = [("deposit", D(7000))]
    shown = division_of(patient=anna, tenders=tenders, actor=reception)
    assert [(piece.due, piece.pays, piece.left) for piece in shown.pieces] == [
        (D(3000), D(3000), D(0)), (D(2500), D(2500), D(0)), (D(4000), D(1500), D(2500)),
    ]  # fmt: skip
    assert Payment.objects.count() == 1
    payment = debts_pay(patient_id=anna.pk, tenders=tenders, actor=reception, seen=shown.key)
    assert (payment.patient_id, payment.cash, dues(three_debts)) == (anna.pk, D(0), [D(0), D(0), D(2500)])
    assert [money_of(one) for one in family] == [(D(0), D(0)), (D(0), D(0)), (D(0), D(2500))]
    told = AuditEntry.objects.filter(code="billing.debts.paid_for").values_list("patient_id", flat=True)
    assert set(told) == {pavel.pk, lena.pk}
    assert_balanced()


def test_what_was_shown_is_what_is_done_or_nothing(family, three_debts, reception):
    tenders = [("deposit", D(7000))]
    shown = division_of(patient=family[0], tenders=tenders, actor=reception)
    pay(three_debts[0], reception, cash=100)
    with pytest.raises(DivisionChanged):
        debts_pay(patient_id=family[0].pk, tenders=tenders, actor=reception, seen=shown.key)
    assert dues(three_debts) == [D(2900), D(2500), D(4000)]


def test_cash_over_the_debts_is_his_deposit_who_paid_the_deposit_pays_no_more_than_is_owed(family, reception):
    anna, pavel, _lena = family
    invoice_of(pavel, reception, 300)
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(500))], actor=reception)
    with pytest.raises(Overpaid):
        debts_pay(patient_id=anna.pk, tenders=[("deposit", D(400))], actor=reception)
    with pytest.raises(InsufficientDeposit):
        debts_pay(patient_id=pavel.pk, tenders=[("deposit", D(100))], actor=reception)
    debts_pay(patient_id=anna.pk, tenders=[("cash", D(450))], actor=reception)
    assert [money_of(one) for one in (anna, pavel)] == [(D(650), D(0)), (D(0), D(0))]
    assert_balanced()


def test_without_the_family_only_his_own(family, three_debts, reception):
    debts_pay(patient_id=family[0].pk, tenders=[("deposit", D(2500))], actor=reception, with_family=False)
    assert dues(three_debts) == [D(3000), D(0), D(4000)]


@pytest.mark.feature("BIL-36")
@pytest.mark.parametrize(("refund", "pavels"), [(False, D(200)), (True, D(0))])
def test_a_roll_back_returns_to_each_what_he_paid(family, reception, director, refund, pavels):
    """Of Pavel's 1 000 he paid 200 in cash and Anna's deposit 800."""
    anna, pavel, _lena = family
    invoice = invoice_of(pavel, reception, 1000)
    pay(invoice, reception, cash=200)
    deposit_put(patient_id=anna.pk, tenders=[("card", D(900))], actor=reception)
    debts_pay(patient_id=anna.pk, tenders=[("deposit", D(800))], actor=reception)
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director, refund=refund)
    assert [money_of(one) for one in (anna, pavel)] == [(D(900), D(0)), (pavels, D(0))]
    assert_balanced()


def test_a_payment_for_all_is_cancelled_for_all(family, three_debts, reception, director):
    payment = debts_pay(patient_id=family[0].pk, tenders=[("deposit", D(7000))], actor=reception)
    payment_void(payment_id=payment.pk, reason="ошибка", actor=director)
    assert dues(three_debts) == [D(3000), D(2500), D(4000)]
    assert money_of(family[0]) == (D(7000), D(2500))
    assert_balanced()


class TestStatement:
    def test_its_end_is_deposits_less_debts_and_its_rows_add_up(self, family, three_debts, reception, director):
        debts_pay(patient_id=family[0].pk, tenders=[("deposit", D(7000))], actor=reception)
        invoice_rollback(invoice_id=three_debts[1].pk, reason="ошибка", actor=director)
        found = statement_of(director, family[0], *YEAR)
        assert (found.opening, found.closing) == (D(0), sum(money_of(one)[0] - money_of(one)[1] for one in family))
        assert found.opening - found.charged + found.paid == found.closing == found.rows[-1].balance
        assert [member.pays for member in found.members] == [True, False, False]
        alone = statement_of(director, family[1], *YEAR, with_family=False)
        assert (alone.charged, alone.paid, alone.closing) == (D(3000), D(3000), D(0))

    def test_days_before_it_are_its_beginning(self, family, three_debts, director):
        found = statement_of(director, family[0], date(2090, 1, 1), date(2100, 1, 1))
        assert (found.opening, found.rows, found.closing) == (D(-2500), [], D(-2500))

    def test_what_one_may_not_open_is_one_row(self, other_branch, family, reception, director):
        invoice_of(family[0], director, 700, branch_id=other_branch.pk)
        found = statement_of(reception, family[0], *YEAR)
        assert [(row.url, row.charged) for row in found.rows] == [("", D(700))]

    def test_it_is_printed(self, client, family, three_debts, reception):
        client.force_login(reception)
        page = client.get(f"/patients/{family[0].pk}/statement/").content.decode()
        assert "Павел" in page and "9\xa0500" in page
        answer = client.get(f"/patients/{family[0].pk}/statement.pdf")
        words = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(b"".join(answer.streaming_content))).pages)
        assert "Ёлкины" in words and "9\xa0500" in words


def test_the_panel_shows_first_then_pays_once(client, family, three_debts, reception):
    client.force_login(reception)
    url = f"/patients/{family[0].pk}/pay-debts/"
    panel = client.get(url, headers=PANEL).content.decode()
    assert "7\xa0000" in panel and "Павел" in panel
    body = {"deposit": "7000", "with_family": "on", "seen": "", "idempotency_key": uuid.uuid4().hex}
    assert client.post(url, {**body, "show": "1"}, headers=PANEL).status_code == 200
    assert client.post(url, body, headers=PANEL).status_code == 422
    assert Payment.objects.count() == 1
    shown = division_of(patient=family[0], tenders=[("deposit", D(7000))], actor=reception)
    answers = [client.post(url, {**body, "seen": shown.key}, headers=PANEL) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert Payment.objects.count() == 2
    card = client.get(f"/patients/{family[1].pk}/payments/").content.decode()
    assert "Деньги семьи" in card and f"/payments/{Payment.objects.latest('pk').pk}/" in card


def test_the_api_shows_the_division_and_pays(api, family, three_debts, reception, accountant, stranger):
    desk, pk = api(reception), family[0].pk
    shown = desk.post(f"patients/{pk}/division/", {"method": "deposit", "amount": "7000.00"}).json()
    assert [piece["pays"] for piece in shown["pieces"]] == ["3000.00", "2500.00", "1500.00"]
    body = {"method": "deposit", "amount": "7000.00", "seen": shown["key"]}
    assert desk.post(f"patients/{pk}/pay-debts/", {**body, "seen": "0.00"}).json()["code"] == "division_changed"
    assert desk.post(f"patients/{pk}/pay-debts/", body).status_code == 201
    rows = desk.get(f"patients/{pk}/family-balance/").json()
    assert [(row["deposit"], row["debt"]) for row in rows] == [("0.00", "0.00"), ("0.00", "0.00"), ("0.00", "2500.00")]
    assert api(stranger).post(f"patients/{pk}/pay-debts/", body).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_one_deposit_is_spent_once_by_whoever_comes_first(family, three_debts, reception):
    """Anna pays from two desks at once, and a child's invoice is paid in cash meanwhile: nobody waits for ever."""
    works = (
        lambda: debts_pay(patient_id=family[0].pk, tenders=[("deposit", D(4000))], actor=reception),
        lambda: debts_pay(patient_id=family[0].pk, tenders=[("deposit", D(4000))], actor=reception),
        lambda: pay(three_debts[2], reception, cash=100),
        lambda: debts_pay(patient_id=family[2].pk, tenders=[("card", D(100))], actor=reception),
    )
    found = at_once(4, lambda index: works[index]())
    assert [getattr(row, "code", "") for row in found].count("insufficient_deposit") == 1, found
    assert sum(isinstance(row, Exception) for row in found) == 1
    assert money_of(family[0])[0] == D(3000)
    assert_balanced()
