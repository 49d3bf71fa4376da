"""Price list, service categories, diagnoses (ICD-10)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Price list and diagnoses")

    def ready(self) -> None:
        from catalog import import_jobs  # noqa: F401  a runner
        from catalog.permissions import SEE_DIAGNOSES, SEE_PRICES
        from catalog.reference import load_diagnoses
        from catalog.start import step
        from clinic.slots import START_STEPS
        from core.directory import SHELVES, Shelf
        from core.navigation import SECTIONS, Item
        from core.reference import LOADERS

        START_STEPS.register(step(), module="catalog", order=10)
        LOADERS.register(load_diagnoses, module="catalog", order=20)
        section = _("Price list and diagnoses")
        prices, diagnoses = _("Price list"), _("Diagnoses")
        SECTIONS.register(
            Item("prices", prices, "list-details", "catalog:prices-list", SEE_PRICES, "clinic"),
            module="catalog",
            order=60,
        )
        SHELVES.register(
            Shelf(prices, "catalog:prices-list", SEE_PRICES, section, "list-details", _("Services and dated prices")),
            module="catalog",
        )
        SHELVES.register(
            Shelf(
                diagnoses, "catalog:diagnoses-list", SEE_DIAGNOSES, section, "stethoscope", _("ICD-10 with your names")
            ),
            module="catalog",
        )
