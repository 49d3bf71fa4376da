"""Addresses of billing's API."""

from billing.api import router
from billing.api_discounts import router as discounts

urlpatterns = [*router.urls, *discounts.urls]
