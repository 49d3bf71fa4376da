"""Visits without a date (SCH-26)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, given_version, told
from scheduling import permissions, services
from scheduling.finding_forms import PlannedForm
from scheduling.selectors.planned import planned_now
from scheduling.views.asking import number


@requires(permissions.BOOK)
def new(request: HttpRequest) -> HttpResponse:
    """«In about three months»."""
    asked = request.GET
    initial = {name: number(asked.get(name)) for name in ("patient", "doctor")} | {"months": "3", "duration_min": 30}
    form = PlannedForm(request.POST or None, user=request.user, initial=initial)

    def save(valid: Any) -> Done:
        made = services.planned_add(patient_id=valid.cleaned_data["patient"].pk, actor=request.user, **valid.values())
        toast = _("Planned for about %(day)s") % {"day": f"{made.due_on:%d.%m.%Y}"}
        return Done(reverse("scheduling:planned-visits-list"), toast, "planned")

    return form_page(request, form, title=_("Plan a visit without a date"), save=save, active="calls")


@requires(permissions.BOOK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(planned_now(request.user), pk=pk)
    initial = {
        "patient": row.patient_id, "months": "", "due_on": row.due_on, "doctor": row.doctor_id, "branch": row.branch_id,
        "services": list(row.services.all()), "duration_min": row.duration_min, "comment": row.comment,
    }  # fmt: skip
    form = PlannedForm(request.POST or None, user=request.user, row=row, initial=initial)

    def save(valid: Any) -> Done:
        services.planned_change(
            planned_id=pk, actor=request.user, expected_version=given_version(request), **valid.values()
        )
        return Done(reverse("scheduling:planned-visits-list"), _("Saved"), "planned")

    search = f"{reverse('scheduling:search')}?patient={row.patient_id}"
    search += f"&doctor={row.doctor_id or ''}&minutes={row.duration_min}"
    search += "".join(f"&services={service.pk}" for service in row.services.all())
    return form_page(
        request, form, title=_("Planned visit"), subtitle=str(row), save=save, current=row, active="calls",
        template="scheduling/planned.html", planned=row, search_url=search,
    )  # fmt: skip


@requires(permissions.BOOK)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    services.planned_remove(planned_id=pk, actor=request.user)
    return told(Done(toast=_("Not planned any more"), event="planned"))


@requires(permissions.BOOK)
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    services.planned_return(planned_id=pk, actor=request.user)
    return told(Done(toast=_("Planned again"), event="planned"))
