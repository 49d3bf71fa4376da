"""Radio, the barter of the regulation's own example (seed 000), and who works on it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from barter.services import contract_activate, contract_create, organisation_ensure
from barter.services.contracts import EntryInput
from core import clock
from scheduling.models import Appointment
from scheduling.services import appointment_book, shift_create
from tests.billing.conftest import api, approved_plan, statements  # noqa: F401  fixtures
from tests.cast import person
from tests.factories import ChairFactory, DoctorFactory


@pytest.fixture
def marketer(branch):
    return person("marketer", "marketer", branches=[branch])


@pytest.fixture
def head_of_sales(branch):
    return person("sales", "sales", branches=[branch])


@pytest.fixture
def senior(branch):
    return person("senior", "senior", branches=[branch])


@pytest.fixture
def caller(branch):
    return person("caller", "callcentre", branches=[branch])


@pytest.fixture
def radio(anna, director, branch):
    """`radio()` is Anna's entry of an active contract with a limit of 20,000; `over_limit=` and more as asked."""

    def make(over_limit="organisation", limit="20000.00", patient=None, **more):
        contract = contract_create(
            kind="organisation", organisation=organisation_ensure(name="Радио Шансон", actor=director),
            over_limit=over_limit, actor=director, beneficiaries=[EntryInput(Decimal(limit), (patient or anna).pk)], **more,
        )  # fmt: skip
        contract_activate(contract_id=contract.pk, actor=director)
        return contract.beneficiaries.get()

    return make


@pytest.fixture
def next_visit(anna, director, branch):
    """A visit of Anna's next week."""
    doctor, chair = DoctorFactory(), ChairFactory(branch=branch)
    day = clock.today(branch.timezone) + timedelta(days=7)
    starts = clock.at(day, clock.now().time().replace(hour=12, minute=0, second=0, microsecond=0), branch.timezone)
    shift_create(
        doctor_id=doctor.pk, chair_id=chair.pk, starts_at=starts - timedelta(hours=2), ends_at=starts + timedelta(hours=4),
        actor=director,
    )  # fmt: skip
    made = appointment_book(
        patient_id=anna.pk, doctor_id=doctor.pk, chair_id=chair.pk, starts_at=starts, ends_at=starts + timedelta(hours=1),
        actor=director,
    )  # fmt: skip
    return Appointment.objects.get(pk=made.pk)
