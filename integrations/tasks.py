"""Celery's hands for the inbox of outer services."""

from celery import shared_task

from integrations import services


@shared_task(name="integrations.receive")
def receive() -> int:
    return services.events_process()


@shared_task(name="integrations.trim")
def trim() -> int:
    return services.logs_trim()


SCHEDULE = {
    "integrations.receive": {"task": "integrations.receive", "schedule": 10.0},
    "integrations.trim": {"task": "integrations.trim", "schedule": 3600.0},
}
