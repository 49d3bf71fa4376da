"""An invoice of forty lines that three payers share costs no more questions to the database than one of three lines."""

from decimal import Decimal

import pytest

from barter.services import contract_activate, contract_create, organisation_ensure
from barter.services.contracts import EntryInput
from billing.services import LineInput, invoice_make
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-04", "MOON-08")]


@pytest.fixture
def policy(anna, director, policy_of):
    """Anna's, beside an entry of barter."""
    contract = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Радио", actor=director), over_limit="organisation",
        beneficiaries=[EntryInput(Decimal(900_000), anna.pk)], actor=director,
    )  # fmt: skip
    contract_activate(contract_id=contract.pk, actor=director)
    return policy_of(anna, limit=900_000, copay_percent=10)


def test_the_number_of_statements_does_not_grow_with_the_lines(policy, approved, director, doctor, statements):
    def asked(count):
        plan = approved(policy, *[1000] * count)
        lines = [
            LineInput(service_id=ServiceFactory(price="1000").pk, doctor_id=doctor.staff.pk, payer=payer)
            for payer in ("patient", "barter")
            for _line in range(count)
        ]
        with statements() as made:
            invoice = invoice_make(patient_id=policy.patient_id, plan_id=plan.pk, lines=lines, actor=director)
        assert {share.kind for share in invoice.shares.all()} == {"patient", "dms", "barter"}
        return made

    asked(1)  # what is asked once a process is known now
    few, many = asked(1), asked(13)
    assert len(many) <= len(few), set(many.asked) - set(few.asked)
