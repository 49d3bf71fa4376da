"""Addresses of cards."""

from core.screens import pages
from patients.listings import PatientListing

app_name = "patients"
urlpatterns = [*pages(PatientListing)]
