"""Addresses of the API of tax certificates."""

from taxes.api import router

urlpatterns = router.urls
