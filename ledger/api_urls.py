"""Addresses of the book's API."""

from ledger.api import router

urlpatterns = router.urls
