"""Celery's hands: take ids, call one service, safe to run twice."""

from celery import shared_task

from core import events, health, jobs, throttle


@shared_task(name="core.deliver")
def deliver() -> int:
    return events.deliver_due()


@shared_task(name="core.job_run")
def job_run(job_id: int) -> None:
    jobs.run(job_id)


@shared_task(name="core.jobs_sweep")
def jobs_sweep() -> None:
    jobs.sweep()


@shared_task(name="core.attempts_sweep")
def attempts_sweep() -> None:
    throttle.sweep()


@shared_task(name="core.heartbeat", expires=60)
def heartbeat() -> None:
    health.beat()


SCHEDULE = {
    "core.deliver": {"task": "core.deliver", "schedule": 5.0},
    "core.jobs_sweep": {"task": "core.jobs_sweep", "schedule": 20.0},
    "core.heartbeat": {"task": "core.heartbeat", "schedule": 30.0},
    "core.attempts_sweep": {"task": "core.attempts_sweep", "schedule": 3600.0},
}
