"""Addresses of the price list and of the diagnoses."""

from django.urls import path

from catalog.directories import CATEGORIES, GROUPS
from catalog.imports import KINDS
from catalog.listings import DiagnosisListing, PriceListing
from catalog.views import diagnoses, prices
from catalog.views.imports import import_pages
from core.directory import directory_pages
from core.screens import pages

app_name = "catalog"
urlpatterns = [
    *pages(PriceListing, DiagnosisListing),
    *directory_pages(CATEGORIES, GROUPS),
    *import_pages(KINDS["prices"]),
    *import_pages(KINDS["diagnoses"]),
    path("prices/new/", prices.service_new, name="service-new"),
    path("prices/options/", prices.service_options, name="service-options"),
    path("prices/change/", prices.change, name="prices-change"),
    path("prices/change/<int:pk>/undo/", prices.change_undo, name="prices-change-undo"),
    path("prices/<int:pk>/", prices.service, name="service"),
    path("prices/<int:pk>/archive/", prices.service_archive_toggle, name="service-archive"),
    path("prices/<int:pk>/trash/", prices.service_to_trash, name="service-trash"),
    path("prices/<int:pk>/prices/<int:price>/withdraw/", prices.price_take_back, name="price-withdraw"),
    path("diagnoses/new/", diagnoses.diagnosis_new, name="diagnosis-new"),
    path("diagnoses/options/", diagnoses.diagnosis_options, name="diagnosis-options"),
    path("diagnoses/<int:pk>/", diagnoses.diagnosis, name="diagnosis"),
    path("diagnoses/<int:pk>/archive/", diagnoses.diagnosis_archive_toggle, name="diagnosis-archive"),
    path("diagnoses/<int:pk>/trash/", diagnoses.diagnosis_to_trash, name="diagnosis-trash"),
]
