"""Addresses of the pages of money."""

from billing import listings
from core.screens import pages

app_name = "billing"
urlpatterns = [
    *pages(
        listings.InvoiceListing, listings.PaymentListing, listings.DebtListing, listings.ShiftListing, listings.DeskListing,
        listings.ArticleListing,
    ),
]  # fmt: skip
