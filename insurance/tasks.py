"""Celery's hands for insurance."""

from celery import shared_task

from insurance.services import approvals_expire


@shared_task(name="insurance.expire")
def expire() -> int:
    """Approvals whose last day has passed; run again it finds none."""
    return approvals_expire()


SCHEDULE = {"insurance.expire": {"task": "insurance.expire", "schedule": 3600.0}}
