"""Radio, told as in the regulation (seed 000): the numbers that the payer engine and barter must give."""

import pytest

from barter.models import Beneficiary
from barter.services import debt_write_off, entry_grant, entry_sign
from billing.models import Invoice, Share, Status
from billing.selectors.metrics import debt_rows, income_rows, receipts_rows
from billing.selectors.patients import balances_of_patients
from billing.services import LineInput, invoice_make, invoice_rollback
from core import clock
from ledger import accounts
from ledger.selectors import account_sum
from patients.selectors import badges_for
from scheduling.slots import NOTES, marks_of
from tests.billing.money import D, assert_balanced, invoice_of, money_of
from tests.factories import ServiceFactory
from work.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BAR-12", "MOON-08")]
FOR_MONEY = "Пациент лечится за деньги! (Сумма бартера исчерпана!!!)"


def entry_now(entry):
    return Beneficiary.objects.select_related("contract__organisation", "limit", "patient").get(pk=entry.pk)


def note(visit, user):
    return NOTES.gather([visit], user).get(visit.pk, [])


def pink(visit, user):
    return [badge.tone for badge in marks_of([visit], user)[visit.pk] if badge.tone == "pink"]


@pytest.fixture
def until_9500(radio, anna, director):
    """The limit of 20,000; visits of 6,400 and 9,100 leave 4,500; a grant of 5,000 makes 9,500 (BAR-13)."""

    def make(over_limit):
        entry = radio(over_limit)
        invoice_of(anna, director, 6400)
        invoice_of(anna, director, 9100)
        assert entry_now(entry).left == D(4500)
        entry_grant(entry_id=entry.pk, amount=D(5000), reason="по письму маркетолога", actor=director)
        assert entry_now(entry).left == D(9500)
        return entry

    return make


@pytest.mark.feature("BAR-19", "BIL-28")
@pytest.mark.parametrize(
    ("over_limit", "kind", "due"), [("organisation", "organisation", D(0)), ("patient", "patient", D(2500))]
)
def test_a_visit_over_the_limit_is_split(until_9500, anna, director, over_limit, kind, due):
    until_9500(over_limit)
    invoice = invoice_of(anna, director, 12000)
    assert sorted(invoice.shares.values_list("kind", "amount")) == sorted([("barter", D(9500)), (kind, D(2500))])
    assert (invoice.due, money_of(anna)) == (due, (D(0), due))
    assert_balanced()


@pytest.mark.feature("BAR-19")
def test_where_the_contract_blocks_the_visit_is_refused_with_what_is_left(until_9500, anna, director, api):
    entry = until_9500("block")
    body = {"patient": anna.pk, "lines": [{"service": ServiceFactory(price="12000").pk}]}
    answer = api(director).post("invoices/", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]["left"]) == (409, "over_limit", "9500.00")
    assert "9\xa0500" in answer.json()["message"]
    assert (entry_now(entry).left, Invoice.objects.count()) == (D(9500), 2)


@pytest.mark.feature("BAR-18", "PAT-19", "SCH-23")
def test_when_it_is_spent_the_mark_is_white_and_the_note_stands_on_the_next_visit(
    until_9500, anna, director, next_visit
):
    entry = until_9500("organisation")
    assert pink(next_visit, director) and note(next_visit, director) == [
        "БАРТЕР. Радио Шансон. Лимит 25\xa0000\xa0₽, осталось 9\xa0500\xa0₽"
    ]
    assert badges_for([anna], director)[anna.pk][0].tone == "pink"
    last = invoice_of(anna, director, 12000)
    assert entry_now(entry).mark == "white"
    assert (pink(next_visit, director), note(next_visit, director)) == ([], [FOR_MONEY])
    assert [badge.tone for badge in badges_for([anna], director)[anna.pk]] == ["grey"]
    assert Task.objects.filter(kind="barter.exhausted", state__in=Task.OPEN).count() == 1
    after = invoice_of(anna, director, 100)  # the next visit is for money
    assert list(after.shares.values_list("kind", "amount")) == [("patient", D(100))]
    invoice_rollback(invoice_id=last.pk, reason="ошибка", actor=director)
    assert (entry_now(entry).left, pink(next_visit, director)) == (D(9500), ["pink"])
    assert not Task.objects.filter(kind="barter.exhausted", state__in=Task.OPEN).exists()
    assert_balanced()


@pytest.mark.feature("BAR-13")
def test_a_grant_makes_the_card_pink_again(radio, anna, director, next_visit):
    entry = radio(limit="100.00")
    invoice_of(anna, director, 100)
    assert pink(next_visit, director) == []
    entry_grant(entry_id=entry.pk, amount=D(50), reason="ещё", actor=director)
    assert pink(next_visit, director) == ["pink"]
    assert [(grant.amount, grant.reason) for grant in entry.grants.all()] == [(D(100), "для начала"), (D(50), "ещё")]


@pytest.mark.feature("BAR-14", "BAR-15", "BAR-16", "BAR-21", "BIL-26")
def test_barter_has_the_main_price_no_discount_and_no_tax_papers_and_says_so(radio, anna, director):
    entry = radio()
    line = LineInput(service_id=ServiceFactory(price="1000").pk, price=D(700), discount=D(100))
    invoice = invoice_make(patient_id=anna.pk, lines=[line], actor=director)
    made = invoice.lines.get()
    assert (invoice.total, made.price, made.discount) == (D(1000), D(1000), D(0))
    number = entry.contract.number
    assert dict(made.reasons) | {} == dict(made.reasons)
    said = {text for _about, text in made.reasons}
    assert {
        f"Без скидки: договор бартера {number}, правило BAR-14",
        f"Основной прайс: договор бартера {number}, правило BAR-15",
        f"Не входит в налоговые документы: договор бартера {number}, правило BAR-21",
    } <= said


@pytest.mark.feature("BAR-02")
def test_a_service_that_is_not_allowed_is_the_patient_s(radio, anna, director):
    allowed, other = ServiceFactory(price="1000"), ServiceFactory(price="500")
    radio(allowed_services=[allowed.pk])
    lines = [LineInput(service_id=allowed.pk), LineInput(service_id=other.pk)]
    invoice = invoice_make(patient_id=anna.pk, lines=lines, actor=director)
    assert sorted(invoice.shares.values_list("kind", "amount")) == [("barter", D(1000)), ("patient", D(500))]


@pytest.mark.feature("BAR-28", "BIL-27")
def test_the_end_four_sign_and_finance_writes_the_debt_off(
    radio, anna, director, marketer, head_of_sales, senior, accountant, next_visit, branch
):
    entry = radio()
    invoice = invoice_of(anna, director, 6400)
    share = Share.objects.get(invoice=invoice)
    for part, who in (("marketer", marketer), ("sales", head_of_sales), ("senior", senior)):
        entry_sign(entry_id=entry.pk, part=part, actor=who, note="готово")
    debt_write_off(entry_id=entry.pk, actor=accountant)
    invoice.refresh_from_db()
    closed = entry_now(entry)
    assert (closed.state, closed.mark, invoice.status) == ("closed", "white", Status.PAID)
    assert account_sum(accounts.exchange(share.payer)) == D(6400)
    assert account_sum(accounts.receivable(share.payer)) == D(0)
    assert not receipts_rows(director).exists() and sum(row.amount for row in income_rows(director)) == 0
    assert note(next_visit, director) == [FOR_MONEY]
    assert list(invoice_of(anna, director, 100).shares.values_list("kind", flat=True)) == ["patient"]
    assert_balanced()


@pytest.mark.feature("BAR-25")
def test_barter_is_not_the_patient_s_debt_nor_money(radio, anna, director):
    radio()
    invoice_of(anna, director, 6400)
    balance = balances_of_patients([anna.pk])[anna.pk]
    assert (balance.debt, balance.barter_left) == (D(0), D(13600))
    assert list(debt_rows(director, clock.now().date())) == []
