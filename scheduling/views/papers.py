"""Paper of the calendar: the day of a doctor or a branch, a patient's route slip; as PDF, or a page with `?as=page`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core import clock
from core.access import requires
from documents.services import html_render, pdf_render
from scheduling import permissions
from scheduling.selectors.appointments import appointment_shown
from scheduling.selectors.papers import day_sheet, route_slip
from scheduling.services.papers import day_printed, slip_printed
from scheduling.views.asking import days_asked


@requires(permissions.SEE)
@never_cache
def day(request: HttpRequest) -> HttpResponse:
    """A day on paper: `from`, `branch`, `doctor` (SCH-57)."""
    sheet = day_sheet(days_asked(request, most=1))
    day_printed(sheet=sheet, actor=request.user)
    title = _("Schedule for %(day)s") % {"day": f"{sheet.days.first:%d.%m.%Y}"}
    return paper(request, "scheduling/print_day.html", title, {"sheet": sheet, "branches": sheet.days.branches})


@requires(permissions.SEE)
@never_cache
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the patient of a visit goes on its day: time, room, doctor, what is done (SCH-57)."""
    found = route_slip(appointment_shown(pk, request.user), request.user)
    slip_printed(slip=found, actor=request.user)
    title = _("Route slip, %(patient)s") % {"patient": found.visit.patient.short_name}
    return paper(request, "scheduling/print_slip.html", title, {"slip": found, "visit": found.visit})


def paper(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    html = html_render(
        template, {**context, "title": title, "printed_at": clock.now()}, translation.get_language() or "ru"
    )
    if request.GET.get("as") == "page":
        return HttpResponse(html)
    name = f"{title}.pdf".replace("/", "-").replace('"', "")
    answer = HttpResponse(pdf_render(html), content_type="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or ""
    return answer
