"""Addresses of the pages of barter."""

from django.urls import path

from barter import directories, listings
from barter.views import contracts, entries
from core.directory import directory_pages
from core.screens import pages

app_name = "barter"
urlpatterns = [
    *pages(listings.ContractListing, listings.EntryListing),
    *directory_pages(directories.ORGANISATIONS),
    path("barter-contracts/new/", contracts.new, name="contract-new"),
    path("barter-contracts/services/", contracts.service_search, name="service-search"),
    path("barter-contracts/patients/", contracts.patient_search, name="patient-search"),
    path("barter-contracts/<int:pk>/", contracts.contract, name="contract"),
    path("barter-contracts/<int:pk>/change/", contracts.change, name="contract-change"),
    path("barter-contracts/<int:pk>/step/<slug:to>/", contracts.step, name="contract-step"),
    path("barter-contracts/<int:pk>/activate/", contracts.activate, name="contract-activate"),
    path("barter-contracts/<int:pk>/close/", contracts.close, name="contract-close"),
    path("barter-contracts/<int:pk>/people/new/", contracts.person_new, name="person-new"),
    path("barter-contracts/<int:pk>/received/new/", contracts.receipt, name="receipt-new"),
    path("barter-contracts/<int:pk>/received/<int:receipt_pk>/", contracts.receipt, name="receipt"),
    path("barter-contracts/<int:pk>/paid/", contracts.organisation_paid, name="organisation-paid"),
    path("barter-beneficiaries/<int:pk>/", entries.entry, name="entry"),
    path("barter-beneficiaries/<int:pk>/grant/", entries.grant, name="entry-grant"),
    path("barter-beneficiaries/<int:pk>/link/", entries.link, name="entry-link"),
    path("barter-beneficiaries/<int:pk>/step/<slug:to>/", entries.step, name="entry-step"),
    path("barter-beneficiaries/<int:pk>/sign/<slug:part>/", entries.sign, name="entry-sign"),
    path("barter-beneficiaries/<int:pk>/extra/", entries.extra, name="entry-extra"),
    path("barter-extras/<int:pk>/<slug:verdict>/", entries.extra_decide, name="extra-decide"),
]
