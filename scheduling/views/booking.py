"""The form of a new appointment: the place kept meanwhile, free times to choose from, what to do when it is taken."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.models import Service
from clinic.selectors import chairs_visible_to
from core import clock
from core.access import requires
from core.errors import DomainError
from core.forms import Done, form_page
from scheduling import permissions, services
from scheduling.errors import SlotHeld, SlotTaken
from scheduling.forms import BookingForm, HoldForm
from scheduling.models import Appointment, WaitingEntry
from scheduling.rules import dates_of_series
from scheduling.selectors.choices import doctors_by_id, services_found
from scheduling.selectors.free import Spot
from scheduling.selectors.places import doctor_in_chair
from scheduling.selectors.pools import pools_needed
from scheduling.selectors.search import PARTS, Search, offers_find
from scheduling.selectors.waiting import waiting_now
from scheduling.services.newcomers import newcomer_book
from scheduling.views.asking import (
    branches_asked,
    chair_asked,
    day_typed,
    given,
    moment_of,
    number,
    wall_asked,
)


@requires(permissions.BOOK)
def new(request: HttpRequest) -> HttpResponse:
    """Book a visit: from a place in the grid, from a patient's card, from the waiting list, or from nothing."""
    form = BookingForm(request.POST or None, user=request.user, initial=initial_of(request))
    made: list[Appointment] = []

    def save(valid: Any) -> Done:
        try:
            text = book(request, valid, made)
        except (SlotTaken, SlotHeld) as error:
            valid.alternatives = alternatives_shown(request, error)
            raise
        return Done(toast=text, event="schedule")

    response = form_page(
        request, form, title=_("New appointment"), save=save, template="scheduling/booking.html", active="schedule"
    )
    return announced(response, made)


def initial_of(request: HttpRequest) -> dict[str, Any]:
    """What the address says; without a place the first free one."""
    asked = request.GET
    initial: dict[str, Any] = {"patient": number(asked.get("patient")), "waiting": number(asked.get("waiting"))}
    entry = waiting_asked(request, initial["waiting"])
    if entry:
        wanted = {"patient": entry.patient_id, "services": list(entry.services.all()), "comment": entry.comment}
        initial |= wanted | {"minutes": entry.duration_min}
    initial |= asked_work(asked)
    if phone := asked.get("phone", "")[:20]:
        initial |= {"who": "new", "phone": phone}
    start = wall_asked(asked.get("start", ""))
    if start and number(asked.get("chair")):
        return initial | place_asked(request, start, initial.get("minutes"))
    return initial | first_free(request, initial.get("minutes") or 30, entry)


def asked_work(asked: Any) -> dict[str, Any]:
    """Services and type that a search was for."""
    found: dict[str, Any] = {}
    if services := [pk for text in asked.getlist("services") if (pk := number(text))]:
        found["services"] = services
    if visit_type := number(asked.get("visit_type")):
        found["visit_type"] = visit_type
    return found


def waiting_asked(request: HttpRequest, pk: int | None) -> WaitingEntry | None:
    return waiting_now(request.user).filter(pk=pk).first() if pk else None


def place_asked(request: HttpRequest, start: datetime, minutes: int | None) -> dict[str, Any]:
    """A place of the grid: its chair, its time, and the doctor who works there then."""
    chair = chair_asked(request.user, number(request.GET.get("chair")))
    end = wall_asked(request.GET.get("end", ""))
    length = int((end - start).total_seconds() // 60) if end and end > start else minutes or 30
    starts_at = moment_of(start, chair.branch.timezone)
    doctor_id = number(request.GET.get("doctor")) or doctor_in_chair(
        chair.pk, starts_at, starts_at + timedelta(minutes=length)
    )
    return {"chair": chair.pk, "doctor": doctor_id, "date": start.date(), "start": start.time(), "minutes": length}


def first_free(request: HttpRequest, minutes: int, entry: WaitingEntry | None) -> dict[str, Any]:
    branch = branches_asked(request)[0]
    doctor_id = number(request.GET.get("doctor"))
    wanted = [row.pk for row in entry.doctors.all()] if entry else []
    search = Search(
        length=timedelta(minutes=minutes),
        branches=() if doctor_id else (branch.pk,),
        doctors=(doctor_id,) if doctor_id else tuple(wanted),
        first=day_typed(request.GET.get("date", "")) or clock.today(branch.timezone),
        weekdays=frozenset(entry.weekdays if entry else ()),
        time_from=entry.time_from if entry else None,
        time_to=entry.time_to if entry else None,
        pools=pools_needed(service.pk for service in entry.services.all()) if entry else (),
    )
    spots = offers_find(request.user, search, limit=1)
    if not spots:
        return {"date": clock.today(branch.timezone), "minutes": minutes, "doctor": doctor_id}
    local = clock.local(spots[0].start, spots[0].zone)
    return {
        "doctor": spots[0].doctor_id,
        "chair": spots[0].chair_id,
        "date": local.date(),
        "start": local.time(),
        "minutes": minutes,
    }


def book(request: HttpRequest, form: BookingForm, made: list[Appointment]) -> str:
    """One of the four ways that a filled form can mean; the sentence for the toast."""
    filled, place, details = form.cleaned_data, form.place(), form.details()
    if filled["who"] == "new":
        made.append(newcomer_book(person=form.new_patient(), actor=request.user, **place, **details))
    elif filled["repeat"]:
        return book_series(request, form, made)
    elif filled["waiting"]:
        made.append(services.waiting_book(entry_id=filled["waiting"], actor=request.user, **place, **details))
    else:
        made.append(services.appointment_book(patient_id=filled["patient"].pk, actor=request.user, **place, **details))
    return _("Booked: %(patient)s, %(when)s") % {"patient": made[0].patient.short_name, "when": made[0]}


def book_series(request: HttpRequest, form: BookingForm, made: list[Appointment]) -> str:
    """Dates that cannot be booked are named, so that nobody believes in them."""
    filled, details = form.cleaned_data, form.details()
    rule = {"every": filled["every"] or 1, "unit": filled["repeat"], "count": filled["count"] or 2}
    rows, skipped = services.series_book(
        patient_id=filled["patient"].pk,
        dates=dates_of_series(filled["date"], **rule),
        zone=filled["chair"].branch.timezone,
        rule=rule,
        actor=request.user,
        **form.place(),
        **{**details, "service_ids": tuple(details["service_ids"])},
    )
    made += rows
    if not rows:
        raise SlotTaken(_("None of these dates is free."))
    text = _("%(count)s visits booked") % {"count": len(rows)}
    if not skipped:
        return text
    dates = ", ".join(f"{row.date:%d.%m}" for row in skipped)
    return _("%(text)s; not booked: %(dates)s") % {"text": text, "dates": dates}


def announced(response: HttpResponse, made: list[Appointment]) -> HttpResponse:
    """Tell the calendar behind the panel what it has got."""
    if made and "HX-Trigger" in response:
        said = json.loads(response["HX-Trigger"])
        said["schedule:booked"] = {"ids": [row.pk for row in made], "date": f"{made[0].local_start:%Y-%m-%d}"}
        response["HX-Trigger"] = json.dumps(said)
    return response


def alternatives_shown(request: HttpRequest, error: DomainError) -> list[dict[str, Any]]:
    """The places that a refusal offers, with names."""
    found = error.facts.get("alternatives") or []
    spots = [
        Spot(row["doctor"], row["chair"], datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]), "")
        for row in found
    ]
    return spots_shown(request, spots)


def spots_shown(request: HttpRequest, spots: list[Spot]) -> list[dict[str, Any]]:
    """Free places with names; the wall clock is the chair's branch's."""
    chairs = {row.pk: row for row in chairs_visible_to(request.user).filter(pk__in={spot.chair_id for spot in spots})}
    doctors = doctors_by_id(spot.doctor_id for spot in spots)
    return [
        {
            "doctor": doctors[spot.doctor_id],
            "chair": chairs[spot.chair_id],
            "start": clock.local(spot.start, chairs[spot.chair_id].branch.timezone).replace(tzinfo=None),
            "minutes": int((spot.end - spot.start).total_seconds() // 60),
        }
        for spot in spots
        if spot.chair_id in chairs
    ]


@requires(permissions.SEE)
def free(request: HttpRequest) -> HttpResponse:
    """The nearest free times for an open form, as buttons."""
    asked, branch = request.GET, branches_asked(request)[0]
    doctor_id = number(asked.get("doctor"))
    search = Search(
        length=timedelta(minutes=min(max(number(asked.get("minutes")) or 30, 5), 720)),
        doctors=(doctor_id,) if doctor_id else (),
        branches=() if doctor_id else (branch.pk,),
        patient=number(asked.get("patient")),
        part=asked.get("part", "") if asked.get("part") in PARTS else "",
        first=day_typed(asked.get("date", "")),
        pools=pools_needed(pk for text in asked.getlist("services") if (pk := number(text))),
    )
    spots = offers_find(request.user, search, limit=12)
    return render(request, "scheduling/_free.html", {"spots": spots_shown(request, spots)})


@requires(permissions.SEE)
def service_options(request: HttpRequest) -> JsonResponse:
    """Services for a searched select, with their minutes."""
    rows = services_found(request.GET.get("q", "")[:100])[:30]
    return JsonResponse([service_option(row) for row in rows], safe=False)


def service_option(row: Service) -> dict[str, Any]:
    note = f"{row.code} · {_('%(n)s min') % {'n': row.duration_min}}"
    return {"value": row.pk, "text": str(row), "note": note, "minutes": row.duration_min}


# The place is kept while the form is open (SCH-39)


@requires(permissions.BOOK)
@require_POST
def hold(request: HttpRequest) -> JsonResponse:
    """Keep the place of an open form; the former one is given up."""
    asked = given(request, HoldForm)
    zone = chair_asked(request.user, asked["chair"]).branch.timezone
    made = services.hold_place(
        doctor_id=asked["doctor"],
        chair_id=asked["chair"],
        starts_at=moment_of(asked["start"], zone),
        ends_at=moment_of(asked["end"], zone),
        replaces=asked["replaces"],
        is_takeover=True,
        actor=request.user,
    )
    return JsonResponse({"id": made.pk, "expires_at": made.expires_at.isoformat()}, status=201)


@requires(permissions.BOOK)
@require_POST
def hold_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Extend (`?extend=1`) or give up; a page that is being left can only post."""
    if "extend" in request.GET:
        return JsonResponse({"expires_at": services.hold_extend(hold_id=pk, actor=request.user).expires_at.isoformat()})
    services.hold_release(hold_id=pk, actor=request.user)
    return HttpResponse(status=204)
