"""A policy, a plan, an insurer's answer in a word each."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinical.services import LineIn, plan_approve
from core import clock
from insurance.rules import Wanted
from insurance.services import approval_decide, approval_request, insurer_save, policy_save
from tests.billing.conftest import api, statements  # noqa: F401  fixtures
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory

SUMS = ("limit", "franchise", "copay_amount", "elsewhere")
TODAY = clock.today("Europe/Moscow")


def D(value) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@pytest.fixture
def insurer(director):
    return insurer_save(name="СОГАЗ", full_name="АО «СОГАЗ»", contract_number="77-Д", actor=director)


@pytest.fixture
def policy_of(insurer, director):
    """`policy_of(anna, limit=5000, copay_percent=10)`."""

    def make(patient, *, number="1001", days=300, by=None, **values):
        values = {name: D(value) if name in SUMS else value for name, value in values.items()}
        return policy_save(
            patient_id=patient.pk, insurer=by or insurer, number=number, valid_from=TODAY - timedelta(days=30),
            valid_to=TODAY + timedelta(days=days), actor=director, **values,
        )  # fmt: skip

    return make


@pytest.fixture
def plan_of(branch, doctor, director):
    """`plan_of(anna, 1000, 2000)`: a draft with a line of each price."""

    def make(patient, *prices, quantity=1):
        lines = [
            LineIn(service_id=ServiceFactory(price=str(price)).pk, teeth=[36], quantity=quantity) for price in prices
        ]
        return plan_made(lines=lines, branch=branch, patient=patient, doctor=doctor.staff, actor=director)

    return make


@pytest.fixture
def approved(plan_of, director):
    """`approved(policy, 1000, 2000, take=1)`: a plan whose first line the insurer accepted, approved by the clinic."""

    def make(policy, *prices, take=None, **answer):
        plan = plan_of(policy.patient, *prices)
        approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
        lines = list(plan.lines.order_by("pk"))
        if take is None:
            approval_decide(approval_id=approval.pk, decision="accepted_full", actor=director, **answer)
        else:
            wanted = [Wanted(line.pk, line.quantity, line.price) for line in lines[:take]]
            approval_decide(
                approval_id=approval.pk, decision="accepted_partial", lines=wanted, actor=director, **answer
            )
        plan_approve(plan_id=plan.pk, actor=director)
        plan.refresh_from_db()
        return plan

    return make
