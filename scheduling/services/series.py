"""Repeated visits: independent rows with a common number; one, the following or all are changed together (SCH-44)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core import clock, undo
from core.command import command
from core.errors import DomainError, IllegalMove, Invalid
from scheduling import permissions
from scheduling.models import Appointment, Occupancy, Series, State
from scheduling.rules import Range
from scheduling.selectors.appointments import appointment_get
from scheduling.services.booking import Wish, book_or_refuse
from scheduling.services.leaving import lists_return
from scheduling.services.locking import appointment_locked, series_locked
from scheduling.services.moving import PLACE, place_change, place_of
from scheduling.services.places import place_check_free, place_check_time, range_of, resources_lock
from scheduling.services.states import appointment_cancel

BOOK, MOVE = "scheduling.series_book", "scheduling.series_move"
LONGEST = 60
ONE, FOLLOWING, ALL = "one", "following", "all"


@dataclass(frozen=True, slots=True)
class Skipped:
    date: date
    code: str


@command
def series_book(
    *,
    patient_id: int,
    doctor_id: int,
    chair_id: int,
    starts_at: datetime,
    ends_at: datetime,
    dates: Iterable[date],
    zone: str,
    actor: Any,
    rule: dict[str, Any] | None = None,
    **details: Any,
) -> tuple[list[Appointment], list[Skipped]]:
    """A visit on every date at the same time of day; dates that cannot be booked are skipped and named.

    All of them are locked first, so a series and a drag never wait for each other in a circle. Reverse: undo takes all of
    them back at once (MOON-18), or series_cancel.
    """
    wanted = sorted(set(dates))
    if not 0 < len(wanted) <= LONGEST:
        raise Invalid(fields={"count": _("From 1 to %(most)s visits.") % {"most": LONGEST}})
    resources_lock(chairs=[chair_id], doctors=[doctor_id], patients=[patient_id])
    series = Series.objects.create(rule=rule or {})
    start, length = clock.local(starts_at, zone).timetz().replace(tzinfo=None), ends_at - starts_at
    made, skipped = [], []
    for day in wanted:
        moment = clock.at(day, start, zone)
        try:
            wish = Wish(
                patient_id=patient_id,
                doctor_id=doctor_id,
                chair_id=chair_id,
                visit=range_of(moment, moment + length),
                series_id=series.pk,
                **details,
            )
            made.append(book_or_refuse(wish, actor=actor))
        except DomainError as error:
            if error.status != 409:
                raise
            skipped.append(Skipped(day, error.code))
    if not made:
        series.delete()
    with undo.together(actor, _("Visits booked: %(count)s") % {"count": len(made)}):
        for row in made:
            owned = undo.Owned(Appointment, {"pk": row.pk}, ("state",), back={"state": State.CANCELLED.value})
            undo.made(actor, BOOK, str(row.patient), owned)
    return made, skipped


@undo.inverse(BOOK, permissions.BOOK)
def book_back(step: undo.Step, actor: Any) -> None:
    """Cancelled, and who waited or was planned for it waits and is planned again."""
    row = appointment_cancel(
        appointment_id=step.where[0]["pk"], reason=_("Taken back"), then=Appointment.Then.LOST, actor=actor
    )
    lists_return(row, actor)


def _members(row: Appointment, scope: str, actor: Any) -> list[Appointment]:
    """The visits that a change of one means, under their locks, in order."""
    if scope not in (ONE, FOLLOWING, ALL):
        raise Invalid(fields={"scope": "one|following|all"})
    if scope == ONE or row.series_id is None:
        return [appointment_locked(row.pk, actor)]
    rows = series_locked(row.series_id, actor)
    return [member for member in rows if member.is_open and (scope == ALL or member.starts_at >= row.starts_at)]


@command
def series_move(
    *,
    appointment_id: int,
    scope: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: Any,
    chair_id: int | None = None,
    doctor_id: int | None = None,
) -> list[Appointment]:
    """Move one and those that follow it, or all, by the same days to the same time of day. One clash refuses all."""
    row = appointment_get(appointment_id, actor)
    members = _members(row, scope, actor)
    if not any(member.pk == row.pk for member in members):
        raise IllegalMove(source=row.state, to=row.state)
    chairs = [chair_id, *(member.chair_id for member in members)]
    doctors = [doctor_id, *(member.doctor_id for member in members)]
    resources_lock(chairs=chairs, doctors=doctors, patients=[row.patient_id])
    zone = row.branch.timezone
    days = timedelta(days=(clock.local(starts_at, zone).date() - row.local_start.date()).days)
    start, length = clock.local(starts_at, zone).time(), ends_at - starts_at
    title = _("Move of visits: %(patient)s") % {"patient": row.patient}
    owned = undo.Owned(Appointment, {"pk__in": [member.pk for member in members]}, ("pk", *PLACE))
    with undo.step(actor, MOVE, title, owned):
        wanted = []
        for member in sorted(members, key=lambda each: each.starts_at):
            moment = clock.at(member.local_start.date() + days, start, zone)
            visit = Range(moment, moment + length)
            wanted.append((member, visit, chair_id or member.chair_id, doctor_id or member.doctor_id))
        return _put(wanted, actor)


def _put(wanted: list[tuple[Appointment, Range, int, int]], actor: Any) -> list[Appointment]:
    """Visits into their places, all of which they have left first: none stands in another's way."""
    Occupancy.objects.filter(appointment__in=[member.pk for member, *_place in wanted]).delete()
    moved = []
    for member, visit, chair_id, doctor_id in wanted:
        place = place_of(member, visit=visit, chair_id=chair_id, doctor_id=doctor_id, actor=actor)
        try:
            place_check_time(place)
            place_check_free(place, user_id=actor.pk)
        except DomainError as error:
            error.facts["date"] = str(place.local_date)
            raise
        moved.append(place_change(member, place, actor, is_freed=True))
    return moved


@undo.inverse(MOVE, permissions.BOOK)
def series_move_back(step: undo.Step, actor: Any) -> None:
    """Every visit of the series to the place where it stood."""
    was = {row["pk"]: row for row in step.before[0]}
    members = [appointment_locked(pk, actor) for pk in sorted(was)]
    resources_lock(
        chairs=[*(each.chair_id for each in members), *(row["chair_id"] for row in was.values())],
        doctors=[*(each.doctor_id for each in members), *(row["doctor_id"] for row in was.values())],
        patients=[each.patient_id for each in members],
    )
    wanted = []
    for member in members:
        row = was[member.pk]
        member.own_minutes = row["own_minutes"]
        visit = Range(datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"]))
        wanted.append((member, visit, row["chair_id"], row["doctor_id"]))
    _put(wanted, actor)


@command
def series_cancel(
    *, appointment_id: int, scope: str, reason: str, then: str, actor: Any, plan_on: date | None = None
) -> list[Appointment]:
    """Cancel one, the following or all that are not over yet. Reverse: undo, all of them together (MOON-18)."""
    row = appointment_get(appointment_id, actor)
    members = _members(row, scope, actor)
    resources_lock(
        chairs=[each.chair_id for each in members],
        doctors=[each.doctor_id for each in members],
        patients=[row.patient_id],
    )
    with undo.together(actor, _("Cancellation: %(visit)s") % {"visit": row.patient}):
        return [
            appointment_cancel(
                appointment_id=member.pk, reason=reason, then=then, plan_on=plan_on, is_first=number == 0, actor=actor
            )
            for number, member in enumerate(members)
        ]
