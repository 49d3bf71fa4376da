"""Addresses of cards under /api/v1/."""

from patients.api import router

urlpatterns = router.urls
