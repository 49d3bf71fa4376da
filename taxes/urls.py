"""Addresses of the pages of tax certificates."""

from django.urls import path

from core.screens import pages
from taxes import listings, views

app_name = "taxes"
urlpatterns = [
    *pages(listings.CertificateListing, listings.RegisterListing),
    path("patients/<int:pk>/tax-certificate/", views.issue, name="issue"),
    path("tax-certificates/<int:pk>/", views.certificate, name="certificate"),
    path("tax-certificates/<int:pk>/correct/", views.correct, name="correct"),
    path("tax-certificates/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("tax-certificates/<int:pk>/certificate.pdf", views.certificate_pdf, name="certificate-pdf"),
    path("tax-registers/new/", views.register_new, name="register-new"),
    path("tax-registers/<int:pk>/register.xml", views.register_xml, name="register-xml"),
]
