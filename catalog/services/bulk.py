"""Many prices moved at once: previewed, applied whole, taken back while the day has not come (BIL-34)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.errors import NothingToChange, PreviewChanged, PriceStarted
from catalog.models import PriceChange, Service, ServicePrice
from catalog.selectors import services_offered
from catalog.services.prices import actor_id, today
from core import clock, live, undo
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.money import Money

CHANGED = sentence(
    "catalog.prices.changed", _("%(object)s: %(rule)s"), "percentage", is_timeline=False, compartment="financial"
).code
UNDONE = sentence(
    "catalog.prices.undone", _("%(object)s is taken back"), "arrow-back-up", is_timeline=False, compartment="financial"
).code


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`kind` is percent or amount; empty `categories` and `services` mean the whole list."""

    kind: str
    value: Decimal
    starts_on: date
    step: Decimal = Decimal(1)
    way: str = "nearest"
    categories: Sequence[int] = ()
    services: Sequence[int] = ()

    def words(self) -> str:
        sign = "+" if self.value > 0 else ""
        return f"{sign}{self.value.normalize():f}{' %' if self.kind == 'percent' else ''}"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """`new` None: the service is left alone, `why` says for what reason."""

    service: Service
    old: Money | None
    new: Money | None
    why: Any = ""

    @property
    def difference(self) -> Money:
        return (self.new or Decimal(0)) - (self.old or Decimal(0)) if self.new is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Preview:
    rows: list[PreviewRow]

    @property
    def changed(self) -> list[PreviewRow]:
        return [row for row in self.rows if row.new is not None]

    @property
    def digest(self) -> str:
        """What was seen, so that exactly this is applied."""
        seen = ";".join(f"{row.service.pk}:{row.old}:{row.new}" for row in self.rows)
        return hashlib.sha256(seen.encode()).hexdigest()[:32]


def prices_preview(rule: PriceRule) -> Preview:
    """Old and new price of every service that the rule speaks of. Raises Invalid on `value`, `step`, `starts_on`."""
    if rule.starts_on < today():
        raise Invalid(fields={"starts_on": _("A new price starts today or later.")})
    if rule.step <= 0 or rule.way not in rules.ROUNDINGS:
        raise Invalid(fields={"step": _("Choose a rounding of the list.")})
    if not rule.value or (rule.kind == "percent" and not -100 < rule.value <= 1000):
        raise Invalid(fields={"value": _("From −99 to 1000 percent, and not zero.")})
    busy = set(ServicePrice.objects.filter(starts_on=rule.starts_on).values_list("service_id", flat=True))
    return Preview([preview_row(rule, service, busy) for service in chosen(rule)])


def chosen(rule: PriceRule) -> QuerySet[Service]:
    rows = services_offered(rule.starts_on).order_by("category__position", "category_id", "code")
    if rule.services:
        return rows.filter(pk__in=rule.services)
    return rows.filter(category_id__in=rule.categories) if rule.categories else rows


def preview_row(rule: PriceRule, service: Any, busy: set[int]) -> PreviewRow:
    if service.price is None:
        return PreviewRow(service, None, None, _("It has no price yet."))
    if service.pk in busy:
        return PreviewRow(service, service.price, None, _("A price from this day is set already."))
    new = rules.changed(service.price, rule.kind, rule.value, rule.step, rule.way)
    if new == service.price:
        return PreviewRow(service, service.price, None, _("Rounding gives the same price."))
    return PreviewRow(service, service.price, new)


PRICES = "catalog.prices"


@command
def prices_change(rule: PriceRule, *, actor: Any, seen: str = "") -> PriceChange:
    """Set every new price of the preview in one transaction; `seen` is the digest of what the person has looked at.

    Raises PreviewChanged, NothingToChange. Reverse: prices_change_undo.
    """
    lock(("price_list", 0))
    preview = prices_preview(rule)
    if seen and seen != preview.digest:
        raise PreviewChanged
    rows = preview.changed
    if not rows:
        raise NothingToChange
    asked = {
        "kind": rule.kind, "value": str(rule.value), "step": str(rule.step), "way": rule.way,
        "categories": list(rule.categories), "services": list(rule.services),
    }  # fmt: skip
    made_by = actor if actor_id(actor) else None
    change = PriceChange.objects.create(starts_on=rule.starts_on, rule=asked, count=len(rows), made_by=made_by)
    ServicePrice.objects.bulk_create(
        ServicePrice(
            service=row.service, starts_on=rule.starts_on, amount=row.new, set_by_id=actor_id(actor), change=change
        )
        for row in rows
    )
    audit(actor, CHANGED, change, rule=rule.words())
    live.announce("prices", change.pk)
    undo.made(actor, PRICES, rule.words(), undo.Owned(ServicePrice, {"change_id": change.pk}, ("service_id", "amount")))
    return change


@command
def prices_change_undo(*, change_id: int, actor: Any) -> PriceChange:
    """Withdraw the whole change, as long as its day has not come: PriceStarted afterwards."""
    lock(("price_list", 0))
    change = PriceChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound
    if change.undone_at:
        return change
    if change.starts_on <= today():
        raise PriceStarted(starts_on=change.starts_on)
    change.prices.all().delete()
    change.undone_at = clock.now()
    change.save(update_fields=["undone_at"])
    audit(actor, UNDONE, change)
    live.announce("prices", change.pk)
    return change
