"""What every request gets: the user's language, the address for the audit, and one mapping of refusals."""

import json
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from core import audit
from core.errors import DomainError, from_integrity_error

Next = Callable[[HttpRequest], HttpResponse]


class Language:
    """The signed-in user's language, else the cookie, else the browser's, else the clinic's (SET-25)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = dict(settings.LANGUAGES)
        wanted = [
            getattr(request.user, "language", "") if hasattr(request, "user") else "",
            request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
            translation.get_language_from_request(request) if request.headers.get("Accept-Language") else "",
            settings.LANGUAGE_CODE,
        ]
        language = next(code for code in wanted if code in known)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class Audience:
    """Remembers the caller's address for the audit."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = audit.address.set(request.META.get("REMOTE_ADDR") or None)
        try:
            return self.get_response(request)
        finally:
            audit.address.reset(token)


class Refusals:
    """A DomainError becomes a page, a toast or a fragment with its own status; nothing else catches it in pages."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, IntegrityError):
            error = from_integrity_error(error)
        if isinstance(error, PermissionDenied) and not isinstance(error, DomainError):
            return render(request, "403.html", status=403)
        if not isinstance(error, DomainError):
            return None
        if request.headers.get("HX-Request"):
            trigger = json.dumps({"toast": {"text": quote(str(error)), "tone": "red"}})
            return HttpResponse(str(error), status=error.status, headers={"HX-Trigger": trigger})
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse(error_body(error), status=error.status)
        template = {403: "403.html", 404: "404.html"}.get(error.status, "refused.html")
        return render(request, template, {"error": error, **error.facts}, status=error.status)


def error_body(error: DomainError) -> dict[str, object]:
    """The one JSON shape of a refusal, in pages' islands and in the API alike."""
    return {
        "code": error.code,
        "message": str(error),
        "facts": audit.plain(error.facts),
        "fields": {name: [str(text) for text in texts] for name, texts in error.fields.items()},
    }
