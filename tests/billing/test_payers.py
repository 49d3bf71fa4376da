"""A payer that billing has never heard of works through the slot alone: invoice, settlement, roll-back, report."""

import pytest

from billing.errors import Overpaid, PaidByPayer
from billing.models import Limit, Share, Status
from billing.selectors.metrics import debt_rows, income_rows, receipts_rows
from billing.selectors.patients import balances_of_patients
from billing.services import (
    LineInput,
    invoice_issue,
    invoice_make,
    invoice_rollback,
    limit_open,
    payment_void,
    settlement_accept,
)
from billing.slots import PAYERS, Candidate, PayerKind, Terms
from core import clock
from core.errors import DomainError, Invalid
from ledger import accounts
from ledger.accounts import AccountName
from ledger.models import Account
from ledger.selectors import account_sum
from ledger.services import Leg, Source, payer_ensure, post
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-04")]


class LimitSpent(DomainError):
    code = "test_limit_spent"


class Fund(PayerKind):
    """A charity that pays up to a limit of each patient; it keeps no table of its own."""

    kind = "fund"
    title = "Фонд"
    balance_field = "dms_left"
    is_automatic = True

    def __init__(self):
        self.limits = Limits(self)
        self.told: list[tuple[str, object]] = []
        self.offers: dict[str, object] = {}  # what its candidate says besides
        self.says: dict[str, object] = {}  # what it says of each line besides

    def payer(self, patient_id):
        return payer_ensure("fund", patient_id, "Фонд «Улыбка»")

    def candidates(self, quote):
        limit = Limit.objects.filter(payer__kind="fund", payer__subject_id=quote.patient_id).first()
        if limit is None:
            return []
        terms = {
            line.index: Terms(**{"limits": (limit.pk,), "why": "по договору", **self.says}) for line in quote.lines
        }
        return [
            Candidate(
                payer=self.payer(quote.patient_id), title="Фонд «Улыбка»", terms=terms, is_usual=self.is_automatic,
                **self.offers,
            )
        ]  # fmt: skip

    def issued(self, invoice, shares, actor):
        self.told.append(("issued", sum(share.amount for share in shares)))

    def rolled_back(self, invoice, shares, actor):
        self.told.append(("rolled_back", sum(share.amount for share in shares)))

    def left(self, patient_ids):
        return {pk: self.limits[pk] for pk in patient_ids if pk in self.limits}


class Limits:
    """`fund.limits[anna.pk] = 5000` opens a limit; reading says what is left of it."""

    def __init__(self, fund):
        self.fund = fund

    def of(self, patient_id):
        return Limit.objects.filter(payer__kind="fund", payer__subject_id=patient_id).first()

    def __contains__(self, patient_id):
        return self.of(patient_id) is not None

    def __getitem__(self, patient_id):
        return self.of(patient_id).left

    def __setitem__(self, patient_id, granted):
        limit_open(payer=self.fund.payer(patient_id), granted=D(granted), actor=None)


@pytest.fixture
def fund():
    made = PAYERS.register(Fund(), module="billing", order=10)
    yield made
    PAYERS.unregister(made)


def test_the_payer_takes_his_part_and_the_patient_the_rest(fund, anna, reception):
    fund.limits[anna.pk] = D(5000)
    invoice = invoice_of(anna, reception, 8000, 900)
    over = "3\xa0000\xa0₽ сверх лимита (Фонд «Улыбка»): платит пациент"
    assert [(share.kind, share.amount, share.why) for share in invoice.shares.order_by("pk")] == [
        ("fund", D(5000), "по договору"), ("patient", D(3000), over), ("patient", D(900), "900" + over[5:]),
    ]  # fmt: skip
    assert (invoice.total, invoice.due) == (D(8900), D(3900))
    assert money_of(anna) == (D(0), D(3900))  # the fund's debt is not the patient's
    assert balances_of_patients([anna.pk])[anna.pk].dms_left == D(0)
    assert_balanced()


def test_the_payer_settles_by_bank_and_the_invoice_is_paid_when_all_have(fund, anna, reception, director, branch):
    fund.limits[anna.pk] = D(5000)
    invoice = invoice_of(anna, reception, 8000)
    assert pay(invoice, reception, cash=3000).invoice.status == Status.PARTLY_PAID
    share = Share.objects.get(invoice=invoice, kind="fund")
    with pytest.raises(Overpaid):
        settlement_accept(
            payer_id=share.payer_id, amounts=[(share.pk, D("5000.01"))], actor=director, branch_id=branch.pk
        )
    settled = settlement_accept(
        payer_id=share.payer_id, amounts=[(share.pk, D(5000))], actor=director, branch_id=branch.pk
    )
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid) == (Status.PAID, D(8000))
    assert sum(row.amount for row in receipts_rows(director)) == D(8000)
    assert_balanced()
    with pytest.raises(PaidByPayer):
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    payment_void(payment_id=settled.pk, reason="ошибка банка", actor=director)
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    assert fund.told == [("issued", D(5000)), ("rolled_back", D(5000))]
    assert (fund.limits[anna.pk], money_of(anna)) == (D(5000), (D(3000), D(0)))
    assert sum(row.amount for row in income_rows(director)) == 0
    assert_balanced()


def test_a_share_is_settled_by_offset_without_any_money(fund, anna, reception, director, branch):
    """The final write-off of a barter: an account of its own takes the debt, receipts do not grow (3.0)."""
    fund.limits[anna.pk] = D(1000)
    invoice = invoice_of(anna, reception, 1000)
    share = Share.objects.get(invoice=invoice)
    settlement_accept(
        payer_id=share.payer_id, amounts=[(share.pk, D(1000))], actor=director, branch_id=branch.pk, method="offset",
        offset=accounts.exchange(share.payer),
    )  # fmt: skip
    invoice.refresh_from_db()
    assert invoice.status == Status.PAID
    assert list(receipts_rows(director)) == []
    assert Account.objects.get(kind="exchange").code == f"exchange/fund/{anna.pk}"
    assert_balanced()


def test_a_payer_with_an_income_of_his_own_is_not_in_the_clinic_s_income(fund, anna, reception, director):
    """Barter is shown apart (6), and its roll-back too."""
    fund.income_kind = "income_barter"
    fund.limits[anna.pk] = D(600)
    invoice = invoice_of(anna, reception, 1000)
    assert sum(row.amount for row in income_rows(director)) == D(400)
    assert Account.objects.filter(kind="income_barter").count() == 1
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    assert sum(row.amount for row in income_rows(director)) == 0
    assert account_sum(AccountName(Account.objects.get(kind="income_barter").code, "income_barter", -1)) == 0
    assert_balanced()


def test_what_the_payer_refuses_is_not_issued(fund, anna, reception):
    """An app may refuse by itself; a line that waits for somebody's agreement is drafted, but not issued."""
    fund.limits[anna.pk] = D(1000)
    fund.says = {"stop": LimitSpent("Ждёт согласования")}
    draft = invoice_of(anna, reception, 900, draft=True)
    with pytest.raises(LimitSpent):
        invoice_issue(invoice_id=draft.pk, actor=reception)
    draft.refresh_from_db()
    assert (draft.status, fund.limits[anna.pk]) == (Status.DRAFT, D(1000))
    assert_balanced()


def test_a_draft_is_decided_again_when_it_is_issued(fund, anna, reception):
    """Another invoice took most of the limit meanwhile: what the draft said of the fund is no longer so."""
    fund.limits[anna.pk] = D(1000)
    draft = invoice_of(anna, reception, 900, draft=True)
    assert (draft.due, fund.limits[anna.pk]) == (D(0), D(1000))
    invoice_of(anna, reception, 800)
    issued = invoice_issue(invoice_id=draft.pk, actor=reception)
    assert sorted(issued.shares.values_list("kind", "amount")) == [("fund", D(200)), ("patient", D(700))]
    assert (issued.due, money_of(anna), fund.limits[anna.pk]) == (D(700), (D(0), D(700)), D(0))
    assert_balanced()


def test_a_line_may_name_its_payer_and_no_unknown_one(fund, anna, reception):
    fund.limits[anna.pk] = D(10000)
    service = ServiceFactory(price="500.00").pk
    lines = [
        LineInput(service_id=service, payer="patient"),
        LineInput(service_id=service, payer=fund.payer(anna.pk).pk),
    ]
    invoice = invoice_make(patient_id=anna.pk, lines=lines, actor=reception)
    assert [share.kind for share in invoice.shares.order_by("line__position")] == ["patient", "fund"]
    with pytest.raises(Invalid):
        invoice_make(patient_id=anna.pk, lines=[LineInput(service_id=service, payer="dms")], actor=reception)


def test_the_book_takes_accounts_of_a_stay_and_a_family_without_new_tables(anna, director, branch):
    """A stay's deposit may go below zero, a family's may not; both are a payer and a name (7, BIL-32, BIL-40)."""
    stay, family = payer_ensure("stay", 17, "Пребывание 17"), payer_ensure("family", 3, "Ёлкины")
    day = clock.today(branch.timezone)
    source = Source(document_kind="stay_charge", document_id=1, branch_id=branch.pk, effective_on=day, actor=director)
    charge = [
        Leg(account=accounts.deposit(stay, may_be_negative=True), amount=D(6200)),
        Leg(account=accounts.income(branch.pk, None), amount=D(-6200)),
    ]
    post(source, charge)
    assert Account.objects.get(code="deposit/stay/17").balance.amount == D(-6200)
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="balance_never_below_zero"), transaction.atomic():
        post(source, [Leg(account=accounts.deposit(family), amount=D(1)), charge[1]])
    assert sum(row.amount for row in income_rows(director)) == D(6200)
    assert list(debt_rows(director, day)) == []
