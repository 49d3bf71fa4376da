"""The ways back of price changes (MOON-18)."""

from datetime import date
from decimal import Decimal
from typing import Any

from catalog.models import ServicePrice
from catalog.permissions import EDIT_PRICES
from catalog.services.bulk import PRICES, prices_change_undo
from catalog.services.prices import PRICE, price_set, price_withdraw
from core import undo


@undo.inverse(PRICE, EDIT_PRICES)
def price_back(step: undo.Step, actor: Any) -> None:
    """The price that stood at that day, or none."""
    (was,), (where,) = step.before, step.where
    day = date.fromisoformat(where["starts_on"])
    if was:
        price_set(service_id=where["service_id"], amount=Decimal(was[0]["amount"]), starts_on=day, actor=actor)
    else:
        row = ServicePrice.objects.get(service_id=where["service_id"], starts_on=day)
        price_withdraw(price_id=row.pk, actor=actor)


@undo.inverse(PRICES, EDIT_PRICES)
def prices_back(step: undo.Step, actor: Any) -> None:
    prices_change_undo(change_id=step.where[0]["change_id"], actor=actor)
