"""Addresses of treatment's API."""

from clinical.api import router

urlpatterns = router.urls
