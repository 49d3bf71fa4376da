"""Addresses of treatment's API."""

from clinical import api, api_chains

urlpatterns = [*api.router.urls, *api_chains.router.urls]
