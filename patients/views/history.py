"""What was changed in a card, and who looked at it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.access import is_allowed, requires
from patients import permissions, selectors
from patients.selectors.history import changes_of
from patients.slots import HISTORY
from patients.views.cards import live_card

PAGE = 50


@requires(permissions.SEE)
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Plans, money operations and diagnoses by the apps above, and changes of the card (PAT-22)."""
    patient = live_card(request, pk)
    sections = selectors.blocks_of(HISTORY, patient, request.user)
    context = {"body": "patients/_history.html", "sections": sections, **changes_page(request, pk)}
    page = selectors.card_page(patient, request.user, "history")
    return render(request, selectors.card_template(request), {**page, **context})


def changes_page(request: HttpRequest, pk: int) -> dict:
    """A page of changes for those who may see them."""
    if not is_allowed(request.user, permissions.SEE_HISTORY):
        return {"may_see_changes": False}
    before = request.GET.get("before", "")
    patient = selectors.patient_get(request.user, pk)
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    changes = changes_of(patient, request.user, before=last, limit=PAGE)
    more = f"{reverse('patients:changes', args=[pk])}?before={changes[-1]['id']}" if len(changes) == PAGE else ""
    return {"may_see_changes": True, "changes": changes, "more_url": more}


@requires(permissions.SEE_HISTORY)
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What is older, as a fragment."""
    live_card(request, pk)
    return render(request, "patients/_changes.html", changes_page(request, pk))


@requires(permissions.SEE_READERS)
def readers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who looked at the card; a patient may ask for it."""
    patient = live_card(request, pk)
    rows = selectors.readers_of(patient.pk)[:200]
    return render(request, "patients/_readers.html", {"patient": patient, "rows": rows, "subtitle": patient.full_name})
