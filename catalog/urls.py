"""Addresses of the price list and of the diagnoses."""

from catalog.directories import CATEGORIES, GROUPS
from core.directory import directory_pages

app_name = "catalog"
urlpatterns = [*directory_pages(CATEGORIES, GROUPS)]
