"""Writes of the catalog: services and their dated prices, changes of many prices, diagnoses."""

from catalog.services.bulk import PriceRule, prices_change, prices_change_undo, prices_preview
from catalog.services.diagnoses import diagnosis_archive, diagnosis_save, diagnosis_trash
from catalog.services.prices import (
    price_set,
    price_withdraw,
    service_archive,
    service_change,
    service_create,
    service_trash,
)
from catalog.services.undoing import price_back, prices_back

__all__ = [
    "PriceRule",
    "diagnosis_archive",
    "diagnosis_save",
    "diagnosis_trash",
    "price_back",
    "price_set",
    "price_withdraw",
    "prices_back",
    "prices_change",
    "prices_change_undo",
    "prices_preview",
    "service_archive",
    "service_change",
    "service_create",
    "service_trash",
]
