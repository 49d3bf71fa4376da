"""Duplicates, the preview of a merge, the merge and its way back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import jobs
from core.access import requires
from core.errors import DomainError
from core.forms import Done, told
from patients import permissions, selectors, services
from patients.errors import MergeConflict
from patients.forms.records import MergeWithForm
from patients.models import Patient
from patients.views.cards import live_card

# Beside each other on the page: what tells people apart.
COMPARED = (
    "card_number", "last_name", "first_name", "middle_name", "birth_date", "sex", "phone", "home_phone", "more_phones", "email",
    "branch", "doctor", "coordinator", "source", "family", "treatment_status", "comment", "created_at",
)  # fmt: skip


@requires(permissions.MERGE)
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the other card, see what a merge would do, do it (PAT-40)."""
    patient = live_card(request, pk)
    other = request.POST.get("with") or request.GET.get("with") or request.GET.get("other", "")
    if not other.isascii() or not other.isdigit() or len(other) > 18:
        return choose(request, patient)
    duplicate = live_card(request, int(other))
    if request.method == "POST":
        return merged(request, patient, duplicate)
    return preview_page(request, patient, duplicate)


def choose(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Which card is the other one; likely doubles are offered."""
    form = MergeWithForm(user=request.user)
    found = selectors.similar_patients(request.user, selectors.person_of(patient), exclude=patient.pk)
    context = {
        "patient": patient,
        "form": form,
        "found": found,
        "merges": selectors.merges_of(patient),
        "active": "patients",
    }
    return render(request, "patients/merge_choose.html", context)


def preview_page(
    request: HttpRequest, patient: Patient, duplicate: Patient, status: int = 200, **more: Any
) -> HttpResponse:
    preview = services.merge_preview(survivor_id=patient.pk, duplicate_id=duplicate.pk)
    rows = [compared(name, preview.survivor, preview.retired) for name in COMPARED]
    context = {"preview": preview, "rows": [row for row in rows if row], "active": "patients", **more}
    return render(request, "patients/merge.html", context, status=status)


def compared(name: str, one: Patient, other: Patient) -> dict[str, Any] | None:
    field = Patient._meta.get_field(name)
    read = [getattr(card, f"get_{name}_display")() if field.choices else getattr(card, name) for card in (one, other)]
    if not any(read):
        return None
    return {
        "label": field.verbose_name,
        "one": read[0],
        "other": read[1],
        "differs": bool(read[1]) and read[0] != read[1],
    }


def merged(request: HttpRequest, patient: Patient, duplicate: Patient) -> HttpResponse:
    solutions = {
        name.removeprefix("solve-"): value for name, value in request.POST.items() if name.startswith("solve-")
    }
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return preview_page(
            request, patient, duplicate, 422, reason_error=_("Say why these are one person."), chosen=solutions
        )
    try:
        services.patients_merge(
            survivor_id=patient.pk, duplicate_id=duplicate.pk, actor=request.user, reason=reason, solutions=solutions
        )
    except MergeConflict as error:
        return preview_page(request, patient, duplicate, 422, refusal=str(error), chosen=solutions, reason=reason)
    messages.success(request, _("Card № %(number)s is merged.") % {"number": duplicate.card_number})
    return redirect(patient)


@requires(permissions.MERGE)
@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Two cards again."""
    patient = live_card(request, pk)
    retired = get_object_or_404(selectors.merges_of(patient), retired_id=request.POST.get("retired") or 0).retired
    try:
        services.patients_unmerge(survivor_id=pk, duplicate_id=retired.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("patients:merge", pk)
    messages.success(request, _("Card № %(number)s stands by itself again.") % {"number": retired.card_number})
    return redirect(retired)


@requires(permissions.SEE_DUPLICATES)
@require_POST
def duplicates_find(request: HttpRequest) -> HttpResponse:
    """Compare all cards now, as a job with a bar."""
    job = jobs.start("patients.duplicates", title=_("Looking for duplicates"), params={}, owner=request.user)
    return redirect("core:job", key=job.key)


@requires(permissions.SEE_DUPLICATES)
@require_POST
def duplicate_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Two different people, or perhaps one after all."""
    pair = get_object_or_404(selectors.duplicates_visible_to(request.user), pk=pk)
    services.duplicate_dismiss(duplicate_id=pk, actor=request.user, is_dismissed=pair.dismissed_at is None)
    return told(Done(toast=_("Saved"), event="duplicates"))
