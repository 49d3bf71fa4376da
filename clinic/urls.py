"""Addresses of the clinic's pages."""

from clinic import listings
from core.screens import pages

app_name = "clinic"
urlpatterns = [
    *pages(listings.BranchListing, listings.ChairListing, listings.ProfessionListing, listings.StaffListing),
]
