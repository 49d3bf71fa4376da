"""How a refusal looks: a page, a toast, or the API's body, with the status and headers that the error names."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core import audit
from core.errors import DomainError
from core.slots import Slot

# Who can grant a missing right: provider() -> [{"name": ..., "role": ...}, ...] (SET-19).
GRANTORS: Slot[Callable[[], Iterable[dict[str, str]]]] = Slot("access.grantors")
LABELS: dict[str, Any] = {}
PAGES = {403: "403.html", 404: "404.html", 410: "410.html"}


def error_body(error: DomainError) -> dict[str, object]:
    """The one JSON shape of a refusal, in pages' islands and in the API alike."""
    return {
        "code": error.code,
        "message": str(error),
        "facts": audit.plain(error.facts),
        "fields": {name: [str(text) for text in texts] for name, texts in error.fields.items()},
    }


def headers_of(error: DomainError) -> dict[str, str]:
    wait = error.facts.get("retry_after")
    return {"Retry-After": str(wait)} if wait else {}


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a page's request with what the domain said."""
    headers = headers_of(error)
    if request.path.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(error_body(error), status=error.status, headers=headers)
    if request.headers.get("HX-Request"):
        trigger = json.dumps({"toast": {"text": quote(str(error)), "tone": "red"}})
        return HttpResponse(str(error), status=error.status, headers={**headers, "HX-Trigger": trigger})
    context = {"error": error, **error.facts, **missing_right(error)}
    response = render(request, PAGES.get(error.status, "refused.html"), context, status=error.status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def missing_right(error: DomainError) -> dict[str, Any]:
    """For the page of a 403: the right in words and the people who can grant it."""
    needs = error.facts.get("needs")
    if not needs:
        return {}
    return {
        "needs_label": LABELS.get(needs, needs),
        "grantors": [person for provider in GRANTORS for person in provider()],
    }
