"""A patient's page behind the link of an offer (no sign-in), and staff's list of freed times that are being offered."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core import clock
from core.access import PUBLIC, requires
from core.errors import NotFound
from core.forms import Done, told
from core.middleware import address_of
from core.throttle import Limit
from scheduling import permissions
from scheduling.errors import OfferClosed
from scheduling.models import Offer
from scheduling.offers.links import offer_of
from scheduling.offers.words import SKIPS, WHY
from scheduling.selectors.refills import offer_shown, offers_of, refill_shown
from scheduling.services.refills import is_answerable, offer_accept, offer_decline, refill_stop

GUESSES = Limit("scheduling.offer_guess", 20, timedelta(minutes=15))
PRESSES = Limit("scheduling.offer_press", 60, timedelta(minutes=15))
PAGE = "scheduling/offer.html"


@requires(PUBLIC)
@never_cache
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """What is offered, and two buttons (SCH-41). A late click is told so and loses nothing."""
    row = offer_asked(request, code)
    if request.method == "POST":
        return answered(request, row, code)
    return shown(request, row, code)


def offer_asked(request: HttpRequest, code: str) -> Offer:
    """Wrong codes are counted by address, right ones by offer: a link is for a person, not for a program."""
    address = address_of(request)
    pk = offer_of(code)
    if pk is None:
        GUESSES.failed(address)
        raise NotFound
    GUESSES.check(address)
    PRESSES.failed(pk)
    return offer_shown(pk)


def answered(request: HttpRequest, row: Offer, code: str) -> HttpResponse:
    is_last = bool(request.POST.get("no_more"))
    if request.POST.get("answer") == "accept":
        try:
            offer_accept(offer_id=row.pk)
        except OfferClosed:
            return shown(request, offer_shown(row.pk), code, is_too_late=True)
    else:
        offer_decline(offer_id=row.pk, is_last=is_last)
    return redirect("scheduling:offer", code)


def shown(request: HttpRequest, row: Offer, code: str, *, is_too_late: bool = False) -> HttpResponse:
    refill = row.refill
    may_answer = is_answerable(row, refill) and not is_too_late
    state = "accepted" if row.state == Offer.State.ACCEPTED else "open" if may_answer else "closed"
    if row.state == Offer.State.DECLINED and not is_too_late:
        state = "declined"
    visit = row.appointment
    context: dict[str, Any] = {
        "title": _("Free time"),
        "offer": row,
        "refill": refill,
        "branch": refill.branch,
        "code": code,
        "state": state,
        "until": clock.local(row.expires_at, refill.zone).replace(tzinfo=None) if row.expires_at else None,
        "is_cancelled": bool(visit and not visit.is_occupying),
        "is_waiting": still_waits(row),
    }
    return render(request, PAGE, context, status=410 if state == "closed" else 200)


def still_waits(row: Offer) -> bool:
    entry = row.waiting or row.planned
    return bool(entry and entry.outcome in ("waiting", "planned"))


# Staff


@requires(permissions.SEE)
def refill(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was asked, in which order and why, who is next; a button that stops it (MOON-03)."""
    row = refill_shown(pk, request.user)
    rows = offers_of(row)
    for each in rows:
        each.reasons = [(WHY.get(name, name), points) for name, points in each.why]  # type: ignore[attr-defined]
        each.skipped = SKIPS.get(each.skip_reason, "")  # type: ignore[attr-defined]
    is_panel = request.headers.get("HX-Target") == "panel-body"
    template = "scheduling/refill.html#panel" if is_panel else "scheduling/refill.html"
    return render(request, template, {"title": _("Freed time"), "active": "calls", "refill": row, "offers": rows})


@requires(permissions.BOOK)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    refill_stop(refill_id=pk, actor=request.user)
    return told(Done(toast=_("The offering is stopped, the time is yours"), event="refills"))
