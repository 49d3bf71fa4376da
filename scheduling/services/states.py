"""Steps of a visit, forward, back and out."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core import clock, undo
from core.audit import audit
from core.command import check_version, command
from core.errors import IllegalMove, Invalid
from core.events import publish
from scheduling import audit as said
from scheduling import events, policies, rules
from scheduling.errors import BackRefused
from scheduling.models import Appointment, State, StatusLabel
from scheduling.reminders.words import is_silent
from scheduling.rules import Range
from scheduling.services.booking import iso, tell
from scheduling.services.leaving import then_apply, then_undo
from scheduling.services.locking import appointment_locked
from scheduling.services.moving import place_of, visit_owned
from scheduling.services.places import holds_drop, place_check_free, place_free, place_take, resources_lock
from scheduling.slots import BACK_OBSTACLES, CLOSE_STEPS

STEP = "scheduling.step"
STATE = ("state", "label_id", "cancel_reason", "cancel_then", "is_mistake", "is_overbooked", "overbook_reason")


@command
def appointment_set_state(
    *,
    appointment_id: int,
    state: str,
    actor: Any,
    reason: str = "",
    label_id: int | None = None,
    expected_version: int | None = None,
    is_walking: bool = False,
) -> Appointment:
    """One step of a visit (C7, SCH-09). Its reverse is the step back, which needs a reason.

    Finishing is visit_close, cancelling appointment_cancel. `is_walking` goes through the steps between, as one tap
    of a person means it: from booked to arrived.
    """
    row = appointment_locked(appointment_id, actor)
    check_version(expected_version, row.version)
    if row.state == state:
        return _relabel(row, label_id, actor) if label_id else row
    if rules.is_way_back(row.state, state):
        if row.state == State.COMPLETED:
            return _step_back(row, state, reason, actor)  # its own reverse is the wizard of the visit's end
        with undo.step(actor, STEP, _("Status: %(visit)s") % {"visit": row.patient}, visit_owned(row.pk, STATE)):
            return _step_back(row, state, reason, actor)
    with undo.step(actor, STEP, _("Status: %(visit)s") % {"visit": row.patient}, visit_owned(row.pk, STATE)):
        return _step_on(row, state, label_id, actor, is_walking=is_walking)


def _step_on(row: Appointment, state: str, label_id: int | None, actor: Any, *, is_walking: bool) -> Appointment:
    steps = rules.way_forward(row.state, state)
    if not steps or (len(steps) > 1 and not is_walking) or state in (State.COMPLETED, State.CANCELLED):
        raise IllegalMove(source=row.state, to=state)
    _check_target_label(state, label_id)
    if state == State.NO_SHOW:
        resources_lock(chairs=[row.chair_id], doctors=[row.doctor_id], patients=[row.patient_id])
        place_free(row)
    return state_write(row, state, actor, label_id=label_id)


def _check_target_label(state: str, label_id: int | None) -> None:
    if label_id and not StatusLabel.objects.live().filter(pk=label_id, state=state).exists():
        raise Invalid(fields={"label": _("This label belongs to another status.")})


def _relabel(row: Appointment, label_id: int, actor: Any) -> Appointment:
    _check_target_label(row.state, label_id)
    row.label_id = label_id
    row.version += 1
    row.save(update_fields=["label", "version"])
    audit(actor, said.CHANGED, row, patient_id=row.patient_id)
    tell(row)
    return row


def _step_back(row: Appointment, state: str, reason: str, actor: Any) -> Appointment:
    """Back with a reason, while nothing that was done with the visit stands in the way."""
    if not reason.strip():
        raise IllegalMove(_("Say why the visit is put back."), source=row.state, to=state, needs="reason")
    obstacles = BACK_OBSTACLES.gather([row]).get(row.pk, [])
    if obstacles:
        raise BackRefused("; ".join(str(text) for text in obstacles), obstacles=obstacles)
    old = row.state
    if old == State.COMPLETED:
        for done in reversed(list(CLOSE_STEPS)):
            if done.undo:
                done.undo(row, actor)
    if not row.is_occupying:
        _take_again(row, actor)
    audit(actor, said.BACK, row, patient_id=row.patient_id, reason=reason, old=old, new=state)
    if old == State.CANCELLED:
        then_undo(row, actor)
    row.cancel_reason = row.cancel_then = ""
    row.is_mistake = False
    row = state_write(row, state, actor, is_said=True)
    if old == State.COMPLETED:
        publish(events.VisitReopened(appointment_id=row.pk, patient_id=row.patient_id))
    return row


def _take_again(row: Appointment, actor: Any) -> None:
    """A visit that had left its place comes back to it, if nobody is there."""
    resources_lock(chairs=[row.chair_id], doctors=[row.doctor_id], patients=[row.patient_id])
    place = place_of(
        row, visit=Range(row.starts_at, row.ends_at), chair_id=row.chair_id, doctor_id=row.doctor_id, actor=actor
    )
    place_check_free(place, user_id=actor.pk)
    holds_drop(place, user_id=actor.pk)
    place_take(place, appointment=row)
    row.is_overbooked, row.overbook_reason = False, ""


def state_write(
    row: Appointment, state: str, actor: Any, *, label_id: int | None = None, is_said: bool = False
) -> Appointment:
    """The new state with its own words and event; the caller has locked and checked."""
    old, row.state = row.state, state
    row.label_id = label_id
    row.state_since = clock.now()
    row.version += 1
    row.save()
    if not is_said and state in said.STATES:
        audit(actor, said.STATES[state].code, row, patient_id=row.patient_id, old=old)
    publish(
        events.AppointmentStateChanged(
            appointment_id=row.pk,
            patient_id=row.patient_id,
            doctor_id=row.doctor_id,
            branch_id=row.branch_id,
            old=old,
            new=state,
        )
    )
    tell(row)
    return row


@command
def appointment_cancel(
    *,
    appointment_id: int,
    reason: str,
    then: str,
    actor: Any,
    expected_version: int | None = None,
    plan_on: date | None = None,
    is_first: bool = True,
) -> Appointment:
    """Cancel and say what is next: rebook, plan, wait or lost (SCH-08, SCH-43).

    "plan" makes a visit without a date, "wait" puts him on the waiting list, "rebook" on the list of calls. Of a series only
    the first (`is_first`) does, since it is one patient who wants one thing.
    Within the grace minutes of its booking a cancelled appointment is a slip and counts in no statistics.
    Reverse: appointment_set_state to booked.
    """
    if then not in Appointment.Then.values:
        raise Invalid(
            fields={"then": _("Choose what is next: %(choices)s.") % {"choices": ", ".join(Appointment.Then.values)}}
        )
    row = appointment_locked(appointment_id, actor)
    check_version(expected_version, row.version)
    if not rules.is_step(row.state, State.CANCELLED):
        raise IllegalMove(source=row.state, to=State.CANCELLED)
    resources_lock(chairs=[row.chair_id], doctors=[row.doctor_id], patients=[row.patient_id])
    with undo.step(actor, STEP, _("Cancellation: %(visit)s") % {"visit": row.patient}, visit_owned(row.pk, STATE)):
        row = _cancel(row, reason, then, actor)
        if is_first:
            then_apply(row, then, actor, plan_on=plan_on)
        return row


def _cancel(row: Appointment, reason: str, then: str, actor: Any) -> Appointment:
    place_free(row)
    row.cancel_reason, row.cancel_then = reason.strip()[:200], then
    grace = timedelta(minutes=policies.GRACE_MINUTES.get())
    row.is_mistake = row.state == State.BOOKED and clock.now() - row.created_at < grace
    audit(actor, said.CANCELLED, row, patient_id=row.patient_id, reason=row.cancel_reason, then=then)
    row = state_write(row, State.CANCELLED, actor, is_said=True)
    publish(
        events.AppointmentCancelled(
            appointment_id=row.pk,
            patient_id=row.patient_id,
            doctor_id=row.doctor_id,
            branch_id=row.branch_id,
            starts_at=iso(row.starts_at),
            reason=row.cancel_reason,
            then=then,
            is_mistake=row.is_mistake,
        )
    )
    publish(
        events.PlaceFreed(
            chair_id=row.chair_id,
            doctor_id=row.doctor_id,
            branch_id=row.branch_id,
            starts_at=iso(row.starts_at),
            ends_at=iso(row.ends_at),
            is_silent=row.source_kind == Appointment.Source.ONLINE and is_silent(row.created_at),
        )
    )
    return row
