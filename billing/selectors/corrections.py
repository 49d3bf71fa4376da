"""How a payment stands to its corrections: what replaced it, what it replaces, what may still be done with it."""

from typing import Any

from billing.models import Payment
from billing.models.payments import CHANGEABLE, MOVABLE


def corrections_of(payment: Payment) -> dict[str, Any]:
    """What the payment's page tells and offers."""
    stands = not payment.mirrors.exists()
    return {
        "replacement": payment.corrections.first(),
        "may_change_method": stands and payment.kind in CHANGEABLE and bool(payment.money),
        "may_move": stands and payment.kind in MOVABLE and payment.money > 0 and payment.patient_id is not None,
    }
