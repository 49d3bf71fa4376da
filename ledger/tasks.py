"""Celery's hands for the book."""

from celery import shared_task

from ledger import services


@shared_task(name="ledger.totals_roll_up")
def totals_roll_up() -> int:
    return services.totals_roll_up()


# What was posted since the last time is added up anew for each figure: ten minutes of a large clinic are a few rows.
SCHEDULE = {"ledger.totals_roll_up": {"task": "ledger.totals_roll_up", "schedule": 600.0}}
