"""A patient's own visit behind its secret link: he sees it, moves it, cancels it (SCH-52)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core import clock
from core.access import PUBLIC, requires
from core.errors import DomainError, NotFound
from core.middleware import address_of
from core.throttle import Limit
from scheduling.models import OnlineBooking, State
from scheduling.online import policies
from scheduling.online.links import link_of
from scheduling.reminders.words import HOLD_MINUTES, TELL_BOOKED
from scheduling.selectors.online import Wanted, booking_by_link, service_of, wanted_of_visit
from scheduling.services.online import (
    alternatives_matter,
    is_changeable,
    is_undoable,
    online_cancel,
    online_move,
)
from scheduling.views.book import first_visit, picked, strip_of

GUESSES = Limit("scheduling.online_guess", 20, timedelta(minutes=15))
PRESSES = Limit("scheduling.online_press", 60, timedelta(minutes=15))


def booking_asked(request: HttpRequest, code: str) -> OnlineBooking:
    """Wrong codes are counted by address, right ones by booking: a link is for a person, not for a program."""
    address = address_of(request)
    GUESSES.check(address)
    booking = booking_by_link(code)
    if booking is None:
        GUESSES.failed(address)
        raise NotFound
    PRESSES.failed(booking.pk)
    return booking


def visit_words(booking: OnlineBooking) -> dict[str, Any]:
    """Only what he has typed and chosen himself: the page is no way into a card."""
    visit = booking.appointment
    return {
        "booking": booking, "visit": visit, "branch": visit.branch, "is_over": visit.starts_at <= clock.now(),
        "is_cancelled": visit.state == State.CANCELLED, "can_change": is_changeable(visit), "can_undo": is_undoable(booking),
        "is_open": visit.state in (State.BOOKED, State.CONFIRMED) and visit.starts_at > clock.now(),
        "change_hours": policies.CHANGE_HOURS.get(), "service": service_of(visit), "silent_minutes": HOLD_MINUTES.get(),
    }  # fmt: skip


@requires(PUBLIC)
@never_cache
def visit(request: HttpRequest, code: str) -> HttpResponse:
    """When, where and with whom; two ways to change it while there is time."""
    booking = booking_asked(request, code)
    context = visit_words(booking) | {
        "title": _("Your visit"), "code": code, "is_new": "new" in request.GET, "link": link_of(booking),
        "will_tell": TELL_BOOKED.get() and booking.wants_reminders, "moved": "moved" in request.GET,
        **first_visit(),
    }  # fmt: skip
    return render(request, "scheduling/book/visit.html", context)


@requires(PUBLIC)
@never_cache
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Asked once more, with what becomes of him; late it says whom to call."""
    booking = booking_asked(request, code)
    if request.method == "POST":
        try:
            online_cancel(booking_id=booking.pk, wants_call=request.POST.get("then") == "call")
        except DomainError:
            return redirect("scheduling:book-visit", code)
        return redirect("scheduling:book-visit", code)
    context = visit_words(booking) | {"title": _("Cancel the visit"), "code": code}
    if not (context["can_change"] or context["can_undo"]):
        return redirect("scheduling:book-visit", code)
    return render(request, "scheduling/book/cancel.html", context)


@requires(PUBLIC)
@never_cache
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Another time, of the same doctor or of his colleagues."""
    booking = booking_asked(request, code)
    if not is_changeable(booking.appointment):
        return redirect("scheduling:book-visit", code)
    is_any = "any" in (request.POST if request.method == "POST" else request.GET)
    wanted = wanted_of_visit(booking.appointment, is_any_doctor=is_any)
    if request.method != "POST":
        return move_shown(request, booking, code, wanted, is_any=is_any)
    doctor, chair, start = picked(request.POST.get("time", ""))
    try:
        online_move(booking_id=booking.pk, wanted=wanted, doctor_id=doctor, chair_id=chair, start=start)
    except DomainError as error:
        if not alternatives_matter(error):
            raise
        return move_shown(request, booking, code, wanted, is_any=is_any, is_lost=True, status=409)
    return redirect(f"{reverse('scheduling:book-visit', args=[code])}?moved=1")


def move_shown(
    request: HttpRequest, booking: OnlineBooking, code: str, wanted: Wanted, *, is_any: bool, is_lost: bool = False,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    base = reverse("scheduling:book-move", args=[code])
    kept = {"any": 1} if is_any else {}
    days = strip_of(
        request,
        wanted,
        lambda **query: f"{base}?{urlencode(kept | query)}",
        leaves_out=(booking.appointment_id,),
        usual=booking.appointment.local_start.date(),
    )
    context = visit_words(booking) | days
    context |= {
        "title": _("Another time"), "code": code, "wanted": wanted, "action": base, "fields": kept, "is_lost": is_lost,
        "any_url": base if is_any else f"{base}?any=1", "is_any": is_any,
    }  # fmt: skip
    return render(request, "scheduling/book/move.html", context, status=status)
