"""Addresses of the clinic's API."""

from clinic.api import router

urlpatterns = router.urls
