"""Addresses of the API of fiscal receipts."""

from fiscal.api import router

urlpatterns = router.urls
