"""Celery's hands for tasks."""

from celery import shared_task

from work import services


@shared_task(name="work.repeat")
def repeat() -> int:
    """Every ten minutes: tasks that come again by themselves."""
    services.claims_sweep()
    return services.tasks_repeat()


SCHEDULE = {"work.repeat": {"task": "work.repeat", "schedule": 600.0}}
