"""Addresses of cards."""

from django.urls import path

from core.screens import pages
from patients.listings import PatientListing
from patients.views import cards, facts, feed

app_name = "patients"
urlpatterns = [
    *pages(PatientListing),
    path("patients/new/", cards.new, name="new"),
    path("patients/similar/", cards.similar, name="similar"),
    path("patients/pick/", cards.pick, name="pick"),
    path("patients/<int:pk>/", cards.card, name="card"),
    path("patients/<int:pk>/info/", cards.info, name="info"),
    path("patients/<int:pk>/feed/", feed.feed, name="feed"),
    path("patients/<int:pk>/fact/<str:key>/", facts.fact, name="fact"),
    path("patients/<int:pk>/pin/", cards.pin, name="pin"),
    path("patients/<int:pk>/activate/", cards.activate, name="activate"),
    path("patients/<int:pk>/trash/", cards.trash, name="trash"),
]
