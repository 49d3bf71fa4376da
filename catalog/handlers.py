"""What the catalog gives to the frame: the first start, reference data, navigation, directories, the palette."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.permissions import EDIT_DIAGNOSES, SEE_DIAGNOSES, SEE_PRICES
from catalog.reference import load_diagnoses
from catalog.selectors import diagnoses_matching, diagnoses_offered, services_matching, services_offered
from catalog.services.prices import today
from catalog.start import step
from clinic.slots import START_STEPS
from core.access import is_allowed
from core.directory import SHELVES, Shelf
from core.navigation import SECTIONS, Item
from core.reference import LOADERS
from core.search import PROVIDERS, Hit
from core.templatetags.ui import money

SECTION = _("Price list and diagnoses")


def found(user: Any, text: str, limit: int) -> list[Hit]:
    """Services with today's price for Ctrl-K, and diagnoses for those who keep their directory."""
    if len(text) < 3:
        return []
    hits = []
    if is_allowed(user, SEE_PRICES):
        for row in services_matching(services_offered(today()), text)[:limit]:
            price = money(row.price) if row.price is not None else ""
            hits.append(
                Hit(str(row), reverse("catalog:service", args=[row.pk]), "tag", price, _("Price list"), row.code)
            )
    if is_allowed(user, EDIT_DIAGNOSES):
        for row in diagnoses_matching(diagnoses_offered(), text)[:limit]:
            url = reverse("catalog:diagnosis", args=[row.pk])
            hits.append(Hit(row.title, url, "stethoscope", "", _("Diagnoses"), row.code))
    return hits


START_STEPS.register(step(), module="catalog", order=10)
LOADERS.register(load_diagnoses, module="catalog", order=20)
PROVIDERS.register(found, module="catalog", order=60)
SECTIONS.register(
    Item("prices", _("Price list"), "list-details", "catalog:prices-list", SEE_PRICES, "clinic"),
    module="catalog",
    order=60,
)
SHELVES.register(
    Shelf(_("Price list"), "catalog:prices-list", SEE_PRICES, SECTION, "list-details", _("Services and dated prices")),
    module="catalog",
)
SHELVES.register(
    Shelf(_("Diagnoses"), "catalog:diagnoses-list", SEE_DIAGNOSES, SECTION, "stethoscope", _("ICD-10 with your names")),
    module="catalog",
)
