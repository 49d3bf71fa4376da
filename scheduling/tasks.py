"""Celery's hands for the calendar."""

from celery import shared_task
from django.db import transaction

from core.worker import alone
from scheduling.reminders import finding
from scheduling.services import calls_refresh, holds_sweep
from scheduling.services.online_codes import codes_sweep
from scheduling.services.online_desk import bookings_announce
from scheduling.services.refills import offers_expire


@shared_task(name="scheduling.reminders")
@transaction.atomic
def reminders() -> int:
    """Each minute: whose visit must be told of. A second worker that finds it running leaves it alone."""
    if not alone("scheduling.reminders"):
        return 0
    return finding.reminders_find() + finding.bookings_find()


@shared_task(name="scheduling.online")
def online() -> int:
    """The desk and doctors hear of online bookings whose minutes of silence are over."""
    return bookings_announce()


@shared_task(name="scheduling.holds_sweep")
def sweep() -> int:
    """Holds and codes that ended long ago are forgotten; nobody waits for it, since ended ones are in nobody's way."""
    return holds_sweep() + codes_sweep()


@shared_task(name="scheduling.calls")
@transaction.atomic
def calls() -> int:
    """Each minute: whom the time alone has brought onto the list of calls. All else comes by its event."""
    return calls_refresh() if alone("scheduling.calls") else 0


@shared_task(name="scheduling.offers")
def offers() -> int:
    """Offers that nobody answered in time pass on to the next; two workers at once decide under the refill's lock."""
    return offers_expire()


SCHEDULE = {
    "scheduling.offers": {"task": "scheduling.offers", "schedule": 20.0},
    "scheduling.online": {"task": "scheduling.online", "schedule": 30.0},
    "scheduling.calls": {"task": "scheduling.calls", "schedule": 60.0},
    "scheduling.holds_sweep": {"task": "scheduling.holds_sweep", "schedule": 3600.0},
    "scheduling.reminders": {"task": "scheduling.reminders", "schedule": 60.0},
}
