"""Shifts: made one by one or by a rule, changed and deleted without losing the patients who are booked in them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from clinic.errors import BranchClosed
from clinic.models import Chair, Staff
from clinic.selectors import opening_hours
from core import clock, live, undo
from core.audit import audit
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.events import publish
from scheduling import audit as said
from scheduling import events
from scheduling.errors import OutsideShift, ShiftHasVisits, ShiftOverlaps, SlotHeld, SlotTaken
from scheduling.models import Appointment, Shift, ShiftRule
from scheduling.rules import Range, dates_of_pattern
from scheduling.selectors.free import Need, alternatives_find
from scheduling.selectors.holidays import holidays_between
from scheduling.selectors.shifts import visits_left_without
from scheduling.services.locking import shift_locked, visits_lock
from scheduling.services.moving import appointment_move
from scheduling.services.places import resources_lock
from scheduling.services.states import appointment_cancel

PATTERNS = ("weekly", "cycle", "even", "odd")
LONGEST = timedelta(hours=24)
LONGEST_RULE = 366 * 2  # days
# What becomes of visits that lose their shift: they stay, follow the shift, move to free places, or are cancelled.
KEEP, FOLLOW, RESEAT = "keep", "follow", "reseat"
THEN = (KEEP, FOLLOW, RESEAT, *Appointment.Then.values)


class Skipped(NamedTuple):
    date: date
    code: str


def _working(doctor_id: int, chair_id: int, actor: Any) -> tuple[Staff, Chair]:
    """A doctor who may work in the chair's branch, and the chair; NotFound otherwise (SCH-36)."""
    chair = Chair.objects.live().select_related("branch").filter(pk=chair_id, branch_id__in=actor.branch_ids).first()
    doctor = Staff.objects.live().filter(pk=doctor_id, is_doctor=True).first()
    if chair is None or doctor is None:
        raise NotFound
    own = set(doctor.branches.values_list("pk", flat=True))
    if own and chair.branch_id not in own:
        raise Invalid(fields={"doctor": _("This doctor does not work in the branch of this chair.")})
    return doctor, chair


def _range(starts_at: datetime, ends_at: datetime) -> Range:
    if ends_at <= starts_at:
        raise Invalid(fields={"end": _("The end must be after the start.")})
    if ends_at - starts_at > LONGEST:
        raise Invalid(fields={"end": _("A shift lasts a day at most.")})
    return Range(starts_at, ends_at)


@command
def shift_create(*, doctor_id: int, chair_id: int, starts_at: datetime, ends_at: datetime, actor: Any) -> Shift:
    """A doctor works in a chair (SCH-17). One chair has one shift at a time. Reverse: shift_delete."""
    during = _range(starts_at, ends_at)
    doctor, chair = _working(doctor_id, chair_id, actor)
    resources_lock(chairs=[chair_id], doctors=[doctor_id])
    _check_free(chair_id, during)
    made = Shift.objects.create(doctor=doctor, chair=chair, starts_at=during.start, ends_at=during.end)
    audit(actor, said.SHIFT_CREATED, made, branch_id=chair.branch_id, **_words(made))
    _tell(made)
    return made


def _check_free(chair_id: int, during: Range, *, except_shift: int | None = None) -> None:
    clash = (
        Shift.objects.filter(chair_id=chair_id, starts_at__lt=during.end, ends_at__gt=during.start)
        .exclude(pk=except_shift)
        .first()
    )
    if clash:
        raise ShiftOverlaps(shift=clash.pk, doctor=clash.doctor_id)


def _words(shift: Shift) -> dict[str, str]:
    return {"doctor": str(shift.doctor), "chair": str(shift.chair), "when": str(shift)}


def _tell(*shifts: Shift) -> None:
    for shift in shifts:
        zone = shift.chair.branch.timezone
        publish(
            events.ShiftsChanged(
                doctor_id=shift.doctor_id,
                branch_id=shift.chair.branch_id,
                first_date=clock.local(shift.starts_at, zone).date().isoformat(),
                last_date=clock.local(shift.ends_at, zone).date().isoformat(),
            )
        )
        live.announce("shift", shift.pk, branch_id=shift.chair.branch_id, version=shift.version)


@command
def shifts_generate(
    *,
    doctor_id: int,
    chair_id: int,
    weekdays: Iterable[int],
    first: date,
    last: date,
    start_time: time,
    end_time: time,
    every_weeks: int = 1,
    pattern: str = "weekly",
    days_on: int = 2,
    days_off: int = 2,
    except_days: Iterable[date] = (),
    skip_holidays: bool = False,
    actor: Any,
) -> tuple[list[Shift], list[Skipped]]:
    """Dated shifts by a rule: days of the week, so many on and off, even or odd dates (SCH-17).

    Exceptions are left out in silence. Dates of public holidays, those when the branch is closed or the chair is taken
    are skipped and named.

    The rows are the truth, the rule is only kept to know where they come from. Reverse: shift_delete of each.
    """
    weekdays = sorted(set(weekdays))
    _check_rule(weekdays if pattern == "weekly" else [0], first, last, start_time, end_time)
    if pattern not in PATTERNS or not (0 < days_on < 32 and 0 < days_off < 32):
        raise Invalid(fields={"pattern": _("Choose how the days alternate.")})
    left_out = set(except_days)
    doctor, chair = _working(doctor_id, chair_id, actor)
    resources_lock(chairs=[chair_id], doctors=[doctor_id])
    zone = chair.branch.timezone
    hours = opening_hours(chair.branch, first, last)
    bounds = clock.day_bounds(first, last, zone)
    others = [
        Range(*row)
        for row in Shift.objects.filter(chair_id=chair_id, starts_at__lt=bounds[1], ends_at__gt=bounds[0]).values_list(
            "starts_at", "ends_at"
        )
    ]
    rule = ShiftRule.objects.create(
        doctor=doctor,
        chair=chair,
        weekdays=weekdays,
        first_date=first,
        last_date=last,
        start_time=start_time,
        end_time=end_time,
        every_weeks=every_weeks,
        pattern=pattern,
        details={
            "days_on": days_on, "days_off": days_off, "skip_holidays": skip_holidays,
            "except": [day.isoformat() for day in sorted(left_out)],
        },
    )  # fmt: skip
    resting = holidays_between(first, last) if skip_holidays else set()
    made: list[Shift] = []
    skipped: list[Skipped] = []
    days = dates_of_pattern(
        pattern, first, last, weekdays=weekdays, every_weeks=every_weeks, on=days_on, off=days_off
    )  # fmt: skip
    for day in days:
        if day in left_out:
            continue
        during = Range(clock.at(day, start_time, zone), clock.at(day, end_time, zone))
        if day in resting:
            skipped.append(Skipped(day, "holiday"))
        elif hours[day] is None:
            skipped.append(Skipped(day, BranchClosed.code))
        elif any(during.overlaps(other) for other in others):
            skipped.append(Skipped(day, ShiftOverlaps.code))
        else:
            made.append(Shift(doctor=doctor, chair=chair, starts_at=during.start, ends_at=during.end, rule=rule))
    made = Shift.objects.bulk_create(made)
    _say_generated(made, skipped, doctor, chair, actor)
    return made, skipped


def _check_rule(weekdays: list[int], first: date, last: date, start_time: time, end_time: time) -> None:
    wrong: dict[str, Any] = {}
    if not weekdays or not set(weekdays) <= set(range(7)):
        wrong["weekdays"] = _("Choose days of the week, 0 is Monday.")
    if last < first:
        wrong["to"] = _("The last day must not be before the first.")
    elif (last - first).days > LONGEST_RULE:
        wrong["to"] = _("A rule makes shifts for two years at most.")
    if end_time <= start_time:
        wrong["end_time"] = _("The end must be after the start.")
    if wrong:
        raise Invalid(fields=wrong)


def _say_generated(made: list[Shift], skipped: list[Skipped], doctor: Staff, chair: Chair, actor: Any) -> None:
    if not made:
        return
    audit(
        actor,
        said.SHIFTS_GENERATED,
        made[0],
        branch_id=chair.branch_id,
        created=len(made),
        skipped=len(skipped),
        doctor=str(doctor),
    )
    zone = chair.branch.timezone
    publish(
        events.ShiftsChanged(
            doctor_id=doctor.pk,
            branch_id=chair.branch_id,
            first_date=clock.local(made[0].starts_at, zone).date().isoformat(),
            last_date=clock.local(made[-1].ends_at, zone).date().isoformat(),
        )
    )
    live.announce("shift", made[0].pk, branch_id=chair.branch_id)


@command
def shift_change(
    *,
    shift_id: int,
    actor: Any,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    chair_id: int | None = None,
    doctor_id: int | None = None,
    then: str = "",
    expected_version: int | None = None,
) -> Shift:
    """Another time, chair or doctor (SCH-18). Visits that would be left without it need a `then`."""
    shift = shift_locked(shift_id, actor)
    check_version(expected_version, shift.version)
    during = _range(starts_at or shift.starts_at, ends_at or shift.ends_at)
    doctor, chair = _working(doctor_id or shift.doctor_id, chair_id or shift.chair_id, actor)
    is_same_place = (doctor.pk, chair.pk) == (shift.doctor_id, shift.chair_id)
    covered = [during] if is_same_place else []
    patients = visits_lock(shift)
    resources_lock(
        chairs=[shift.chair_id, chair.pk],
        doctors=[shift.doctor_id, doctor.pk],
        patients=patients,
    )
    left = visits_left_without(shift, covered)
    _check_then(left, then)
    _check_free(chair.pk, during, except_shift=shift.pk)
    before = Shift(doctor=shift.doctor, chair=shift.chair, starts_at=shift.starts_at, ends_at=shift.ends_at)
    shift.doctor, shift.chair, shift.starts_at, shift.ends_at = doctor, chair, during.start, during.end
    shift.version += 1
    shift.save()
    visits_settle(left, then, actor, follow=(before, shift))
    audit(actor, said.SHIFT_CHANGED, shift, branch_id=chair.branch_id, old=_words(before)["when"], **_words(shift))
    _tell(before, shift)
    return shift


@command
def shift_delete(*, shift_id: int, actor: Any, then: str = "", expected_version: int | None = None) -> None:
    """Take a shift away (SCH-18). Visits in it need a `then`. Reverse: shift_create."""
    shift = shift_locked(shift_id, actor)
    check_version(expected_version, shift.version)
    patients = visits_lock(shift)
    resources_lock(chairs=[shift.chair_id], doctors=[shift.doctor_id], patients=patients)
    left = visits_left_without(shift)
    _check_then(left, then if then != FOLLOW else "")
    pk, words = shift.pk, _words(shift)
    shift.delete()
    shift.pk = pk
    visits_settle(left, then, actor)
    audit(actor, said.SHIFT_DELETED, shift, branch_id=shift.chair.branch_id, **words)
    _tell(shift)


def _check_then(left: list[Appointment], then: str) -> None:
    if then and then not in THEN:
        raise Invalid(fields={"then": _("Choose what is next: %(choices)s.") % {"choices": ", ".join(THEN)}})
    if left and not then:
        raise ShiftHasVisits(appointments=[row.pk for row in left])


def visits_settle(left: list[Appointment], then: str, actor: Any, *, follow: tuple[Shift, Shift] | None = None) -> None:
    """Do with the visits what was chosen; one that cannot be helped refuses the whole change.

    Their moves are parts of the shift's change: undo does not take them back one by one.
    """
    with undo.quiet():
        _settle(left, then, actor, follow)


def _settle(left: list[Appointment], then: str, actor: Any, follow: tuple[Shift, Shift] | None) -> None:
    for visit in left:
        if then == FOLLOW and follow:
            _follow(visit, *follow, actor)
        elif then == RESEAT:
            _reseat(visit, actor)
        elif then in Appointment.Then.values:
            appointment_cancel(
                appointment_id=visit.pk, reason=_("The doctor's shift was changed"), then=then, actor=actor
            )


def _follow(visit: Appointment, before: Shift, after: Shift, actor: Any) -> None:
    """The patient goes with the shift: the same distance in time, its chair, its doctor."""
    shifted = after.starts_at - before.starts_at
    try:
        appointment_move(
            appointment_id=visit.pk,
            starts_at=visit.starts_at + shifted,
            ends_at=visit.ends_at + shifted,
            chair_id=after.chair_id,
            doctor_id=after.doctor_id,
            actor=actor,
        )
    except (SlotTaken, SlotHeld, OutsideShift, BranchClosed) as error:
        raise ShiftHasVisits(appointments=[visit.pk], because=error.code) from error


def _reseat(visit: Appointment, actor: Any) -> None:
    """The nearest free place, the same doctor's first."""
    during = Range(visit.starts_at, visit.ends_at)
    need = Need(during.length, (), visit.own_minutes, visit.patient_id, actor.pk, frozenset([visit.pk]))
    for spot in alternatives_find(need, visit=during, doctor_id=visit.doctor_id, chair_id=visit.chair_id, user=actor):
        try:
            appointment_move(
                appointment_id=visit.pk,
                starts_at=spot.start,
                ends_at=spot.end,
                chair_id=spot.chair_id,
                doctor_id=spot.doctor_id,
                actor=actor,
            )
        except (SlotTaken, SlotHeld):
            continue
        return
    raise ShiftHasVisits(_("There is no free place for %(visit)s.") % {"visit": visit.patient}, appointments=[visit.pk])
