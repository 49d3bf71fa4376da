"""Addresses of billing's API."""

from billing.api import router

urlpatterns = router.urls
