"""Celery's hands for the calendar."""

from celery import shared_task
from django.db import transaction

from core.worker import alone
from scheduling.reminders import finding


@shared_task(name="scheduling.reminders")
@transaction.atomic
def reminders() -> int:
    """Each minute: whose visit must be told of. A second worker that finds it running leaves it alone."""
    if not alone("scheduling.reminders"):
        return 0
    return finding.reminders_find() + finding.bookings_find()


SCHEDULE = {"scheduling.reminders": {"task": "scheduling.reminders", "schedule": 60.0}}
