"""Celery's hands for receipts; beat is only the alarm clock, the rows are the truth."""

from celery import shared_task

from fiscal import services


@shared_task(name="fiscal.send")
def send() -> int:
    return services.receipts_send()


@shared_task(name="fiscal.ask")
def ask() -> int:
    return services.receipts_recover() + services.receipts_ask()


SCHEDULE = {
    "fiscal.send": {"task": "fiscal.send", "schedule": 5.0},
    "fiscal.ask": {"task": "fiscal.ask", "schedule": 5.0},
}
