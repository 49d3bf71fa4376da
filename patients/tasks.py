"""What cards do by themselves at night."""

from celery import shared_task
from celery.schedules import crontab

from patients.services import duplicates_find, statuses_nightly


@shared_task(name="patients.statuses")
def statuses() -> dict[str, int]:
    return statuses_nightly()


@shared_task(name="patients.duplicates")
def duplicates() -> dict[str, int]:
    return duplicates_find()


SCHEDULE = {
    "patients.statuses": {"task": "patients.statuses", "schedule": crontab(hour=3, minute=20)},
    "patients.duplicates": {"task": "patients.duplicates", "schedule": crontab(hour=3, minute=50)},
}
