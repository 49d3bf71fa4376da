"""The home dashboard and the list of reports; a report's own page is made by core.screens."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from clinic.selectors import zone_meant
from core import clock
from core.access import SIGNED_IN, requires
from core.templatetags.ui import number
from reports import catalogue, dashboard, layout, periods, permissions
from reports.report import Report


@requires(permissions.SEE_HOME)
def home(request: HttpRequest) -> HttpResponse:
    """Figures of the period, each opening its rows."""
    branch = chosen_branch(request)
    today = clock.today(zone_meant(request.user, branch))
    name = request.GET.get("period", "month")
    period = periods.named(name, today) or periods.asked(request.GET, today)
    figures = dashboard.figures(request.user, period, branch, compared=True)
    context: dict[str, Any] = {
        "active": "home",
        "period": period,
        "period_name": name,
        "period_names": periods.NAMES,
        "branch_id": branch,
        "rows": layout.rows_of(figures),
        "cards": layout.cards_of(figures),
        "charts": layout.charts_of(figures, period),
    }
    return render(request, "reports/home.html", context)


def chosen_branch(request: HttpRequest) -> int | None:
    asked = request.GET.get("branch", "")
    return int(asked) if asked.isdigit() and int(asked) in request.user.branch_ids else None  # type: ignore[union-attr]


def count_of(report: type[Report]) -> Callable[..., HttpResponse]:
    @requires(report.permission)
    def view(request: HttpRequest) -> HttpResponse:
        """How many rows a figure opens, as a number in words of the language."""
        asked = report(request.user, request.GET, asked_only=True)
        return HttpResponse(number(asked.rows().count()), content_type="text/plain; charset=utf-8")

    view.module = report.module  # type: ignore[attr-defined]
    return view


@requires(SIGNED_IN)
def index(request: HttpRequest) -> HttpResponse:
    """The reports that the user may open."""
    rows = [
        {"title": report.title, "formula": report.formula, "url": reverse(f"reports:{report.slug}-list")}
        for report in catalogue.reports_of(request.user)
    ]
    return render(request, "reports/index.html", {"active": "reports", "reports": rows})
