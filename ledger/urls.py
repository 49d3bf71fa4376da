"""Addresses of the book's pages."""

from core.screens import pages
from ledger.listings import PostingListing

app_name = "ledger"
urlpatterns = [*pages(PostingListing)]
