"""What every request gets: the user's language, the address for the audit, and one mapping of refusals."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from core import audit, live, policies, undo
from core.errors import DomainError, from_integrity_error
from core.refusals import refusal

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
    """Remembers the caller's address for the audit, what settings the request has read, and since when its page is true."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.live_since = live.mark()  # type: ignore[attr-defined]
        token, logged = audit.address.set(address_of(request)), undo.written.set(None)
        try:
            with policies.read_once():
                response = self.get_response(request)
            if made := undo.written.get():
                response.headers["X-Undo"] = str(made)
            return response
        finally:
            undo.written.reset(logged)
            audit.address.reset(token)


def address_of(request: HttpRequest) -> str | None:
    """The caller's address: behind our own proxy the last one that it wrote down, since earlier ones can be invented."""
    if settings.HTTPS and (passed_on := request.headers.get("X-Forwarded-For")):
        found = passed_on.rpartition(",")[2].strip()
        try:
            return str(ip_address(found))
        except ValueError:
            return request.META.get("REMOTE_ADDR") or None
    return request.META.get("REMOTE_ADDR") or None


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
        return refusal(request, error) if isinstance(error, DomainError) else None
