"""Addresses of insurance's API."""

from insurance.api import router

urlpatterns = router.urls
