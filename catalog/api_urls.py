"""Addresses of the catalog's API."""

from catalog.api import router

urlpatterns = router.urls
