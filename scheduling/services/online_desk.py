"""The reception's side of online booking: looking at bookings, exceptions for patients, telling of what has come in."""

from datetime import timedelta
from typing import Any

from clinic.models import User
from core import clock
from core.audit import audit
from core.command import command
from core.errors import Invalid
from patients.selectors import patient_get
from scheduling.models import OnlineBooking, OnlineRule, State
from scheduling.online import words
from scheduling.reminders.words import HOLD_MINUTES
from scheduling.selectors.online import booking_get, bookings
from scheduling.services.online import told_facts
from scheduling.services.states import appointment_set_state
from work.services import notify

BATCH = 200


@command
def online_check(*, booking_id: int, actor: Any, is_confirmed: bool) -> OnlineBooking:
    """Somebody of the reception has looked at it, and with `is_confirmed` the visit stands as confirmed.

    Reverse: online_uncheck; the state of the visit has a step back of its own.
    """
    seen = booking_get(booking_id, actor)
    if is_confirmed and seen.appointment.state == State.BOOKED:
        appointment_set_state(appointment_id=seen.appointment_id, state=State.CONFIRMED, actor=actor)
    row = OnlineBooking.objects.select_for_update(of=("self",)).get(pk=booking_id)
    if row.checked_at is None:
        row.checked_at, row.checked_by = clock.now(), actor
        row.save(update_fields=["checked_at", "checked_by"])
        visit = seen.appointment
        audit(actor, words.CHECKED, visit, patient_id=visit.patient_id)
    return row


@command
def online_uncheck(*, booking_id: int, actor: Any) -> OnlineBooking:
    """Back into the queue. Reverse: online_check."""
    booking_get(booking_id, actor)
    row = OnlineBooking.objects.select_for_update(of=("self",)).get(pk=booking_id)
    row.checked_at = row.checked_by = None
    row.save(update_fields=["checked_at", "checked_by"])
    audit(actor, words.UNCHECKED, row.appointment, patient_id=row.appointment.patient_id)
    return row


@command
def online_rule_set(*, patient_id: int, choice: str, actor: Any, note: str = "") -> OnlineRule | None:
    """An exception for one patient; no choice: as for everybody. Its own reverse (SCH-51)."""
    patient = patient_get(actor, patient_id)
    if choice and choice not in OnlineRule.Choice.values:
        raise Invalid(fields={"choice": words.CHOOSE})
    made = None
    if choice:
        values = {"choice": choice, "note": note.strip()[:200], "set_by": actor, "set_at": clock.now()}
        made, _created = OnlineRule.objects.update_or_create(patient=patient, defaults=values)
    else:
        OnlineRule.objects.filter(patient=patient).delete()
    audit(actor, words.RULE_SET, patient, patient_id=patient.pk, rule=made or words.AS_EVERYBODY)
    return made


def online_rules_merge(survivor_id: int, retired_id: int) -> None:
    """One exception a card: of two that differ, the refusal holds."""
    found = OnlineRule.objects.filter(patient__in=(survivor_id, retired_id)).order_by("choice", "pk")
    if len(found) > 1:
        keep = next((row for row in found if row.choice == OnlineRule.Choice.REFUSED), found[0])
        found.exclude(pk=keep.pk).delete()


@command
def bookings_announce() -> int:
    """Tell the desk and the doctor of bookings whose minutes of silence are over; of those undone in them, nobody (SCH-53)."""
    silent = clock.now() - timedelta(minutes=HOLD_MINUTES.get())
    due = bookings().filter(announced_at__isnull=True, created_at__lte=silent)
    rows = list(due.select_for_update(of=("self",), skip_locked=True).order_by("created_at")[:BATCH])
    for row in rows:
        visit = row.appointment
        if visit.is_occupying:
            facts, url = told_facts(visit), visit.get_absolute_url()
            notify(words.NEW, branch_id=visit.branch_id, url=url, key=f"online:{row.pk}", **facts)
            doctors = User.objects.filter(staff=visit.doctor_id, is_active=True)
            if doctors:
                notify(words.FOR_DOCTOR, users=doctors, url=url, key=f"online:{row.pk}", **facts)
    OnlineBooking.objects.filter(pk__in=[row.pk for row in rows]).update(announced_at=clock.now())
    return len(rows)
