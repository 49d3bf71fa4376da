"""How the installation fares."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import health
from core.access import requires
from core.permissions import SEE_HEALTH
from core.views.settings import page


@requires(SEE_HEALTH)
def health_page(request: HttpRequest) -> HttpResponse:
    found = health.lines()
    worst = next((tone for tone in ("red", "amber") if any(line.tone == tone for line in found)), "green")
    return page(request, "core/health.html", {"title": _("Health"), "lines": found, "worst": worst, "here": "health"})
