"""Celery's hands for money."""

from celery import shared_task
from django.db import transaction

from billing.services import call_tasks_end, calls_after_invoices, instalments_remind
from core.worker import alone


@shared_task(name="billing.calls")
@transaction.atomic
def calls() -> int:
    """Every five minutes: who is to be called because an invoice is not paid, and who no longer."""
    return calls_after_invoices() if alone("billing.calls") else 0


@shared_task(name="billing.calls_end")
def calls_end(patient_id: int) -> int:
    """Right after a payment; safe twice, and the sweep does it too."""
    return call_tasks_end(patient_id=patient_id)


@shared_task(name="billing.instalments")
@transaction.atomic
def instalments() -> int:
    """Every quarter of an hour: instalments that are overdue become tasks, those that were paid end them."""
    return instalments_remind() if alone("billing.instalments") else 0


SCHEDULE = {
    "billing.calls": {"task": "billing.calls", "schedule": 300.0},
    "billing.instalments": {"task": "billing.instalments", "schedule": 900.0},
}
