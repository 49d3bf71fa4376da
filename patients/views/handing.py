"""Handing over all data of a patient, and erasing a card."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page
from patients import permissions, services
from patients.forms.records import ReasonForm
from patients.views.cards import live_card


@requires(permissions.EXPORT_DATA)
@require_POST
def data(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the file in the background; the bar leads to it."""
    job = services.data_request(patient_id=live_card(request, pk).pk, actor=request.user)
    url = reverse("core:job", args=[job.key])
    return (
        HttpResponse(status=204, headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)
    )


@requires(permissions.ERASE)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a card that nothing obliges to keep; else say why it must be kept."""
    patient = live_card(request, pk)

    def save(valid: Any) -> Done:
        services.patient_erase(patient_id=pk, reason=valid.cleaned_data["reason"], actor=request.user)
        return Done(url=reverse("patients:patients-list"), toast=_("The card is erased"), event="patients")

    context = {
        "subtitle": patient.full_name,
        "obstacles": services.erasure_obstacles(patient),
        "submit_label": _("Erase"),
    }
    form = ReasonForm(request.POST or None)
    return form_page(request, form, title=_("Erase the card"), save=save, extra="patients/_obstacles.html", **context)
