"""Addresses of the frame."""

from django.urls import path

from core import directory, files, listings, live, styleguide, views
from core.screens import pages
from core.views import health, records, settings

app_name = "core"
urlpatterns = [
    path("directories/", directory.index, name="directories"),
    path("settings/", settings.settings, name="settings"),
    path("settings/section/<slug:section>/", settings.settings, name="settings-section"),
    path("settings/undo/<int:pk>/", settings.undo, name="settings-undo"),
    path("settings/modules/", settings.module_list, name="modules"),
    path("settings/modules/<slug:name>/", settings.module_switch, name="module-switch"),
    path("settings/logo/", settings.logo, name="logo"),
    path("health/", health.health_page, name="health"),
    *pages(listings.AuditListing, listings.TrashListing),
    path("audit/<int:pk>/", records.audit_entry, name="audit-entry"),
    path("trash/<int:pk>/restore/", records.restore, name="trash-restore"),
    path("jobs/<uuid:key>/", views.job, name="job"),
    path("jobs/<uuid:key>/cancel/", views.job_cancel, name="job-cancel"),
    path("files/<uuid:key>/", files.file_view, name="file"),
    path("views/<slug:slug>/save/", views.view_save, name="view-save"),
    path("views/<int:pk>/delete/", views.view_delete, name="view-delete"),
    path("undo/", views.undo, name="undo"),
    path("palette/", views.palette, name="palette"),
    path("language/", views.language, name="language"),
    path("live/", live.stream, name="live"),
    path("live/poll/", live.poll, name="live-poll"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
