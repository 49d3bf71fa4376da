"""Calls after an invoice: the task goes with its cause (TSK-05). The worker ends it, so that the desk's payment is not
slower by it; what the broker loses the sweep finds.
"""

from functools import partial

from django.db import transaction

from billing.events import InvoiceRolledBack, PaymentAccepted
from core.events import inside
from core.worker import wake_up


@inside(PaymentAccepted)
def on_paid(event: PaymentAccepted) -> None:
    transaction.on_commit(partial(wake_up, "billing.calls_end", event.patient_id))


@inside(InvoiceRolledBack)
def on_rolled_back(event: InvoiceRolledBack) -> None:
    transaction.on_commit(partial(wake_up, "billing.calls_end", event.patient_id))
