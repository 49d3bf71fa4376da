"""Addresses of templates and of signing."""

from django.urls import path

from core.screens import pages
from documents.listings import TemplateListing
from documents.views import signing, templates

app_name = "documents"
urlpatterns = [
    *pages(TemplateListing),
    path("document-templates/new/", templates.template_new, name="template-new"),
    path("document-templates/preview/", templates.preview, name="template-preview"),
    path("document-templates/<int:pk>/", templates.template_edit, name="template"),
    path("document-templates/<int:pk>/trash/", templates.drop, name="template-trash"),
    path("document-templates/<int:pk>/editions/<int:number>/", templates.version, name="version"),
    path("sign/<str:code>/", signing.sign, name="sign"),
    path("sign/<str:code>/paper.pdf", signing.copy, name="sign-copy"),
]
