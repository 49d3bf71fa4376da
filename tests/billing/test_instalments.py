"""Instalments of an invoice, and a deposit that goes back the way it came."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import ScheduleStands
from billing.models import Instalment, Payment, Schedule
from billing.rules import the_way_it_came
from billing.rules.instalments import covered, days_from, equal_sums
from billing.selectors.instalments import due_rows, schedule_of
from billing.services import (
    deposit_put,
    deposit_withdraw,
    instalments_agree,
    instalments_end,
    instalments_remind,
    invoice_rollback,
)
from billing.services.calling import to_call
from core.errors import IllegalMove, Invalid
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.billing.test_races import at_once
from work.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-37")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
DAYS = (date(2026, 3, 10), date(2026, 4, 10), date(2026, 5, 10))


def at(day):
    return time_machine.travel(f"{day}T09:00:00+00:00", tick=False)


def agree(invoice, actor, *sums):
    return instalments_agree(
        invoice_id=invoice.pk, dues=[(day, D(amount)) for day, amount in zip(DAYS, sums, strict=False)], actor=actor
    )


def states(invoice):
    invoice.refresh_from_db()
    return [(row.paid, row.is_overdue) for row in due_rows(invoice, schedule_of(invoice))]


class TestRules:
    def test_equal_sums_are_whole_but_for_the_last(self):
        assert equal_sums(D(10000), 3) == [D(3333), D(3333), D(3334)]
        assert equal_sums(D("0.05"), 2) == [D("0.02"), D("0.03")]

    @given(st.decimals(min_value="0.60", max_value="1000000", places=2), st.integers(min_value=1, max_value=60))
    def test_they_add_up(self, total, count):
        found = equal_sums(total, count)
        assert sum(found) == total and min(found) > 0 and len(found) == count

    def test_the_end_of_a_month_is_its_last_day(self):
        assert days_from(date(2026, 12, 31), 3, "month") == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]
        assert days_from(date(2026, 3, 1), 2, "fortnight") == [date(2026, 3, 1), date(2026, 3, 15)]

    def test_what_is_paid_covers_the_earliest(self):
        assert covered([D(100), D(200), D(300)], D(450)) == [D(100), D(50), D(0)]
        assert covered([D(100)], D(900)) == [D(0)]  # more is owed than was agreed

    @pytest.mark.feature("BIL-36")
    def test_what_came_last_goes_back_first(self):
        came = [("card", D(300)), ("cash", D(-100)), ("cash", D(400)), ("card", D(500))]
        assert the_way_it_came(D(250), came) == [("card", D(250))]
        assert the_way_it_came(D(700), came) == [("card", D(400)), ("cash", D(300))]
        assert the_way_it_came(D(1200), came) == [("card", D(800)), ("cash", D(400))]


def test_three_dues_are_paid_by_payments_the_overdue_one_becomes_a_task(anna, reception, branch):
    """9 000 in three: 4 000 paid cover the first and a third of the second; in May 2 000 are overdue."""
    with at("2026-03-01"):
        invoice = invoice_of(anna, reception, 9000)
        agree(invoice, reception, 3000, 3000, 3000)
        pay(invoice, reception, cash=4000)
        assert states(invoice) == [(D(3000), False), (D(1000), False), (D(0), False)]
        assert instalments_remind() == 0
    with at("2026-04-15"):
        assert states(invoice) == [(D(3000), False), (D(1000), True), (D(0), False)]
        assert [instalments_remind(), instalments_remind()] == [1, 0]
        task = Task.objects.get(kind="billing.instalment_overdue")
        assert (task.patient_id, task.branch_id) == (anna.pk, branch.pk)
        assert "2\xa0000" in task.text
        pay(invoice, reception, card=2000)
        instalments_remind()
        task.refresh_from_db()
        assert (task.state, states(invoice)[1]) == ("done", (D(3000), False))


def test_nobody_is_called_about_an_invoice_that_is_paid_by_instalments(anna, reception):
    with at("2026-03-01"):
        invoice, other = invoice_of(anna, reception, 900), invoice_of(anna, reception, 100)
        agree(invoice, reception, 900)
    with at("2026-03-05"):
        assert list(to_call(date(2026, 3, 5), 3)) == [other]


def test_an_agreement_stands_until_it_is_ended(anna, reception, director):
    with at("2026-03-01"):
        invoice = invoice_of(anna, reception, 900)
        agree(invoice, reception, 400, 500)
        with pytest.raises(ScheduleStands):
            agree(invoice, reception, 900)
        instalments_end(invoice_id=invoice.pk, reason="передумал", actor=reception)
        with pytest.raises(IllegalMove):
            instalments_end(invoice_id=invoice.pk, reason="ещё раз", actor=reception)
        agree(invoice, reception, 900)
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    with at("2026-06-01"):
        assert instalments_remind() == 0


@pytest.mark.parametrize(
    "dues",
    [
        [], [(DAYS[0], D(899))], [(DAYS[0], D(0)), (DAYS[1], D(900))], [(DAYS[0], D(400)), (DAYS[0], D(500))],
        [(date(2026, 2, 1), D(900))], [(DAYS[0] + timedelta(days=n), D(15)) for n in range(61)],
    ],
)  # fmt: skip
def test_dues_that_make_no_sense_are_refused(anna, reception, dues):
    with at("2026-03-01"):
        invoice = invoice_of(anna, reception, 900)
        with pytest.raises(Invalid) as error:
            instalments_agree(invoice_id=invoice.pk, dues=dues, actor=reception)
        assert list(error.value.fields) == ["dues"]
        pay(invoice, reception, cash=900)
        with pytest.raises(IllegalMove):
            agree(invoice, reception, 900)


def test_the_database_keeps_its_truths(anna, reception):
    with at("2026-03-01"):
        schedule = agree(invoice_of(anna, reception, 900), reception, 900)
    broken = (
        lambda: Schedule.objects.create(invoice=schedule.invoice, total=1, agreed_at=schedule.agreed_at),
        lambda: Schedule.objects.update(ended_at=schedule.agreed_at),
        lambda: Instalment.objects.create(schedule=schedule, due_on=DAYS[0], amount=1),
        lambda: Instalment.objects.create(schedule=schedule, due_on=DAYS[1], amount=0),
    )
    for change in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_panel_agrees_the_page_and_the_debts_tell(client, anna, director):
    client.force_login(director)
    with at("2026-03-01"):
        invoice = invoice_of(anna, director, 10000)
        url = f"/invoices/{invoice.pk}/instalments/"
        assert client.get(url, headers=PANEL).status_code == 200
        body = {"count": 3, "every": "month", "first_on": "01.02.2026", "version": invoice.version}
        late = client.post(url, body, headers=PANEL)
        assert (late.status_code, Schedule.objects.count()) == (422, 0)
        assert "уже прошёл" in late.content.decode()
        assert client.post(url, {**body, "first_on": "10.03.2026"}, headers=PANEL).status_code == 204
        assert "3\xa0334" in client.get(f"/invoices/{invoice.pk}/").content.decode()
        assert "10.03.2026" in client.get("/debts/").content.decode()
    with at("2026-03-20"):
        assert "3\xa0333" in client.get("/debts/?overdue=true").content.decode()
        assert "10\xa0000" not in client.get("/debts/?overdue=false").content.decode()
        done = client.post(f"/invoices/{invoice.pk}/instalments/end/", {"reason": "передумал"}, headers=PANEL)
        assert (done.status_code, Schedule.objects.get().end_reason) == (204, "передумал")


def test_the_api_agrees_and_ends(api, anna, reception, stranger):
    with at("2026-03-01"):
        invoice = invoice_of(anna, reception, 900)
    desk, path = api(reception), f"invoices/{invoice.pk}/instalments/"
    day = str(date.today() + timedelta(days=30))
    assert desk.post(path, {"dues": [{"due_on": day, "amount": "1.00"}]}).status_code == 400
    made = desk.post(path, {"dues": [{"due_on": day, "amount": "900.00"}]})
    assert (made.status_code, made.json()) == (
        201, [{"due_on": day, "amount": "900.00", "paid": "0.00", "overdue": False}],
    )  # fmt: skip
    assert desk.post(path, {"dues": [{"due_on": day, "amount": "900.00"}]}).json()["code"] == "schedule_stands"
    assert api(stranger).get(path).status_code == 404
    assert desk.post(f"{path}end/", {"reason": "передумал"}).json() == []


@pytest.mark.feature("BIL-36")
def test_a_deposit_goes_back_the_way_it_came(api, anna, reception):
    """500 in cash, then 700 by card: 900 back are 700 to the card and 200 in cash."""
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(500))], actor=reception)
    deposit_put(patient_id=anna.pk, tenders=[("card", D(700))], actor=reception)
    back = deposit_withdraw(patient_id=anna.pk, method="original", amount=D(900), reason="просьба", actor=reception)
    assert (back.card, back.cash, money_of(anna)) == (D(-700), D(-200), (D(300), D(0)))
    rest = api(reception).post(f"patients/{anna.pk}/withdraw/", {"method": "original", "reason": "просьба"})
    assert rest.json()["deposit"] == "0.00"
    assert Payment.objects.latest("pk").cash == Decimal(-300)
    assert_balanced()


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_two_agreements_at_once_are_one(anna, reception):
    invoice = invoice_of(anna, reception, 900)
    dues = [(date.today() + timedelta(days=5), D(900))]
    found = at_once(4, lambda _i: instalments_agree(invoice_id=invoice.pk, dues=dues, actor=reception))
    assert sum(isinstance(row, Schedule) for row in found) == 1
    assert {row.code for row in found if not isinstance(row, Schedule)} == {"schedule_stands"}
