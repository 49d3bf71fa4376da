"""A patient at the desk: what is missing, his documents, signatures and photographs in one screen (PAT-36)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import is_allowed, requires
from core.errors import DomainError, Invalid
from core.forms import Done, form_page, given_version
from patients import permissions, selectors, services
from patients.forms.arrival import ArrivalForm
from patients.models import Patient


@requires(permissions.SEE, write=permissions.EDIT)
def arrival(request: HttpRequest, pk: int) -> HttpResponse:
    """The screen that opens when somebody has come and something is missing."""
    patient = selectors.patient_get(request.user, pk)
    form = ArrivalForm(
        request.POST or None, user=request.user, patient=patient, identity=services.identity_of(patient),
        unsigned=selectors.unsigned_kinds(patient),
    )  # fmt: skip

    def save(valid: Any) -> Done:
        services.arrival_fill(
            patient_id=pk, actor=request.user, expected_version=given_version(request), **valid.values()
        )
        left = selectors.missing_on_arrival(patient)
        toast = _("Saved. Still missing: %(what)s") % {"what": words_of(left)} if left else _("All papers are there")
        return Done(patient.get_absolute_url(), toast, "schedule")

    return form_page(
        request, form, title=_("Papers and photographs"), subtitle=patient.full_name, save=save, current=patient,
        template="patients/arrival.html", active="patients", may_save=is_allowed(request.user, permissions.EDIT),
        missing=[words for _code, words in selectors.missing_on_arrival(patient)], **pictures_of(request, patient),
    )  # fmt: skip


def words_of(missing: list[tuple[str, Any]]) -> str:
    return ", ".join(str(words) for _code, words in missing).lower()


def pictures_of(request: HttpRequest, patient: Patient, error: Any = "") -> dict[str, Any]:
    user: Any = request.user
    return {
        "patient": patient,
        "pictures": selectors.pictures_for(patient.pk, user),
        "may_photograph": is_allowed(user, permissions.TAKE_PHOTOS),
        "may_copy": is_allowed(user, permissions.EDIT_IDENTITY),
        "has_photo_consent": selectors.has_consent(patient.pk, "photo"),
        "picture_error": error,
        "arrival_url": reverse("patients:arrival", args=[patient.pk]),
    }


@requires(permissions.SEE)
@require_POST
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture from the camera or a file; or one is taken away. Answers the row of pictures."""
    patient, error = selectors.patient_get(request.user, pk), ""
    try:
        picture_write(request, patient)
    except Invalid as refusal:
        error = " ".join(str(text) for texts in refusal.fields.values() for text in texts) or str(refusal)
    except DomainError as refusal:
        if refusal.status in (403, 404):
            raise
        error = str(refusal)
    status = 422 if error else 200
    return render(request, "patients/_pictures.html", pictures_of(request, patient, error), status=status)


def picture_write(request: HttpRequest, patient: Patient) -> None:
    if key := request.POST.get("remove"):
        services.picture_remove(patient_id=patient.pk, key=key, actor=request.user)
        return
    kind = request.POST.get("kind", "")
    files = request.FILES.getlist("file")[:10]
    if not files:
        raise Invalid(fields={"file": _("Choose a picture.")})
    for upload in files:
        services.picture_add(patient_id=patient.pk, kind=kind, upload=upload, actor=request.user)
