"""Addresses of barter's API."""

from barter.api import router

urlpatterns = router.urls
