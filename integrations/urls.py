"""Addresses of integrations."""

from django.urls import path

from core.screens import pages
from integrations import views
from integrations.listings import ExchangeListing

app_name = "integrations"
urlpatterns = [
    path("settings/integrations/", views.connections, name="connections"),
    path("settings/integrations/<slug:code>/", views.connection, name="connection"),
    path("settings/integrations/<slug:code>/test/", views.connection_test, name="connection-test"),
    path("settings/integrations/<slug:code>/pairing/", views.connection_pairing, name="connection-pairing"),
    path("settings/integrations/<slug:code>/disconnect/", views.connection_end, name="connection-end"),
    path("settings/integrations/<slug:code>/new-address/", views.connection_readdress, name="connection-readdress"),
    path("hooks/<slug:code>/<slug:token>/", views.hook, name="hook"),
    *pages(ExchangeListing),
]
