"""Every app brings its own urls.py and api_urls.py; here stand only the roads that belong to no app."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.health import healthz


def routes_of(module: str) -> list:
    """include() of one module of every app that has it, lowest app first."""
    return [include(f"{app}.{module}") for app in settings.OUR_INSTALLED_APPS if find_spec(f"{app}.{module}")]


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", RedirectView.as_view(url="/static/img/favicon.svg"), name="favicon"),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    *[path("api/v1/", routes) for routes in routes_of("api_urls")],
    *[path("", routes) for routes in routes_of("urls")],
]
handler404 = "core.views.page_missing"
