"""One visit: its page and panel, dragging, statuses, moving, cancelling and its undo."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.access import is_allowed, requires
from core.audit import REGISTRY as SENTENCES
from core.audit import record_feed, text_of
from core.errors import Invalid
from core.forms import Done, form_page, given_version, told
from patients.permissions import EDIT as EDIT_CARD
from patients.selectors import (
    badges_for,
    card_page,
    card_template,
    compartments_of,
    missing_on_arrival,
    patient_get,
)
from scheduling import permissions, services
from scheduling.badges import label_of
from scheduling.drawing import rights_drawn, visit_drawn
from scheduling.errors import SlotHeld, SlotTaken
from scheduling.forms import BackForm, CancelForm, DragForm, MoveForm, StepForm, VisitForm, labels_by_state
from scheduling.models import Appointment, State
from scheduling.rules import BACK, steps_from
from scheduling.selectors.appointments import (
    appointment_shown,
    appointments_of_series,
    appointments_visible_to,
    patient_statistics,
    patient_visits,
)
from scheduling.selectors.calendar import visits_drawn
from scheduling.selectors.places import doctor_in_chair
from scheduling.services.series import ONE
from scheduling.slots import ACTIONS, NOTES, badges_of, marks_of
from scheduling.views.asking import chair_asked, given, moment_of
from scheduling.views.booking import alternatives_shown


@requires(permissions.SEE)
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, marks, steps and the whole story of a visit; a page, or a panel over the calendar."""
    row = appointment_shown(pk, request.user)
    is_panel = request.headers.get("HX-Target") == "panel-body"
    template = "scheduling/appointment.html#panel" if is_panel else "scheduling/appointment.html"
    return render(
        request, template, {"title": row.patient.full_name, "active": "schedule", **visit_page(row, request.user)}
    )


def visit_page(row: Appointment, user: Any) -> dict[str, Any]:
    may_step = is_allowed(user, permissions.SET_STATE)
    labels = labels_by_state()
    return {
        "visit": row,
        "label": label_of(row),
        "badges": badges_of([row], user).get(row.pk, []),
        "patient_badges": badges_for([row.patient], user).get(row.patient_id, []),
        "notes": NOTES.gather([row], user).get(row.pk, []),
        "steps": [(state, State(state).label, labels.get(state, [])) for state in steps_from(row.state)]
        if may_step
        else [],
        "ways_back": [(state, State(state).label) for state in sorted(BACK.get(row.state, ()))] if may_step else [],
        "visit_actions": ACTIONS.gather([row], user).get(row.pk, []),
        "rights": rights_drawn(user),
        "siblings": list(appointments_of_series(row.series_id)),
        "events": [event_of(entry) for entry in record_feed(row, compartments_of(user))[:60]],
    }


def event_of(entry: Any) -> dict[str, Any]:
    declared = SENTENCES.get(entry.code)
    look = {"icon": declared.icon, "tone": declared.tone} if declared else {}
    return {"title": text_of(entry), "by": entry.actor_name, "at": entry.at, **look}


@requires(permissions.SEE)
def patient_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """Every visit of a patient on his card (PAT-35)."""
    patient = patient_get(request.user, pk)
    rows = list(patient_visits(pk, request.user)[:200])
    context = {
        "body": "scheduling/_patient_visits.html",
        "ahead": [row for row in reversed(rows) if row.is_open and row.starts_at >= clock.now()],
        "rest": [row for row in rows if not (row.is_open and row.starts_at >= clock.now())],
        "statistics": patient_statistics(pk, request.user),
        "may_book": is_allowed(request.user, permissions.BOOK),
    }
    return render(request, card_template(request), {**card_page(patient, request.user, "visits"), **context})


# From the grid


@requires(permissions.BOOK)
@require_POST
def drag(request: HttpRequest, pk: int) -> JsonResponse:
    """A visit in a new place of the grid; where another doctor works it goes to him (SCH-07, SCH-11)."""
    asked = given(request, DragForm)
    chair = chair_asked(request.user, asked["chair"])
    start, end = (moment_of(asked[name], chair.branch.timezone) for name in ("start", "end"))
    before = appointment_shown(pk, request.user)
    doctor_id = asked["doctor"] or doctor_in_chair(chair.pk, start, end, prefer=before.doctor_id)
    services.appointment_move(
        appointment_id=pk,
        starts_at=start,
        ends_at=end,
        chair_id=chair.pk,
        doctor_id=doctor_id,
        expected_version=asked["version"],
        actor=request.user,
    )
    return JsonResponse(as_drawn(request, pk))


def as_drawn(request: HttpRequest, pk: int) -> dict[str, Any]:
    row = visits_drawn(appointments_visible_to(request.user).filter(pk=pk)).get()
    notes = NOTES.gather([row], request.user).get(pk, [])
    return visit_drawn(row, marks_of([row], request.user).get(pk, []), notes)


@requires(permissions.SET_STATE)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """A status from a menu (JSON), or from a button of the visit's page (a form)."""
    is_json = request.content_type == "application/json"
    asked = given(request, StepForm) if is_json else posted(StepForm(request.POST))
    row = services.appointment_step(
        appointment_id=pk,
        state=asked["state"],
        label_id=asked["label"],
        reason=asked["reason"],
        is_walking=True,
        expected_version=asked["version"],
        actor=request.user,
    )
    if is_json:
        return JsonResponse({**as_drawn(request, pk), "papers": papers_wanted(request, row)})
    return after(request, row, _("Status: %(label)s") % {"label": label_of(row)})


def papers_wanted(request: HttpRequest, row: Appointment) -> str:
    """Who has just come and lacks documents: the screen to fill them in (PAT-36)."""
    if row.state != State.ARRIVED or not is_allowed(request.user, EDIT_CARD):
        return ""
    return reverse("patients:arrival", args=[row.patient_id]) if missing_on_arrival(row.patient) else ""


def posted(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid(fields={name: list(texts) for name, texts in form.errors.items()})
    return form.cleaned_data


def after(request: HttpRequest, row: Appointment, toast: str) -> HttpResponse:
    """A button of a visit: the panel and the page behind it show the new state."""
    if not request.headers.get("HX-Request"):
        return redirect(row.get_absolute_url())
    said = {
        "toast": {"text": quote(toast), "tone": "green"},
        "schedule:changed": {"ids": [row.pk]},
        "visit:changed": "",
    }
    if address := papers_wanted(request, row):
        said["panel:open"] = {"url": address}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(said)})


# Forms of the panel


@requires(permissions.SEE, write=permissions.BOOK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Services, type, comment, the doctor's own minutes."""
    row = appointment_shown(pk, request.user)
    initial = {name: getattr(row, name) for name in ("visit_type", "own_minutes", "comment")}
    form = VisitForm(request.POST or None, initial={**initial, "services": list(row.services.all())})

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        services.appointment_change(
            appointment_id=pk,
            service_ids=[service.pk for service in filled["services"]],
            visit_type_id=filled["visit_type"].pk if filled["visit_type"] else None,
            own_minutes=filled["own_minutes"],
            comment=filled["comment"],
            expected_version=given_version(request),
            actor=request.user,
        )
        return Done(row.get_absolute_url(), _("Saved"), "schedule")

    return form_page(
        request, form, title=row.patient.full_name, subtitle=str(row), save=save, current=row, active="schedule"
    )


@requires(permissions.SEE, write=permissions.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another day, time, chair or doctor; nearest free times are offered (SCH-10)."""
    row = appointment_shown(pk, request.user)
    local = row.local_start
    initial = {
        "doctor": row.doctor_id,
        "chair": row.chair_id,
        "date": local.date(),
        "start": local.time(),
        "minutes": row.minutes,
    }
    form = MoveForm(request.POST or None, user=request.user, is_series=bool(row.series_id), initial=initial)

    def save(valid: Any) -> Done:
        try:
            moved = move_by(request, pk, valid)
        except (SlotTaken, SlotHeld) as error:
            valid.alternatives = alternatives_shown(request, error)
            raise
        return Done(row.get_absolute_url(), _("Moved: %(when)s") % {"when": moved}, "schedule")

    return form_page(
        request, form, title=_("Move the appointment"), subtitle=f"{row.patient.full_name}, {row}", save=save, current=row,
        template="scheduling/move.html", visit=row, active="schedule",
    )  # fmt: skip


def move_by(request: HttpRequest, pk: int, form: MoveForm) -> Appointment:
    scope = form.cleaned_data.get("scope") or ONE
    if scope == ONE:
        return services.appointment_move(
            appointment_id=pk, actor=request.user, expected_version=given_version(request), **form.place()
        )
    return services.series_move(appointment_id=pk, scope=scope, actor=request.user, **form.place())[0]


@requires(permissions.SEE, write=permissions.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Why, and what is next for the patient (SCH-08, SCH-43); one visit, the following or the whole series."""
    row = appointment_shown(pk, request.user)
    form = CancelForm(request.POST or None, is_series=bool(row.series_id))

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        scope = filled.get("scope") or ONE
        services.series_cancel(
            appointment_id=pk,
            scope=scope,
            reason=filled["reason"],
            then=filled["then"],
            plan_on=filled["plan_on"],
            actor=request.user,
        )
        return Done(after_cancel(row, filled["then"]), "", "schedule")

    response = form_page(
        request, form, title=_("Cancel the appointment"), subtitle=f"{row.patient.full_name}, {row}", save=save,
        template="scheduling/cancel.html", visit=row, active="schedule",
    )  # fmt: skip
    return with_undo(response, row, form)


def after_cancel(row: Appointment, then: str) -> str:
    """Who shall be booked anew is, at once: the search opens for him."""
    if then == Appointment.Then.REBOOK:
        return f"{reverse('scheduling:search')}?{urlencode({'patient': row.patient_id, 'doctor': row.doctor_id})}"
    return row.get_absolute_url()


def with_undo(response: HttpResponse, row: Appointment, form: CancelForm) -> HttpResponse:
    """The calendar shows a toast that takes the cancelling back."""
    if "HX-Trigger" in response and (form.cleaned_data.get("scope") or ONE) == ONE:
        said = json.loads(response["HX-Trigger"])
        said["schedule:cancelled"] = {"id": row.pk, "url": reverse("scheduling:appointment-uncancel", args=[row.pk])}
        response["HX-Trigger"] = json.dumps(said)
    return response


@requires(permissions.BOOK)
@require_POST
def uncancel(request: HttpRequest, pk: int) -> HttpResponse:
    """The undo of a cancelling: back to its place, if nobody has it yet."""
    services.appointment_set_state(
        appointment_id=pk, state=State.BOOKED, reason=_("Cancelled by mistake"), actor=request.user
    )
    return told(Done(toast=_("The appointment is back"), event="schedule"))


@requires(permissions.SEE, write=permissions.SET_STATE)
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """A step back, with a reason."""
    row = appointment_shown(pk, request.user)
    form = BackForm(request.POST or None, initial={"state": request.GET.get("state", "")})

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        services.appointment_set_state(
            appointment_id=pk, state=filled["state"], reason=filled["reason"], actor=request.user
        )
        return Done(row.get_absolute_url(), _("The visit is put back"), "schedule")

    return form_page(
        request,
        form,
        title=_("Put the visit back"),
        subtitle=f"{row.patient.full_name}, {row}",
        save=save,
        active="schedule",
    )
