"""Apps announce facts; apps above subscribe. Nobody imports upwards.

`@inside` runs in the publisher's transaction (money, stock, limits). `@after` is durable: the event and one
delivery row a subscriber are written in the transaction, and the handler ends in one transaction with its row.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.apps import apps
from django.db import transaction
from django.db.models import F

from core import clock, modules
from core.models import Delivery, EventRecord
from core.worker import wake_up

BACK_OFF = (10, 60, 300, 1800, 7200, 21600)  # seconds to the next try
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in the past tense. Carries ids and plain values, never instances."""


E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]
_kinds: dict[str, type[Event]] = {}
_inside: defaultdict[type[Event], list[Handler]] = defaultdict(list)
_after: defaultdict[type[Event], list[Handler]] = defaultdict(list)


def kind_of(event: type[Event]) -> str:
    return f"{event.__module__.partition('.')[0]}.{event.__name__}"


def name_of(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def module_of(handler: Handler) -> str:
    return handler.__module__.partition(".")[0]


def layer_of(handler: Handler) -> int:
    """Apps stand in INSTALLED_APPS lowest first, and so do the handlers of one event."""
    order = [config.name for config in apps.get_app_configs()]
    return order.index(module_of(handler)) if module_of(handler) in order else len(order)


def _subscribe(table: defaultdict[type[Event], list[Handler]], event: type[Event], handler: Handler) -> Handler:
    if all(name_of(handler) != name_of(other) for other in table[event]):
        table[event].append(handler)
        table[event].sort(key=layer_of)
    _kinds[kind_of(event)] = event
    return handler


def inside(event: type[Event]) -> Callable[[Handler], Handler]:
    """Run in the publisher's transaction: a failure here rolls the whole fact back."""
    return lambda handler: _subscribe(_inside, event, handler)


def after(event: type[Event]) -> Callable[[Handler], Handler]:
    """Run once after the commit, whatever is killed meanwhile."""
    return lambda handler: _subscribe(_after, event, handler)


def publish(event: Event) -> None:
    """Tell the apps above. What passes while a module is off is not replayed to it."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{type(event).__name__} must be published inside a transaction")
    for handler in _inside[type(event)]:
        if modules.is_on(module_of(handler)):
            handler(event)
    hearers = [handler for handler in _after[type(event)] if modules.is_on(module_of(handler))]
    if hearers:
        record = EventRecord.objects.create(kind=kind_of(type(event)), payload=asdict(event))
        Delivery.objects.bulk_create([Delivery(event=record, subscriber=name_of(handler)) for handler in hearers])
        transaction.on_commit(wake)


def wake() -> None:
    """Ask a worker to deliver now; where the broker is down the sweep does it within seconds."""
    wake_up("core.deliver")


def deliver_due(limit: int = BATCH) -> int:
    """Deliver what is due; returns how many were handled. Safe in many workers at once."""
    handled = 0
    while handled < limit and _deliver_one():
        handled += 1
    return handled


def _deliver_one() -> bool:
    handlers = {name_of(handler): handler for hearers in _after.values() for handler in hearers}
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(done_at__isnull=True, next_at__lte=clock.now(), subscriber__in=handlers)
            .select_related("event")
            .order_by("next_at", "pk")
            .first()
        )
        if row is None:
            return False
        event = _kinds[row.event.kind](**row.event.payload)
        try:
            with transaction.atomic():
                handlers[row.subscriber](event)
        except Exception as error:
            wait = BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
            Delivery.objects.filter(pk=row.pk).update(
                attempts=F("attempts") + 1, error=repr(error)[:2000], next_at=clock.now() + timedelta(seconds=wait)
            )
        else:
            Delivery.objects.filter(pk=row.pk).update(done_at=clock.now(), error="")
    return True
