"""The feed at the right of a card: what happened, by kinds, within the reader's compartments (PAT-14)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.access import requires
from core.audit import REGISTRY, text_of
from core.models import AuditEntry
from patients import permissions, selectors
from patients.models import Patient

FEED_PAGE = 20
# What a chip shows: apps whose events belong together, by the first word of an audit code.
KINDS = {
    "visits": (_("Visits"), ("scheduling",)),
    "money": (_("Money"), ("billing", "ledger", "barter", "insurance")),
    "treatment": (_("Treatment"), ("clinical", "labs", "stays")),
    "contacts": (_("Contacts"), ("messaging", "crm", "integrations")),
    "card": (_("Card"), ("patients", "documents")),
}


def feed_page(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """One page of the feed with its chips; `before` is the id after which the next page begins."""
    kind = request.GET.get("kind", "")
    rows = selectors.timeline_of(patient, request.user)
    if kind in KINDS:
        rows = rows.filter(code__regex=rf"^({'|'.join(KINDS[kind][1])})\.")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: FEED_PAGE + 1])
    url = reverse("patients:feed", args=[patient.pk])
    more = f"{url}?kind={kind}&before={found[FEED_PAGE - 1].pk}" if len(found) > FEED_PAGE else ""
    chips = [("", _("All"), f"{url}?kind=")] + [(key, title, f"{url}?kind={key}") for key, (title, _a) in KINDS.items()]
    return {"events": [event_of(row) for row in found[:FEED_PAGE]], "more_url": more, "kinds": chips, "kind": kind}


def event_of(row: AuditEntry) -> dict[str, Any]:
    declared = REGISTRY.get(row.code)
    return {
        "icon": declared.icon if declared else "point",
        "tone": declared.tone if declared else "grey",
        "title": text_of(row),
        "by": row.actor_name,
        "at": row.at,
        "text": row.facts.get("reason", ""),
        "url": declared.url(row) if declared and declared.url else "",
    }


@requires(permissions.SEE)
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """The feed as a fragment: another kind, or what is older."""
    patient = selectors.patient_get(request.user, pk)
    template = "patients/_feed_more.html" if "before" in request.GET else "patients/_feed.html"
    return render(request, template, {"patient": patient, **feed_page(request, patient)})
