"""What cards do by themselves at night."""

from celery import shared_task
from celery.schedules import crontab

from patients.services.statuses import statuses_nightly


@shared_task(name="patients.statuses")
def statuses() -> dict[str, int]:
    return statuses_nightly()


SCHEDULE = {"patients.statuses": {"task": "patients.statuses", "schedule": crontab(hour=3, minute=20)}}
