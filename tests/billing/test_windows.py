"""Today only: what of money an administrator may list and count, on every selector, each branch by its own clock."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from billing.listings import InvoiceListing, PaymentListing
from billing.selectors.cash import movements_visible_to, shifts_visible_to
from billing.selectors.invoices import invoice_get, invoices_of_patient, invoices_visible_to, payments_visible_to
from billing.selectors.metrics import advance_rows, cashless_rows, debt_lines, debt_rows, income_rows, receipts_rows
from billing.services import cash_move, deposit_put, shift_close, shift_open
from billing.services.cash import desk_ensure
from core.errors import NotFound
from ledger.selectors import postings_visible_to
from tests.billing.money import D, invoice_of, pay
from tests.cast import person
from tests.factories import BranchFactory, PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SET-14", "BIL-18")]
YESTERDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def two_days(anna, reception, director, branch):
    """The same doings yesterday and today: 1 000 and 2 000 invoiced, 400 and 500 paid, 100 and 200 put in."""
    from billing.models import Article

    change = Article.objects.filter(direction="both").first()
    for moment, price, cash, card, deposit in ((YESTERDAY, 1000, 300, 100, 100), (TODAY, 2000, 450, 50, 200)):
        with time_machine.travel(moment, tick=False):
            shift = shift_open(desk_id=desk_ensure(branch.pk).pk, actor=reception)
            pay(invoice_of(anna, reception, price), reception, cash=cash, card=card)
            deposit_put(patient_id=anna.pk, tenders=[("cash", D(deposit))], actor=reception)
            cash_move(shift_id=shift.pk, article_id=change.pk, amount=D(price), into=True, actor=reception)
            shift_close(shift_id=shift.pk, counted=D(0), actor=reception)


SELECTORS = [
    (invoices_visible_to, 1, 2),
    (payments_visible_to, 2, 4),
    (postings_visible_to, 11, 22),
    (income_rows, 1, 2),
    (receipts_rows, 3, 6),
    (cashless_rows, 1, 2),
    (movements_visible_to, 1, 2),
    (shifts_visible_to, 1, 2),
    (lambda user: InvoiceListing(user, {}).queryset(), 1, 2),
    (lambda user: PaymentListing(user, {}).queryset(), 2, 4),
    (lambda user: advance_rows(user, date(2026, 11, 22)), 0, 1),
    (lambda user: debt_rows(user, date(2026, 11, 22)), 0, 1),
    (lambda user: debt_lines(user, date(2026, 11, 22)), 0, 1),
    (lambda user: advance_rows(user, date(2026, 11, 23)), 1, 1),
    (lambda user: debt_rows(user, date(2026, 11, 23)), 1, 1),
]


@pytest.mark.parametrize(("selector", "today", "always"), SELECTORS)
def test_an_administrator_sees_money_of_today_and_the_director_of_any_day(
    two_days, reception, director, selector, today, always
):
    with time_machine.travel(TODAY, tick=False):
        assert selector(reception).count() == today
        assert selector(director).count() == always


def test_two_days_back_are_today_and_yesterday(two_days, branch):
    wide = person("wide", "administrator", branches=[branch], days_back=2)
    with time_machine.travel(TODAY, tick=False):
        assert invoices_visible_to(wide).count() == 2
    with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False):
        assert invoices_visible_to(wide).count() == 1


def test_the_card_shows_all_invoices_and_leads_to_old_ones(two_days, anna, reception):
    """An old debt is paid at the desk all the same."""
    with time_machine.travel(TODAY, tick=False):
        old = invoices_of_patient(reception, [anna.pk]).order_by("pk").first()
        assert invoices_of_patient(reception, [anna.pk]).count() == 2
        assert pay(invoice_get(reception, old.pk), reception, cash=600).invoice.status == "paid"


def test_today_is_the_branch_s_day(db):
    """At 22:00 UTC it is tomorrow in Vladivostok and still today in Moscow."""
    east = BranchFactory(name="Восток", timezone="Asia/Vladivostok")
    west = BranchFactory(name="Запад", timezone="Europe/Moscow", legal_entity=east.legal_entity)
    both = person("both", "administrator", branches=[east, west])
    director = person("boss", "director")
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        for branch in (east, west):
            invoice_of(PatientFactory(branch=branch), director, 100)
    with time_machine.travel(datetime(2026, 11, 23, 20, tzinfo=UTC), tick=False):
        assert [row.branch.name for row in invoices_visible_to(both)] == ["Запад"]


def test_another_branch_s_money_is_not_there_at_all(two_days, stranger, anna, director):
    with time_machine.travel(TODAY, tick=False):
        for selector in (invoices_visible_to, payments_visible_to, postings_visible_to, income_rows, receipts_rows):
            assert not selector(stranger).exists()
        with pytest.raises(NotFound):
            invoice_get(stranger, invoices_visible_to(director).first().pk)


def test_a_doctor_with_the_right_sees_the_money_of_his_own_work(anna, reception, doctor, director, branch):
    from tests.factories import DoctorFactory

    other = DoctorFactory(last_name="Громов")
    mine, theirs = (
        invoice_of(anna, reception, 1000, doctor=doctor.staff),
        invoice_of(anna, reception, 700, doctor=other),
    )
    pay(mine, reception, cash=400)
    pay(theirs, reception, cash=700)
    assert [row.pk for row in invoices_visible_to(doctor)] == [mine.pk]
    assert sum(row.amount for row in income_rows(doctor)) == D(1000)
    assert sum(row.amount for row in receipts_rows(doctor)) == D(400)
    day = mine.issued_on
    assert [row["amount"] for row in debt_rows(doctor, day)] == [D(600)]
    assert list(advance_rows(doctor, day)) == []
