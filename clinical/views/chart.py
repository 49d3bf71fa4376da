"""The diagnostics tab: the picture of teeth, diagnoses set and closed (CLN-01..06)."""

import json
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinical import rules, services
from clinical.forms import MarkForm, NoteForm, ids_of
from clinical.permissions import EDIT_CHART, SEE_CHART
from clinical.selectors import (
    chart_data,
    chart_of,
    diagnoses_to_pick,
    formula_of,
    kinds_now,
    marks_of,
    open_by_tooth,
)
from clinical.statuses import statuses
from clinical.views.card import card_answer
from core.access import is_allowed, requires
from core.errors import Invalid
from patients.models import Patient
from patients.selectors import patient_get


@requires(SEE_CHART)
def diagnostics(request: HttpRequest, pk: int) -> HttpResponse:
    patient = patient_get(request.user, pk)
    context = {**state_of(request, patient), "picks": diagnoses_to_pick(request.user), "statuses": statuses().values()}
    return card_answer(request, patient, "diagnostics", "clinical/diagnostics.html", context)


def state_of(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """What changes with every diagnosis: marks of the picture, main diagnoses, history."""
    rows, marks = chart_of(patient.pk), marks_of(patient.pk)
    kinds = kinds_now(rows, marks)
    return {
        "patient": patient,
        "groups": open_by_tooth(rows),
        "closed": [row for row in rows if row.closed_on],
        "formula": formula_of(marks),
        "data": chart_data(rows, marks, patient.pk, patient.age_on(timezone.localdate())),
        "decay": rules.decay(kinds, primary=False), "decay_primary": rules.decay(kinds, primary=True),
        "may_edit": is_allowed(request.user, EDIT_CHART), "today": timezone.localdate(),
    }  # fmt: skip


@requires(SEE_CHART)
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The changing part alone, for a page that heard of a change."""
    return render(request, "clinical/_chart_state.html", state_of(request, patient_get(request.user, pk)))


@requires(SEE_CHART)
def picks(request: HttpRequest, pk: int) -> HttpResponse:
    """Diagnoses by code or words; without a text the user's own and frequent ones."""
    found = diagnoses_to_pick(request.user, request.GET.get("q", "")[:100])
    context = {"patient": patient_get(request.user, pk), "picks": found, "text": request.GET.get("q", "")}
    return render(request, "clinical/_picks.html", context)


@requires(EDIT_CHART)
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a diagnosis for the selected teeth; the answer is the fresh state, and the page offers to undo."""
    patient = patient_get(request.user, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise Invalid(" ".join(error for errors in form.errors.values() for error in errors))
    rows = services.diagnosis_note(
        patient_id=pk, actor=request.user, branch=patient.branch or request.branch, **form.cleaned_data  # type: ignore[attr-defined]
    )  # fmt: skip
    where = ", ".join(str(row.tooth) for row in rows if row.tooth) or _("whole mouth")
    text = _("%(code)s is set: %(where)s") % {"code": rows[0].diagnosis.code, "where": where}
    return changed(request, patient, "chart:noted", text, [row.pk for row in rows])


@requires(EDIT_CHART)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close with today's date; nothing is erased (CLN-06)."""
    patient = patient_get(request.user, pk)
    rows = services.diagnoses_close(patient_id=pk, ids=ids_of(request.POST), actor=request.user)
    return changed(request, patient, "chart:closed", _("Closed with today's date."), [row.pk for row in rows])


@requires(EDIT_CHART)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    patient = patient_get(request.user, pk)
    services.diagnoses_reopen(patient_id=pk, ids=ids_of(request.POST), actor=request.user)
    return changed(request, patient, "chart:reopened", _("It stands again."), [])


@requires(EDIT_CHART)
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the selected teeth by a letter of the formula; «healthy» clears them."""
    patient = patient_get(request.user, pk)
    form = MarkForm(request.POST)
    if not form.is_valid():
        raise Invalid(" ".join(error for errors in form.errors.values() for error in errors))
    branch = patient.branch or request.branch  # type: ignore[attr-defined]
    rows = services.marks_set(patient_id=pk, actor=request.user, branch=branch, **form.cleaned_data)
    return changed(request, patient, "chart:marked", "", [row.pk for row in rows])


@requires(EDIT_CHART)
@require_POST
def unmark(request: HttpRequest, pk: int) -> HttpResponse:
    patient = patient_get(request.user, pk)
    services.marks_close(patient_id=pk, ids=ids_of(request.POST), actor=request.user)
    return changed(request, patient, "chart:marked", "", [])


@requires(SEE_CHART)
@require_POST
def favourite(request: HttpRequest, pk: int, diagnosis: int) -> HttpResponse:
    """Put a diagnosis at hand, or take it away; the list of choices is drawn anew."""
    services.favourite_toggle(diagnosis_id=diagnosis, actor=request.user)
    found = diagnoses_to_pick(request.user, request.POST.get("q", "")[:100])
    context = {"patient": patient_get(request.user, pk), "picks": found, "text": request.POST.get("q", "")}
    return render(request, "clinical/_picks.html", context)


def changed(request: HttpRequest, patient: Patient, event: str, text: str, ids: list[int]) -> HttpResponse:
    answer = render(request, "clinical/_chart_state.html", state_of(request, patient))
    answer.headers["HX-Trigger"] = json.dumps({event: {"text": quote(text), "ids": ids}})
    return answer
