"""Celery's hands for the outbox; beat is only the alarm clock, the rows are the truth."""

from celery import shared_task

from messaging import services


@shared_task(name="messaging.drain")
def drain() -> int:
    return services.messages_drain()


@shared_task(name="messaging.ask")
def ask() -> int:
    return services.messages_recover() + services.messages_ask()


@shared_task(name="messaging.mailings")
def mailings() -> int:
    return services.mailings_run()


@shared_task(name="messaging.triggers")
def triggers() -> int:
    return services.triggers_run()


SCHEDULE = {
    "messaging.mailings": {"task": "messaging.mailings", "schedule": 5.0},
    "messaging.triggers": {"task": "messaging.triggers", "schedule": 60.0},
    "messaging.drain": {"task": "messaging.drain", "schedule": 5.0},
    "messaging.ask": {"task": "messaging.ask", "schedule": 10.0},
}
