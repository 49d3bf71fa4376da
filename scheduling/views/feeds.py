"""One's own visits in the calendar of a phone: the page where the address is made, and what the address answers."""

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import PUBLIC, requires
from core.errors import NotFound
from core.throttle import Limit
from scheduling import permissions, policies, services
from scheduling.ics import calendar_file
from scheduling.selectors.feeds import feed_of, own_calendar
from scheduling.services.feeds import feed_asked

GUESSES = Limit("scheduling.feed_guess", 20, timedelta(minutes=15))
READS = Limit("scheduling.feed_read", 60, timedelta(minutes=15))


@requires(permissions.SEE_MY_DAY)
def feed(request: HttpRequest) -> HttpResponse:
    """Make the address of one's own visits, or end it; it is shown once (SCH-57)."""
    link = ""
    if request.method == "POST" and request.POST.get("do") == "revoke":
        services.feed_revoke(actor=request.user)
    elif request.method == "POST":
        link = request.build_absolute_uri(
            reverse("scheduling:feed-file", args=[services.feed_make(actor=request.user)])
        )
    context = {
        "title": _("Visits in my calendar"), "active": "my-day", "feed": feed_of(request.user), "link": link,
        "link_app": link.replace("https://", "webcal://").replace("http://", "webcal://"),
        "with_names": policies.FEED_NAMES.get(),
    }  # fmt: skip
    return render(request, "scheduling/feed.html", context)


@requires(PUBLIC)
@require_safe
def feed_file(request: HttpRequest, secret: str) -> HttpResponse:
    """The visits for a calendar program; unchanged ones cost it nothing (ETag)."""
    found, owner = feed_known(request, secret)
    READS.failed(found.pk)
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        body = calendar_file(owner, own_calendar(owner))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="visits.ics"',
        "ETag": etag,
    }
    response: Any = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response)


def feed_known(request: HttpRequest, secret: str) -> tuple[Any, Any]:
    """Wrong addresses are counted by who asks, right ones by feed: a program that asks too often waits."""
    address = request.META.get("REMOTE_ADDR", "")
    GUESSES.check(address)
    try:
        return feed_asked(secret=secret)
    except NotFound:
        GUESSES.failed(address)
        raise
