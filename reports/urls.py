"""Addresses of reports."""

from django.urls import path

from core.screens import pages
from reports import catalogue, day_views, views

app_name = "reports"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("reports/", views.index, name="index"),
    path("reports/day/", day_views.day, name="day"),
    path("reports/day/day.pdf", day_views.day_pdf, name="day-pdf"),
    path("reports/day/day.xlsx", day_views.day_xlsx, name="day-xlsx"),
    *pages(*catalogue.REPORTS, prefix="reports/"),
    *[
        path(f"reports/{each.slug}/count/", views.count_of(each), name=f"{each.slug}-count")
        for each in catalogue.REPORTS
    ],
]
