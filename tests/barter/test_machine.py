"""Any order of invoices, plans, grants, roll-backs and write-offs: the engine keeps its promises after every step."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from barter.models import Beneficiary
from barter.services import entry_grant
from billing.errors import OverLimit
from billing.models import Invoice, InvoiceLine, Limit, LimitMove, Share
from billing.models.invoices import STANDING
from billing.services import LineInput, invoice_issue, invoice_make, invoice_rollback
from clinical.services import LineIn, plan_approve, plan_decline
from core.money import ZERO
from tests.billing.money import D, assert_balanced
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory

SUMS = st.decimals(min_value="0.01", max_value="4000", places=2)
PICK = st.integers(min_value=0, max_value=50)


class Engine(RuleBasedStateMachine):
    """One patient by barter; what the model knows: what is granted, and what each standing invoice took."""

    anna = director = doctor = branch = entry = None

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.granted = Decimal("9000.00")
        self.took: dict[int, Decimal] = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def limit(self):
        return Limit.objects.get(pk=self.entry.limit_id)

    def attempt(self, work):
        """Made, or refused whole because the contract blocks what is over the limit."""
        before = self.limit()
        try:
            with transaction.atomic():
                made = work()
        except OverLimit as error:
            assert self.entry.contract.over_limit == "block"
            after = self.limit()
            assert (after.used, after.reserved) == (before.used, before.reserved)
            assert Decimal(error.facts["left"]) <= before.left
            return
        if made.status in STANDING:
            taken = LimitMove.objects.filter(invoice=made).aggregate(sum=Sum("used"))["sum"] or ZERO
            self.took[made.pk] = taken
            assert self.limit().used == before.used + taken

    @rule(
        prices=st.lists(SUMS, min_size=1, max_size=3), discount=st.booleans(), draft=st.booleans(),
        payer=st.sampled_from((None, None, "patient", "barter")),
    )  # fmt: skip
    def invoice(self, prices, discount, draft, payer):
        lines = [
            LineInput(
                service_id=ServiceFactory(price=str(price)).pk, discount=D(price / 2) if discount else None, payer=payer
            )
            for price in prices
        ]
        self.attempt(lambda: invoice_make(patient_id=self.anna.pk, lines=lines, actor=self.director, draft=draft))

    @rule(number=PICK)
    def issue(self, number):
        drafts = list(Invoice.objects.filter(status="draft").order_by("pk"))
        if drafts:
            pk = drafts[number % len(drafts)].pk
            self.attempt(lambda: invoice_issue(invoice_id=pk, actor=self.director))

    @rule(prices=st.lists(SUMS, min_size=1, max_size=2))
    def plan(self, prices):
        lines = [LineIn(service_id=ServiceFactory(price=str(price)).pk, teeth=[36]) for price in prices]
        made = plan_made(lines=lines, branch=self.branch, patient=self.anna, doctor=self.doctor, actor=self.director)
        plan_approve(plan_id=made.pk, actor=self.director)

    @rule(number=PICK)
    def invoice_a_plan(self, number):
        held = InvoiceLine.objects.filter(holds_plan_line=True).values("plan_line__plan")
        plans = list(
            self.anna.plans.filter(status="approved").exclude(pk__in=held.exclude(plan_line=None)).order_by("pk")
        )
        if plans:
            pk = plans[number % len(plans)].pk
            self.attempt(lambda: invoice_make(patient_id=self.anna.pk, plan_id=pk, actor=self.director))

    @rule(number=PICK)
    def decline(self, number):
        held = InvoiceLine.objects.filter(holds_plan_line=True, plan_line__isnull=False).values("plan_line__plan")
        plans = list(self.anna.plans.filter(status="approved").exclude(pk__in=held).order_by("pk"))
        if plans:
            plan_decline(plan_id=plans[number % len(plans)].pk, reason="передумала", actor=self.director)

    @rule(amount=st.decimals(min_value="-3000", max_value="3000", places=2))
    def grant(self, amount):
        if not amount:
            return
        before = self.limit()
        try:
            with transaction.atomic():
                entry_grant(entry_id=self.entry.pk, amount=amount, reason="письмо", actor=self.director)
        except OverLimit:
            assert before.free + amount < 0
        else:
            self.granted += amount

    @rule(number=PICK)
    def roll_back(self, number):
        standing = sorted(self.took)
        if not standing:
            return
        pk = standing[number % len(standing)]
        before = self.limit().used
        invoice_rollback(invoice_id=pk, reason="ошибка", actor=self.director)
        assert self.limit().used == before - self.took.pop(pk)  # exactly what it took

    @invariant()
    def shares_add_up_limits_hold_and_the_book_balances(self):
        limit = self.limit()
        assert limit.granted == D(self.granted)
        assert limit.used == D(sum(self.took.values(), ZERO))
        assert 0 <= limit.reserved <= limit.granted - limit.used
        for line in InvoiceLine.objects.annotate(shared=Sum("shares__amount")):
            assert line.shared == line.sum
        discounted = InvoiceLine.objects.filter(shares__kind="barter", shares__amount__gt=0, discount__gt=0)
        assert not discounted.exists()
        barter = Share.objects.filter(kind="barter", invoice__status__in=STANDING)
        assert (barter.aggregate(sum=Sum("amount"))["sum"] or ZERO) == limit.used
        entry = Beneficiary.objects.select_related("contract", "limit").get(pk=self.entry.pk)
        assert (entry.mark == "white") == (entry.left <= 0)
        assert_balanced()


@pytest.mark.django_db
@pytest.mark.feature("MOON-08", "BAR-13", "BAR-14", "BAR-18", "BIL-04", "BIL-26")
@pytest.mark.parametrize("over_limit", ["organisation", "block"])
def test_no_order_of_events_breaks_the_engine(anna, director, doctor, branch, radio, over_limit):
    entry = radio(over_limit, limit="9000.00")
    cast = {"anna": anna, "director": director, "doctor": doctor.staff, "branch": branch, "entry": entry}
    run_state_machine_as_test(
        type("OfThisTest", (Engine,), cast),
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
