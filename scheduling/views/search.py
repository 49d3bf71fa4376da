"""«Find a time»: the next ten offers that fit, each one press from its form (SCH-40)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import requires
from patients.selectors import patients_visible_to
from scheduling import permissions
from scheduling.finding_forms import SearchForm
from scheduling.selectors.search import offers_find
from scheduling.views.asking import number
from scheduling.views.booking import spots_shown

OFFERS = 10


@requires(permissions.BOOK)
def find(request: HttpRequest) -> HttpResponse:
    """A page, a panel, or only the offers while the form is being filled in."""
    target = request.headers.get("HX-Target", "")
    form = SearchForm(with_usual(request) if request.method == "GET" else None, user=request.user)
    template = {"offers": "scheduling/search.html#offers", "panel-body": "scheduling/search.html#panel"}
    context = {
        "form": form,
        "title": _("Find a time"),
        "active": "schedule",
        "offers": offers_shown(request, form) if form.is_valid() else [],
    }
    status = 200 if form.is_valid() else 422
    return render(request, template.get(target, "scheduling/search.html"), context, status=status)


def with_usual(request: HttpRequest) -> Any:
    """When the search opens for a patient, his own doctor is asked for; «Any» stays a choice."""
    asked = request.GET.copy()
    if "doctor" not in asked and (pk := number(asked.get("patient"))):
        patient = patients_visible_to(request.user).filter(pk=pk).first()
        if patient and patient.doctor_id:
            asked["doctor"] = str(patient.doctor_id)
    return asked


def offers_shown(request: HttpRequest, form: SearchForm) -> list[dict[str, Any]]:
    search, carried = form.search(), form.carried()
    shown = spots_shown(request, offers_find(request.user, search, limit=OFFERS, is_spread=True))
    address = reverse("scheduling:appointment-new")
    for offer in shown:
        start = offer["start"]
        place = {"doctor": offer["doctor"].pk, "chair": offer["chair"].pk, "start": f"{start:%Y-%m-%dT%H:%M}"}
        end = {"end": f"{start + search.length:%Y-%m-%dT%H:%M}"}
        offer["end"] = start + search.length
        offer["url"] = f"{address}?{urlencode([*place.items(), *end.items(), *carried])}"
    return shown
