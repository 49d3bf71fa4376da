"""Pages of the directory of diagnoses."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.forms import DiagnosisForm
from catalog.models import Diagnosis
from catalog.permissions import EDIT_DIAGNOSES, SEE_DIAGNOSES
from catalog.selectors import diagnoses_in_directory, diagnoses_matching, diagnoses_offered
from catalog.services import diagnosis_archive, diagnosis_save, diagnosis_trash
from core.access import requires
from core.forms import Done, form_page, given_version, told

LIST = "catalog:diagnoses-list"


@requires(EDIT_DIAGNOSES)
def diagnosis_new(request: HttpRequest) -> HttpResponse:
    return diagnosis_form(request, None)


@requires(EDIT_DIAGNOSES)
def diagnosis(request: HttpRequest, pk: int) -> HttpResponse:
    return diagnosis_form(request, get_object_or_404(diagnoses_in_directory(), pk=pk))


def diagnosis_form(request: HttpRequest, row: Diagnosis | None) -> HttpResponse:
    form = DiagnosisForm(request.POST or None, instance=row)

    def save(form: Any) -> Done:
        saved = diagnosis_save(
            actor=request.user, diagnosis_id=row.pk if row else None, expected_version=given_version(request),
            **form.cleaned_data,
        )  # fmt: skip
        return Done(reverse(LIST), _("“%(name)s” is saved.") % {"name": saved}, "diagnoses")

    return form_page(
        request, form, title=row or _("New diagnosis"), save=save, current=row, cancel_url=reverse(LIST),
        crumbs=[(_("Diagnoses"), reverse(LIST))], active="diagnoses",
    )  # fmt: skip


@requires(EDIT_DIAGNOSES)
@require_POST
def diagnosis_archive_toggle(request: HttpRequest, pk: int) -> HttpResponse:
    is_offered = diagnosis_archive(diagnosis_id=pk, actor=request.user)
    toast = _("It can be chosen again.") if is_offered else _("Archived: it is no longer offered.")
    return told(Done(toast=toast, event="diagnoses"))


@requires(EDIT_DIAGNOSES)
@require_POST
def diagnosis_to_trash(request: HttpRequest, pk: int) -> HttpResponse:
    diagnosis_trash(diagnosis_id=pk, actor=request.user)
    return told(Done(toast=_("Moved to the trash."), event="diagnoses"))


@requires(SEE_DIAGNOSES)
def diagnosis_options(request: HttpRequest) -> JsonResponse:
    """Choices of a searched select: diagnoses that may be given."""
    rows = diagnoses_matching(diagnoses_offered(), request.GET.get("q", "")[:100])[:30]
    return JsonResponse([{"value": row.pk, "text": str(row)} for row in rows], safe=False)
