"""Working time and blocked time: forms of the panel, dragging in the grid."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.access import requires
from core.forms import Done, form_page, told
from scheduling import permissions, services
from scheduling.forms import BlockForm, DragForm, ShiftForm, ThenForm
from scheduling.models import Appointment, Block
from scheduling.selectors.calendar import block_shown
from scheduling.selectors.shifts import shift_shown, visits_left_without
from scheduling.services.shifts import FOLLOW, KEEP, RESEAT
from scheduling.views.asking import chair_asked, given, moment_of, number, wall_asked

WORDS = {
    RESEAT: gettext_lazy("Seat them at the nearest free time, with the same doctor if he has one"),
    FOLLOW: gettext_lazy("They go with the shift: same distance in time, new chair and doctor"),
    KEEP: gettext_lazy("They stay where they are, without a shift"),
    Appointment.Then.REBOOK: gettext_lazy("Cancel them and call to rebook"),
    Appointment.Then.WAIT: gettext_lazy("Cancel them and put them on the waiting list"),
}


@requires(permissions.EDIT_SHIFTS)
def new(request: HttpRequest) -> HttpResponse:
    """One date, or a weekly rule until a date (SCH-17)."""
    form = ShiftForm(request.POST or None, user=request.user, initial=initial_of(request))

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        if rule := valid.rule():
            return Done(toast=generate(request, filled, rule), event="schedule")
        services.shift_create(
            doctor_id=filled["doctor"].pk, chair_id=filled["chair"].pk, actor=request.user, **valid.moments()
        )
        return Done(toast=_("Working time added"), event="schedule")

    return form_page(
        request, form, title=_("Working time"), save=save, draft="", template="scheduling/shift.html", active="schedule"
    )


def initial_of(request: HttpRequest) -> dict[str, Any]:
    start, end = (wall_asked(request.GET.get(name, "")) for name in ("start", "end"))
    initial: dict[str, Any] = {"chair": number(request.GET.get("chair")), "doctor": number(request.GET.get("doctor"))}
    if start:
        initial |= {"date": start.date(), "start": start.time()}
    if end:
        initial["end"] = end.time()
    return initial


def generate(request: HttpRequest, filled: dict[str, Any], rule: dict[str, Any]) -> str:
    made, skipped = services.shifts_generate(
        doctor_id=filled["doctor"].pk,
        chair_id=filled["chair"].pk,
        first=filled["date"],
        last=filled["until"],
        start_time=filled["start"],
        end_time=filled["end"],
        every_weeks=filled["every_weeks"] or 1,
        **rule,
        actor=request.user,
    )
    text = _("Shifts made: %(count)s") % {"count": len(made)}
    if not skipped:
        return text
    dates = ", ".join(f"{row.date:%d.%m}" for row in skipped[:8]) + ("…" if len(skipped) > 8 else "")
    return _("%(text)s; skipped, closed, taken or holidays: %(dates)s") % {"text": text, "dates": dates}


@requires(permissions.EDIT_SHIFTS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Other hours, chair or doctor; visits that would be left without it ask what becomes of them."""
    shift = shift_shown(pk, request.user)
    start, end = shift.local_start, shift.local_end
    initial = {
        "doctor": shift.doctor_id,
        "chair": shift.chair_id,
        "date": start.date(),
        "start": start.time(),
        "end": end.time(),
    }
    form = ShiftForm(request.POST or None, user=request.user, shift=shift, initial=initial)

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        services.shift_change(
            shift_id=pk,
            doctor_id=filled["doctor"].pk,
            chair_id=filled["chair"].pk,
            then=request.POST.get("then", ""),
            actor=request.user,
            **valid.moments(),
        )
        return Done(toast=_("Shift changed"), event="schedule")

    return form_page(
        request, form, title=_("Change the shift"), subtitle=f"{shift.doctor}, {shift}", save=save,
        template="scheduling/shift.html", choices=choices(FOLLOW, RESEAT, KEEP, Appointment.Then.REBOOK),
        visits=visits_left_without(shift), shift=shift, active="schedule",
    )  # fmt: skip


def choices(*names: str) -> list[tuple[str, Any]]:
    return [(name, WORDS[name]) for name in names]


@requires(permissions.EDIT_SHIFTS)
@require_POST
def drag(request: HttpRequest, pk: int) -> JsonResponse:
    """A shift in a new place of the grid; 409 shift_has_visits lets the script ask what becomes of the patients."""
    asked = given(request, DragForm)
    chair = chair_asked(request.user, asked["chair"])
    row = services.shift_change(
        shift_id=pk,
        starts_at=moment_of(asked["start"], chair.branch.timezone),
        ends_at=moment_of(asked["end"], chair.branch.timezone),
        chair_id=chair.pk,
        then=asked["then"],
        expected_version=asked["version"],
        actor=request.user,
    )
    return JsonResponse({"id": row.pk, "version": row.version})


@requires(permissions.EDIT_SHIFTS)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it hits, and what becomes of them; without patients one press."""
    shift = shift_shown(pk, request.user)
    visits = visits_left_without(shift)
    options = choices(RESEAT, Appointment.Then.REBOOK, Appointment.Then.WAIT, KEEP) if visits else []
    form: Any = ThenForm(request.POST if request.method == "POST" else None, choices=options)
    if not visits:
        del form.fields["then"]

    def save(valid: Any) -> Done:
        services.shift_delete(shift_id=pk, then=valid.cleaned_data.get("then", ""), actor=request.user)
        return Done(toast=_("Shift deleted"), event="schedule")

    return form_page(
        request, form, title=_("Delete the shift"), subtitle=f"{shift.doctor}, {shift}", save=save, visits=visits,
        template="scheduling/shift_delete.html", shift=shift, active="schedule",
    )  # fmt: skip


# Blocked time


@requires(permissions.BLOCK)
def block_new(request: HttpRequest) -> HttpResponse:
    """Lunch, meeting, repair; or time kept for emergencies and first visits (SCH-55)."""
    initial = initial_of(request)
    initial.pop("doctor")
    return block_form(request, None, initial)


@requires(permissions.BLOCK)
def block_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = block_shown(pk, request.user)
    start, end = row.local_start, row.local_end
    places = {"chair": row.chair_id, "doctor": row.doctor_id}
    times = {"date": start.date(), "start": start.time(), "end": end.time()}
    return block_form(request, row, {"kind": row.kind, "note": row.note, **places, **times})


def block_form(request: HttpRequest, row: Block | None, initial: dict[str, Any]) -> HttpResponse:
    form = BlockForm(request.POST or None, user=request.user, branch=request.branch, initial=initial)  # type: ignore[attr-defined]

    def save(valid: Any) -> Done:
        filled = valid.cleaned_data
        common = {"kind": filled["kind"], "note": filled["note"], "actor": request.user, **valid.moments()}
        chair_id = filled["chair"].pk if filled["chair"] else None
        if row:
            services.block_change(block_id=row.pk, chair_id=chair_id, **common)
        else:
            doctor_id = filled["doctor"].pk if filled["doctor"] else None
            services.block_create(chair_id=chair_id, doctor_id=doctor_id, **common)
        return Done(toast=_("Time is blocked"), event="schedule")

    return form_page(request, form, title=_("Block time"), save=save, active="schedule")


@requires(permissions.BLOCK)
@require_POST
def block_drag(request: HttpRequest, pk: int) -> JsonResponse:
    asked = given(request, DragForm)
    chair = chair_asked(request.user, asked["chair"])
    row = services.block_change(
        block_id=pk,
        starts_at=moment_of(asked["start"], chair.branch.timezone),
        ends_at=moment_of(asked["end"], chair.branch.timezone),
        chair_id=chair.pk,
        actor=request.user,
    )
    return JsonResponse({"id": row.pk})


@requires(permissions.BLOCK)
@require_POST
def block_delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.block_delete(block_id=pk, actor=request.user)
    return told(Done(toast=_("The time is free"), event="schedule"))
