"""Every truth of the book, violated once."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic.models import LockDate, Role
from core import clock
from core.errors import PeriodClosed
from ledger import accounts
from ledger.models import Account, Balance, Posting
from ledger.selectors import account_sum, ledger_check
from ledger.services import Leg, Source, mirrored, payer_ensure, post, uuid7
from tests.billing.money import D

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(branch, director):
    """Today's entry; a backdated one is asked about closed periods."""
    day = clock.today(branch.timezone)
    return Source(document_kind="invoice", document_id=1, branch_id=branch.pk, effective_on=day, actor=director)


def legs(branch, *amounts, kind=accounts.cash):
    return [Leg(account=accounts.cash(branch.pk, 7), amount=D(amount)) for amount in amounts]


def checked():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.feature("BIL-35")
def test_an_entry_that_does_not_balance_fails_at_commit(source, branch):
    post(source, legs(branch, 100, -99))
    with pytest.raises(IntegrityError, match="does not balance"):
        checked()


def test_an_entry_balances_on_every_day_that_it_names(source, branch):
    """100 today against 100 of yesterday adds up, but a report as of yesterday would not."""
    yesterday = source.effective_on - timedelta(days=1)
    cash = accounts.cash(branch.pk, 7)
    post(source, [Leg(account=cash, amount=D(100)), Leg(account=cash, amount=D(-100), effective_on=yesterday)])
    with pytest.raises(IntegrityError, match="does not balance"):
        checked()


@pytest.mark.parametrize("statement", ["UPDATE ledger_posting SET debit = 1", "DELETE FROM ledger_posting"])
def test_the_program_may_not_change_postings(source, branch, statement):
    post(source, legs(branch, 100, -100))
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Posting.objects.count() == 2


def test_a_posting_is_a_debit_or_a_credit_and_not_both(source, branch):
    post(source, legs(branch, 100, -100))
    row = Posting.objects.first()
    row.pk, row.debit, row.credit = None, D(1), D(1)
    with pytest.raises(IntegrityError, match="posting_is_a_debit_or_a_credit"), transaction.atomic():
        row.save(force_insert=True)


def test_a_posting_is_mirrored_once(source, branch):
    post(source, legs(branch, 100, -100))
    rows = list(Posting.objects.select_related("account").order_by("pk"))
    post(source, mirrored(rows, effective_on=source.effective_on))
    checked()
    assert account_sum(accounts.cash(branch.pk, 7)) == 0
    with pytest.raises(IntegrityError, match="posting_is_mirrored_once"), transaction.atomic():
        post(source, mirrored(rows, effective_on=source.effective_on))


def test_a_posting_never_mirrors_itself(source, branch):
    post(source, legs(branch, 100, -100))
    row = Posting.objects.first()
    row.pk, row.reverses_id = 10**9, 10**9
    with pytest.raises(IntegrityError, match="posting_never_mirrors_itself"), transaction.atomic():
        row.save(force_insert=True)


def test_a_guarded_balance_never_goes_below_zero(source, branch, anna):
    payer = payer_ensure("patient", anna.pk)
    cash = accounts.cash(branch.pk, 7)
    post(source, [Leg(account=cash, amount=D(100)), Leg(account=accounts.deposit(payer), amount=D(-100))])
    assert Balance.objects.get(account__code=f"deposit/patient/{anna.pk}").amount == D(100)
    with pytest.raises(IntegrityError, match="balance_never_below_zero"), transaction.atomic():
        post(source, [Leg(account=cash, amount=D(-101)), Leg(account=accounts.deposit(payer), amount=D(101))])


def test_an_account_is_what_it_was_made_and_named_once(source, branch):
    post(source, legs(branch, 1, -1))
    post(source, legs(branch, 2, -2))
    assert Account.objects.count() == 1
    for change, name in (
        ({"side": 3}, "account_grows_by_debit_or_credit"),
        ({"never_negative": True}, "account_guarded"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Account.objects.update(**change)
    with pytest.raises(IntegrityError, match="payer_is_one_a_subject"), transaction.atomic():
        payer_ensure("patient", 1)
        from ledger.models import Payer

        Payer.objects.create(kind="patient", subject_id=1)


def test_the_recount_names_a_balance_that_drifted(source, branch, anna):
    payer = payer_ensure("patient", anna.pk)
    cash = accounts.cash(branch.pk, 7)
    post(source, [Leg(account=cash, amount=D(100)), Leg(account=accounts.deposit(payer), amount=D(-100))])
    Balance.objects.update(amount=D("99.99"))
    found = ledger_check()
    assert not found.balanced
    assert found.problems[0] == f"the balance of deposit/patient/{anna.pk} is not the sum of its postings"


@pytest.mark.feature("BIL-41", "SET-20")
def test_nothing_is_posted_into_a_closed_period(source, branch, other_branch):
    LockDate.objects.create(closed_until=date(2026, 10, 31))
    late = Source(**{**as_dict(source), "effective_on": date(2026, 10, 31)})
    with pytest.raises(PeriodClosed) as refusal:
        post(late, legs(branch, 1, -1))
    assert refusal.value.facts["closed_until"] == date(2026, 10, 31)
    post(Source(**{**as_dict(source), "effective_on": date(2026, 11, 1)}), legs(branch, 1, -1))


def test_the_database_guards_the_common_lock_date_once_more(source, branch, monkeypatch):
    LockDate.objects.create(closed_until=date(2026, 10, 31))
    monkeypatch.setattr("ledger.services.posting.check_open", lambda *_given: None)
    late = Source(**{**as_dict(source), "effective_on": date(2026, 10, 31)})
    with pytest.raises(IntegrityError, match="the period is closed"), transaction.atomic():
        post(late, legs(branch, 1, -1))


def test_a_lock_date_may_be_of_a_branch_or_of_a_role(source, branch, other_branch, reception, director):
    """A branch's own lock date does not close another branch; a role's does not bind who lacks it."""
    LockDate.objects.create(branch=branch, closed_until=date(2026, 9, 30))
    LockDate.objects.create(role=Role.objects.get(code="administrator"), closed_until=date(2026, 11, 10))
    cases = [
        (director, branch, date(2026, 9, 30), True),
        (director, branch, date(2026, 10, 1), False),
        (director, other_branch, date(2026, 9, 30), False),
        (reception, branch, date(2026, 11, 10), True),
    ]
    for actor, place, day, is_closed in cases:
        late = Source(**{**as_dict(source), "effective_on": day, "branch_id": place.pk, "actor": actor})
        if is_closed:
            with pytest.raises(PeriodClosed):
                post(late, legs(place, 1, -1))
        else:
            post(late, legs(place, 1, -1))


def as_dict(source):
    return {name: getattr(source, name) for name in source.__dataclass_fields__}


def test_keys_of_entries_grow_with_time():
    made = [uuid7() for _number in range(3)]
    assert len(set(made)) == 3
    assert all(key.version == 7 for key in made)
