"""Tabs of the patient's card that belong to treatment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.models import Patient
from patients.selectors import card_page, card_template


def card_answer(request: HttpRequest, patient: Patient, key: str, body: str, context: dict[str, Any]) -> HttpResponse:
    """The card with the tab `key` open on the template `body`; only the tab's body for HTMX."""
    page = card_page(patient, request.user, key)
    return render(request, card_template(request), {**page, **context, "body": body})
