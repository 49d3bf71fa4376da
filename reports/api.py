"""Reports and the dashboard for other programs: a figure and the address of the rows that it counts."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers

from clinic.selectors import zone_meant
from core import clock, jobs
from core.access import SIGNED_IN, check
from core.api import Body, Router, plain_json
from core.errors import Invalid
from reports import catalogue, dashboard, periods, permissions
from reports.day import branch_meant, day_set
from reports.report import Part, Report

router = Router("reports")


class PeriodIn(Body):
    to = serializers.DateField(required=False)
    branch = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(required=False), **super().get_fields()}


def address(report: Report, query: str) -> str:
    return f"/api/v1/reports/{report.slug}/?{query}"


def value_of(kind: str, value: Any) -> Any:
    return f"{value:.2f}" if kind == "money" else int(value)


@router.get("dashboard/", permissions.SEE_HOME, asks=PeriodIn)
def dashboard_show(request: Any, query: dict[str, Any]) -> dict[str, Any]:
    """Blocks by key, each {value, rows}; `rows` is the address whose `totals.value` equals `value`."""
    period = asked_period(request, query)
    found = dashboard.figures(request.user, period, query.get("branch"))
    return {key: block_body(figure) for key, figure in found.items()}


def block_body(figure: dashboard.Figure) -> dict[str, Any]:
    kind = figure.block.kind
    rows = address(figure.report, figure.report.narrowed())
    if not figure.block.group:
        return {"value": value_of(kind, figure.value), "rows": rows}
    return {"value": [part_body(figure, part) for part in figure.parts], "rows": rows}


def part_body(figure: dashboard.Figure, part: Part) -> dict[str, Any]:
    return {
        "key": plain_json(part.key),
        "label": str(part.label),
        "value": value_of(figure.block.kind, part.value),
        "rows": address(figure.report, part.query),
    }


def asked_period(request: Any, query: dict[str, Any]) -> periods.Period:
    first, last = query.get("from"), query.get("to")
    if first and last and first > last:
        raise Invalid(fields={"to": "from > to"})
    return periods.asked(request.query_params, clock.today(zone_meant(request.user, query.get("branch"))))


@router.get("reports/", SIGNED_IN)
def reports_list(request: Any) -> list[dict[str, Any]]:
    """The reports that the caller may open."""
    return [
        {"slug": report.slug, "title": str(report.title), "rows": f"/api/v1/reports/{report.slug}/"}
        for report in catalogue.reports_of(request.user)
    ]


class DayIn(Body):
    day = serializers.DateField(required=False, help_text="today in the branch without it")
    branch = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@router.get("reports/end-of-day/", permissions.SEE_MONEY, asks=DayIn)
def end_of_day(request: Any, query: dict[str, Any]) -> dict[str, Any]:
    """The close of the day: four reports with their figures, and what each desk held (REP-12).

    A day that the caller may not see is 403. Each figure is {value, rows}, as on the dashboard.
    """
    found = day_set(request.user, branch_meant(request.user, query.get("branch")), query.get("day"))
    return {
        "branch": found.branch.pk,
        "day": found.day.isoformat(),
        "unfinished": found.unfinished,
        "to_pay": found.to_pay,
        "sections": {section.key: section_body(section) for section in found.sections},
        "desks": [
            {"desk": row.desk.pk} | {name: f"{getattr(row, name):.2f}" for name in ("before", "came", "went", "after")}
            for row in found.desks
        ],
    }


def section_body(section: Any) -> dict[str, Any]:
    return {
        figure.key: {
            "value": value_of(figure.kind, figure.value),
            "rows": address(figure.report, figure.report.narrowed()),
        }
        for figure in section.figures
    }


class ExportIn(Body):
    format = serializers.ChoiceField(choices=["xlsx"], default="xlsx")
    query = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


def export_of(report: type[Report]) -> Any:
    def export(request: Any, data: dict[str, Any]) -> dict[str, Any]:
        """Start the export of a report; its state is at `job`."""
        check(request.user, permissions.EXPORT)
        job = jobs.start(
            "core.export",
            title=str(report.title),
            owner=request.user,
            params={"slug": report.slug, "query": data["query"].lstrip("?"), "language": get_language()},
        )
        return {"id": job.pk, "state": job.state, "progress": job.progress, "job": f"/api/v1/jobs/{job.pk}/"}

    return export


for each in catalogue.REPORTS:
    router.listing(f"reports/{each.slug}/", each)
    router.post(f"reports/{each.slug}/export/", each.permission, takes=ExportIn, status=202)(export_of(each))
