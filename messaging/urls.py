"""Addresses of messages."""

from django.urls import path

from core.screens import pages
from messaging import views
from messaging.listings import MessageListing

app_name = "messaging"
urlpatterns = [
    path("messages/new/", views.message_new, name="message-new"),
    path("messages/preview/", views.preview, name="preview"),
    path("messages/templates/", views.templates, name="templates"),
    path("messages/templates/<int:pk>/", views.template_edit, name="template-edit"),
    path("messages/<int:pk>/", views.message, name="message"),
    path("messages/<int:pk>/withdraw/", views.message_withdraw, name="message-withdraw"),
    path("messages/<int:pk>/repeat/", views.message_repeat, name="message-repeat"),
    *pages(MessageListing),
]
