"""Addresses of reports in the API."""

from reports.api import router

urlpatterns = router.urls
