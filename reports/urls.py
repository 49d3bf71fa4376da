"""Addresses of reports."""

from django.urls import path

from core.screens import pages
from reports import catalogue, views

app_name = "reports"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("reports/", views.index, name="index"),
    *pages(*catalogue.REPORTS, prefix="reports/"),
]
