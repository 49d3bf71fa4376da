"""Addresses of the pages of fiscal receipts."""

from django.urls import path

from core.directory import directory_pages
from core.screens import pages
from fiscal import directories, views
from fiscal.listings import ReceiptListing

app_name = "fiscal"
urlpatterns = [
    *pages(ReceiptListing),
    *directory_pages(directories.REGISTERS, directories.AGENCIES),
    path("fiscal-receipts/<int:pk>/", views.receipt, name="receipt"),
    path("fiscal-receipts/<int:pk>/retry/", views.retry, name="receipt-retry"),
]
