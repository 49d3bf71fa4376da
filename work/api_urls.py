"""Addresses of tasks in the API."""

from work.api import router

urlpatterns = router.urls
