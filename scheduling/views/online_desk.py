"""The reception's side of online booking: a booking beside the cards it may belong to, links for the clinic's site."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import is_allowed, requires
from core.forms import Done, form_page, told
from core.permissions import SEE_SETTINGS
from patients import selectors as cards
from scheduling import permissions
from scheduling.models import OnlineBooking, State
from scheduling.offers.links import public_address
from scheduling.online import policies
from scheduling.online.desk_forms import RuleForm
from scheduling.selectors.online import (
    EXAMINATION,
    booking_get,
    branches_offered,
    cards_like,
    doctors_offered,
    rule_of,
    services_offered,
)
from scheduling.services import online_desk as services


@requires(permissions.SEE)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """What was typed, whose card it may be, what the first visit asks for, and two answers."""
    booking = booking_get(pk, request.user)
    is_panel = request.headers.get("HX-Target") == "panel-body"
    template = "scheduling/online_booking.html#panel" if is_panel else "scheduling/online_booking.html"
    visit = booking.appointment
    context = {
        "title": _("Online booking"), "active": "schedule", "booking": booking, "visit": visit,
        "alike": cards_like(booking, request.user), "is_open": visit.state in (State.BOOKED, State.CONFIRMED),
        "may_book": is_allowed(request.user, permissions.BOOK), "tone": TONES[booking.person],
    }  # fmt: skip
    return render(request, template, context)


TONES = {OnlineBooking.Person.MATCHED: "green", OnlineBooking.Person.NEW: "blue", OnlineBooking.Person.UNCLEAR: "amber"}


@requires(permissions.BOOK)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Looked at, and with `confirm` the visit stands as confirmed."""
    is_confirmed = request.POST.get("confirm") == "1"
    services.online_check(booking_id=pk, actor=request.user, is_confirmed=is_confirmed)
    return told(Done(toast=_("Confirmed") if is_confirmed else _("Checked"), event="visit"))


@requires(permissions.BOOK)
@require_POST
def uncheck(request: HttpRequest, pk: int) -> HttpResponse:
    services.online_uncheck(booking_id=pk, actor=request.user)
    return told(Done(toast=_("Back in the queue"), event="visit"))


@requires(permissions.BOOK)
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """May this patient book online, and without a deposit (SCH-51)?"""
    patient = cards.patient_get(request.user, pk)
    standing = rule_of(pk)
    initial = {"choice": standing.choice, "note": standing.note} if standing else {}

    def save(form: Any) -> Done:
        services.online_rule_set(patient_id=pk, actor=request.user, **form.cleaned_data)
        return Done(url=patient.get_absolute_url(), toast=_("Saved"), event="patient")

    return form_page(
        request, RuleForm(request.POST or None, initial=initial), title=_("Online booking"), subtitle=patient.full_name, save=save
    )  # fmt: skip


@requires(SEE_SETTINGS)
def links(request: HttpRequest) -> HttpResponse:
    """Addresses that a clinic puts on its site: of a branch, a service, a doctor."""
    base = reverse("scheduling:book")

    def link(**query: Any) -> str:
        return f"{public_address()}{base}{'?' + urlencode(query) if query else ''}"

    branches = branches_offered()
    services_shown = services_offered() if branches else []
    shelves = [
        {
            "branch": branch, "link": link(branch=branch.pk),
            "services": [(str(row), link(branch=branch.pk, service=row.pk)) for row in services_shown],
            "doctors": [
                (row.short_name, link(branch=branch.pk, service=EXAMINATION, doctor=row.pk))
                for row in doctors_offered(branch, None)
            ],
        }
        for branch in branches
    ]  # fmt: skip
    context = {
        "title": _("Links of online booking"),
        "active": "settings",
        "link": link(),
        "page": base,
        "shelves": shelves,
    }
    return render(request, "scheduling/online_links.html", context | {"is_on": policies.ON.get()})
