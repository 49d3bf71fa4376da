"""Addresses of messages in the API."""

from messaging.api import router

urlpatterns = router.urls
