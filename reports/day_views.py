"""The close of the day: the page, its print and its workbook."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from core.access import check, requires
from core.errors import Invalid
from core.files import XLSX
from core.tables import date_of
from documents.services import document_print
from reports import permissions
from reports.day import DaySet, branch_meant, day_set
from reports.day_file import workbook


def asked_set(request: HttpRequest) -> DaySet:
    """`?day=&branch=`: today in the branch at hand unless said otherwise."""
    branch, day = request.GET.get("branch", ""), request.GET.get("day", "").strip()
    chosen = branch_meant(request.user, int(branch) if branch.isdigit() else None, getattr(request, "branch", None))
    try:
        return day_set(request.user, chosen, date_of(day) if day else None)
    except ValueError as error:
        raise Invalid(fields={"day": _("Enter a date, for example 31.12.2025.")}) from error


@requires(permissions.SEE_MONEY)
def day(request: HttpRequest) -> HttpResponse:
    """The four reports of a day on one page (REP-12)."""
    found = asked_set(request)
    page: dict[str, Any] = {"active": "day", "title": _("Close of the day"), "set": found, "sections": found.sections}
    return render(request, "reports/day.html", page)


@requires(permissions.SEE_MONEY)
def day_pdf(request: HttpRequest) -> HttpResponse:
    """The whole set on paper; the copy is kept."""
    found, language = asked_set(request), translation.get_language() or "ru"
    title = _("Close of the day %(day)s, %(branch)s") % {"day": f"{found.day:%d.%m.%Y}", "branch": found.branch}
    document = document_print(
        kind="end_of_day", title=title, template="reports/print_day.html", language=language, subject=found.branch,
        context={"set": found, "sections": found.sections, "title": title}, actor=request.user,
    )  # fmt: skip
    return FileResponse(document.file.content.open("rb"), filename=document.file.name, content_type="application/pdf")


@requires(permissions.SEE_MONEY)
def day_xlsx(request: HttpRequest) -> HttpResponse:
    """The set as a workbook: the figures, then a sheet of rows for each report."""
    check(request.user, permissions.EXPORT)
    found = asked_set(request)
    name = f"day-{found.day.isoformat()}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(workbook(found), content_type=XLSX, headers=headers)
