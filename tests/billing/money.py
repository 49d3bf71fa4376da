"""Short words of the money tests: an invoice of so many, a payment of so much, the book as it stands."""

from decimal import Decimal

from billing.models import Invoice
from billing.selectors.patients import balances_of_patients
from billing.services import LineInput, invoice_make, payment_accept
from ledger.selectors import ledger_check
from tests.factories import ServiceFactory


def D(value) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def invoice_of(patient, actor, *prices, **options) -> Invoice:
    """An issued invoice with a service of each price."""
    doctor = options.pop("doctor", None)
    lines = [
        LineInput(service_id=ServiceFactory(price=str(price)).pk, doctor_id=doctor and doctor.pk) for price in prices
    ]
    return invoice_make(patient_id=patient.pk, lines=lines, actor=actor, **options)


def pay(invoice, actor, **sums):
    """`pay(invoice, reception, cash=1000, deposit=500)`."""
    return payment_accept(
        invoice_id=invoice.pk, tenders=[(method, D(amount)) for method, amount in sums.items()], actor=actor
    )


def money_of(patient) -> tuple[Decimal, Decimal]:
    """Deposit and debt."""
    found = balances_of_patients([patient.pk])[patient.pk]
    return found.deposit, found.debt


def assert_balanced() -> None:
    assert ledger_check().problems == []
