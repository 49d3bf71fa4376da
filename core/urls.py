"""Addresses of the frame."""

from django.urls import path

from core import directory, files, live, styleguide, views

app_name = "core"
urlpatterns = [
    path("directories/", directory.index, name="directories"),
    path("jobs/<uuid:key>/", views.job, name="job"),
    path("jobs/<uuid:key>/cancel/", views.job_cancel, name="job-cancel"),
    path("files/<uuid:key>/", files.file_view, name="file"),
    path("views/<slug:slug>/save/", views.view_save, name="view-save"),
    path("views/<int:pk>/delete/", views.view_delete, name="view-delete"),
    path("palette/", views.palette, name="palette"),
    path("language/", views.language, name="language"),
    path("live/", live.stream, name="live"),
    path("live/poll/", live.poll, name="live-poll"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
