"""Services of the price list and their dated prices."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.errors import HealingReversed, PriceStarted
from catalog.models import Category, Diagnosis, Service, ServicePrice
from core import live, text, undo
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.money import Money
from core.trash import trash_put

CREATED = sentence("catalog.service.created", _("%(object)s added to the price list"), "plus", is_timeline=False).code
CHANGED = sentence("catalog.service.changed", _("%(object)s changed"), "pencil", is_timeline=False).code
ARCHIVED = sentence("catalog.service.archived", _("%(object)s is no longer offered"), "archive", is_timeline=False).code
RETURNED = sentence("catalog.service.returned", _("%(object)s is offered again"), "archive-off", is_timeline=False).code
PRICED = sentence(
    "catalog.price.set",
    _("%(object)s costs %(amount)s from %(day)s"),
    "tag",
    is_timeline=False,
    compartment="financial",
).code
WITHDRAWN = sentence(
    "catalog.price.withdrawn", _("%(object)s: the price from %(day)s is withdrawn"), "tag-off", is_timeline=False,
    compartment="financial",
).code  # fmt: skip

EDITABLE = ("category", "code", "code_804n", "name", "name_en", "duration_min", "buffer_min", "tax_code", "is_active",
            "profession", "chair_purpose", "healing_days", "healing_most")  # fmt: skip

PRICE = "catalog.price"


def today() -> date:
    """The price list is one for all branches: its day is that of the clinic's own zone."""
    return timezone.localdate()


@command
def service_create(
    *, category: Category, code: str, name: str, actor: Any, price: Money | None = None, starts_on: date | None = None,
    diagnoses: list[Diagnosis] | None = None, **fields: Any,
) -> Service:  # fmt: skip
    """A new service, with its first price when one is given (BIL-34). Raises Invalid on `code`."""
    service = Service(category=category, code=text.own_code(code), name=name.strip(), **fields)
    service.code_804n = text.own_code(service.code_804n) or (service.code if text.is_code(service.code) else "")
    refuse_taken(service)
    refuse_reversed(service)
    service.save()
    service.diagnoses.set(diagnoses or [])
    audit(actor, CREATED, service)
    if price is not None:
        price_set(service_id=service.pk, amount=price, starts_on=starts_on or today(), actor=actor)
    live.announce("prices", service.pk)
    return service


@command
def service_change(
    *, service_id: int, actor: Any, expected_version: int | None = None, diagnoses: list[Diagnosis] | None = None,
    **fields: Any,
) -> Service:  # fmt: skip
    """Change what a service is; its prices are set by price_set. Raises Invalid on `code`, Stale."""
    service = locked(service_id)
    check_version(expected_version, service.version)
    for name in EDITABLE:
        if name in fields:
            setattr(service, name, fields[name])
    service.code, service.code_804n = text.own_code(service.code), text.own_code(service.code_804n)
    refuse_taken(service)
    refuse_reversed(service)
    service.version += 1
    service.save()
    if diagnoses is not None:
        service.diagnoses.set(diagnoses)
    audit(actor, CHANGED, service)
    live.announce("prices", service.pk, version=service.version)
    return service


def refuse_reversed(service: Service) -> None:
    if service.healing_most is not None and service.healing_most < service.healing_days:
        raise HealingReversed(fields={"healing_most": HealingReversed.message})


@command
def service_archive(*, service_id: int, actor: Any) -> bool:
    """Stop offering a service, or offer it again; tells whether it is offered now. Its own reverse."""
    service = locked(service_id)
    service_change(service_id=service_id, actor=actor, is_active=not service.is_active)
    audit(actor, ARCHIVED if service.is_active else RETURNED, service)
    return not service.is_active


@command
def service_trash(*, service_id: int, actor: Any) -> None:
    """To the trash; InUse while plans, invoices or visits have it. Reverse: core.trash.trash_restore."""
    trash_put(locked(service_id), actor=actor)
    live.announce("prices", service_id)


@command
def price_set(*, service_id: int, amount: Money, starts_on: date, actor: Any) -> ServicePrice:
    """The price from a day on; one set for the same day before is replaced (BIL-34).

    Raises Invalid on `amount`, PriceStarted on `starts_on` for a day before today that has a price already:
    the past is not rewritten, though a service may get its first price with an earlier date.
    Reverse: price_withdraw.
    """
    service = locked(service_id)
    if amount < 0:
        raise Invalid(fields={"amount": _("A price is never negative.")})
    refuse_past(service, starts_on)
    owned = undo.Owned(ServicePrice, {"service_id": service.pk, "starts_on": starts_on}, ("amount",))
    with undo.step(actor, PRICE, _("Price: %(service)s") % {"service": service}, owned):
        service.prices.filter(starts_on=starts_on).delete()
        price = ServicePrice.objects.create(
            service=service, starts_on=starts_on, amount=amount, set_by_id=actor_id(actor)
        )
        audit(actor, PRICED, service, amount=amount, day=f"{starts_on:%d.%m.%Y}")
        live.announce("prices", service.pk)
    return price


@command
def price_withdraw(*, price_id: int, actor: Any) -> None:
    """Take back a price that has not begun before today; the one before it goes on. PriceStarted otherwise."""
    price = ServicePrice.objects.filter(pk=price_id).first()
    if price is None:
        raise NotFound
    service = locked(price.service_id)
    if price.starts_on < today():
        raise PriceStarted(starts_on=price.starts_on)
    price.delete()
    audit(actor, WITHDRAWN, service, day=f"{price.starts_on:%d.%m.%Y}")
    live.announce("prices", service.pk)


# Parts


def locked(service_id: int) -> Service:
    service = Service.objects.select_for_update().filter(pk=service_id, deleted_at__isnull=True).first()
    if service is None:
        raise NotFound
    return service


def refuse_taken(service: Service) -> None:
    same = Service.objects.filter(code=service.code, deleted_at__isnull=True).exclude(pk=service.pk).first()
    if same:
        raise Invalid(fields={"code": _("%(service)s has this code already.") % {"service": same}})


def refuse_past(service: Service, starts_on: date) -> None:
    if starts_on < today() and service.prices.exists():
        sentence_ = _("A new price starts today or later: invoices of past days keep theirs.")
        raise PriceStarted(fields={"starts_on": sentence_}, starts_on=starts_on)


def actor_id(actor: Any) -> int | None:
    return getattr(actor, "pk", None)
