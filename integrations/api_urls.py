"""Addresses of integrations in the API."""

from integrations.api import router

urlpatterns = router.urls
