"""Totals of days: always the sums of the postings, whoever posts meanwhile."""

import random
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum

from core import clock
from core.command import command
from core.money import ZERO
from ledger import accounts
from ledger.models import DaySum, DayTotal, Posting, TotalsMark
from ledger.selectors import day_sums, ledger_check, postings_visible_to
from ledger.services import Leg, Source, post, totals_roll_up
from ledger.services import totals as rolling
from tests.billing.money import D, invoice_of, pay
from tests.cast import person
from tests.factories import BranchFactory

GROWTH = Sum(F("credit") - F("debit"))


def today(branch):
    return clock.today(branch.timezone)


def posted_sums(user, kind, group):
    rows = postings_visible_to(user).filter(account__kind=kind)
    return dict(rows.order_by().values_list(group).annotate(value=GROWTH))


def told_sums(user, kind, group):
    rows = day_sums(user, [kind], clock.now().date() + timedelta(days=1), user.branch_ids)
    return dict(rows.order_by().values_list(group).annotate(value=GROWTH))


def assert_told_as_posted(user):
    for kind in ("income", "receivable", "bank", "cash", "acquirer", "deposit"):
        for group in ("effective_on", "direction_id", "branch_id"):
            assert told_sums(user, kind, group) == posted_sums(user, kind, group)


def move(branch, amount, *, day=None, direction_id=None):
    """A balanced entry of two legs, without a document about it."""
    source = Source(
        document_kind="invoice", document_id=1, branch_id=branch.pk, effective_on=day or today(branch), actor=None,
    )  # fmt: skip
    with transaction.atomic():
        post(
            source,
            [
                Leg(account=accounts.bank(branch.pk), amount=amount, direction_id=direction_id),
                Leg(account=accounts.income(branch.pk, direction_id), amount=-amount, direction_id=direction_id),
            ],
        )


@pytest.mark.django_db
@pytest.mark.feature("REP-02")
def test_sums_are_those_of_the_postings_before_and_after_a_roll_up(anna, reception, director, doctor):
    first = invoice_of(anna, reception, 4000, 860, doctor=doctor.staff)
    pay(first, reception, cash=3000, card=1000)
    assert_told_as_posted(director)
    assert totals_roll_up() > 0
    assert DayTotal.objects.exists()
    assert_told_as_posted(director)
    second = invoice_of(anna, reception, 1500)
    pay(second, reception, cash=2000)  # 500 of it to the deposit: some of the sums are in totals, some are not yet
    assert_told_as_posted(director)
    totals_roll_up()
    assert_told_as_posted(director)
    assert sum(told_sums(director, "income", "effective_on").values()) == D(6360)
    assert ledger_check().problems == []


@pytest.mark.django_db
def test_a_day_that_is_posted_to_again_grows(branch, director):
    long_ago = today(branch) - timedelta(days=400)
    move(branch, D(100), day=long_ago, direction_id=7)
    move(branch, D(10), day=long_ago)
    totals_roll_up()
    move(branch, D(23), day=long_ago, direction_id=7)
    totals_roll_up()
    found = DayTotal.objects.get(effective_on=long_ago, account_kind="income", direction_id=7)
    assert (found.credit, found.debit, found.postings) == (D(123), ZERO, 2)
    assert DayTotal.objects.get(account_kind="income", direction_id=None).credit == D(10)


@pytest.mark.django_db
def test_twice_is_once(branch, director):
    move(branch, D(100))
    assert totals_roll_up() > 0
    before = list(DayTotal.objects.values())
    assert totals_roll_up() == 0
    assert list(DayTotal.objects.values()) == before


@pytest.mark.django_db
def test_in_steps(branch, monkeypatch):
    move(branch, D(100))
    totals_roll_up()  # numbers begin where earlier tests left them: three at a time from 1 would take minutes
    monkeypatch.setattr(rolling, "STEP", 3)
    for number in range(1, 9):
        move(branch, D(number))
    totals_roll_up()
    assert ledger_check().problems == []
    assert TotalsMark.objects.get().posting_id == Posting.objects.latest("pk").pk


@pytest.mark.django_db
@pytest.mark.feature("SET-14", "BIL-18")
def test_nobody_is_told_more_than_the_postings_that_he_sees(branch, other_branch, reception, stranger, director):
    move(branch, D(100))
    move(branch, D(7), day=today(branch) - timedelta(days=1))
    move(other_branch, D(1000))
    totals_roll_up()
    for user in (reception, stranger, director):
        assert_told_as_posted(user)
    assert sum(told_sums(reception, "income", "effective_on").values()) == D(100)
    assert sum(told_sums(stranger, "income", "effective_on").values()) == D(1000)
    asked_too_much = day_sums(stranger, ["income"], today(branch), [branch.pk, other_branch.pk])
    assert {row["branch_id"] for row in asked_too_much.values("branch_id")} == {other_branch.pk}


@pytest.mark.django_db
def test_who_sees_only_his_own_work_gets_no_totals(branch, doctor):
    assert day_sums(doctor, ["income"], today(branch), [branch.pk]) is None


@pytest.mark.django_db
def test_a_roll_up_that_fails_changes_nothing(branch, monkeypatch):
    move(branch, D(100))

    def die(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(TotalsMark, "save", die)
        with pytest.raises(RuntimeError):
            totals_roll_up()
    assert not DayTotal.objects.exists()
    assert TotalsMark.objects.get().posting_id == 0
    totals_roll_up()
    assert ledger_check().problems == []
    assert DayTotal.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.feature("BIL-35")
def test_the_check_names_a_day_whose_totals_are_wrong(branch):
    move(branch, D(100))
    totals_roll_up()
    DayTotal.objects.filter(account_kind="income").update(credit=D(101))
    assert ledger_check().problems == [f"the totals of {today(branch)} are not the sums of its postings"]
    DayTotal.objects.filter(account_kind="income").delete()
    assert not ledger_check().balanced


@pytest.mark.django_db
def test_a_number_that_the_totals_have_passed_is_refused(branch):
    move(branch, D(100))
    totals_roll_up()
    account = Posting.objects.first().account
    late = Posting(
        pk=TotalsMark.objects.get().posting_id - 100, entry=uuid.uuid4(), account=account, debit=D(5), branch=branch,
        document_kind="invoice", document_id=1, effective_on=today(branch), posted_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="the totals have passed"), transaction.atomic():
        late.save(force_insert=True)


@pytest.mark.django_db
def test_there_is_one_mark(branch):
    with pytest.raises(IntegrityError, match="totals_mark_is_one"), transaction.atomic():
        TotalsMark.objects.create(pk=2)


@pytest.mark.django_db
def test_a_day_has_one_total_of_a_kind(branch):
    move(branch, D(100))
    totals_roll_up()
    row = DayTotal.objects.get(account_kind="income")
    row.pk = None
    with pytest.raises(IntegrityError, match="day_total_is_one_a_day"), transaction.atomic():
        row.save(force_insert=True)


# Numbers that come out of order


class Slow(threading.Thread):
    """Somebody who takes a number, and commits only when he is told to."""

    def __init__(self, branch, amount):
        super().__init__(daemon=True)
        self.branch, self.amount = branch, amount
        self.has_number, self.may_commit = threading.Event(), threading.Event()

    def run(self):
        try:
            with transaction.atomic():
                move(self.branch, self.amount)
                self.has_number.set()
                assert self.may_commit.wait(20)
        finally:
            connection.close()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_lower_number_that_commits_later_is_not_lost(branch):
    move(branch, D(1))  # its accounts stand
    slow = Slow(branch, D(100))
    slow.start()
    assert slow.has_number.wait(20)
    move(branch, D(7))
    threading.Timer(0.5, slow.may_commit.set).start()
    totals_roll_up()  # waits for the slow one
    slow.join(20)
    assert Posting.objects.count() == DayTotal.objects.aggregate(sum=Sum("postings"))["sum"] == 6
    assert ledger_check().problems == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_whoever_posts_for_long_is_not_waited_for(branch):
    move(branch, D(7))
    slow = Slow(branch, D(100))
    slow.start()
    assert slow.has_number.wait(20)
    assert totals_roll_up() == 0
    assert TotalsMark.objects.get().posting_id == 0
    slow.may_commit.set()
    slow.join(20)
    assert totals_roll_up() > 0
    assert ledger_check().problems == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_postings_race_roll_ups(branch):
    """Six post, two roll up, one reads: whenever he looks, debits are credits, and in the end nothing is missing."""
    other = BranchFactory(name="Юг", legal_entity=branch.legal_entity)
    director = person("boss", "director")
    ends, wrong = threading.Event(), []
    moved = command(move)  # as every service posts: a lost race is run again

    def posts(number):
        dice = random.Random(number)
        for _ in range(25):
            moved(dice.choice([branch, other]), D(dice.randint(1, 900)), direction_id=dice.choice([1, 2, None]),
                  day=today(branch) - timedelta(days=dice.randint(0, 3)))  # fmt: skip

    def rolls():
        while not ends.is_set():
            totals_roll_up()

    def looks():
        while not ends.is_set():
            found = DaySum.objects.aggregate(debit=Sum("debit"), credit=Sum("credit"))
            if found["debit"] != found["credit"]:
                wrong.append(found)

    def run(work, *args):
        try:
            work(*args)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=run, args=(posts, number)) for number in range(6)]
    others = [threading.Thread(target=run, args=(work,)) for work in (rolls, rolls, looks)]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join(60)
    ends.set()
    for thread in others:
        thread.join(60)
    totals_roll_up()
    assert wrong == []
    assert Posting.objects.count() == DayTotal.objects.aggregate(sum=Sum("postings"))["sum"] == 300
    assert ledger_check().problems == []
    assert_told_as_posted(director)
