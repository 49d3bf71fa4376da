"""Addresses of the frame's API."""

from core.own_api import router

urlpatterns = router.urls
