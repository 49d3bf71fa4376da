"""The notice of a booking that a patient has made himself: with his link, after the minutes of silence (SCH-52, SCH-53)."""

from datetime import timedelta

from clinic.models import Branch
from core import clock
from messaging.recipients import recipients_of
from messaging.services import message_queue
from scheduling.models import Appointment, OnlineBooking
from scheduling.online.links import link_of
from scheduling.reminders import words
from scheduling.reminders.finding import SUBJECT

STRFTIME = "%Y-%m-%d %H:%M"  # as finding.WINDOW


def online_tell(visit: Appointment, branch: Branch) -> None:
    """Queue it; a cancelling within the minutes withdraws it, a move says it anew with the new time."""
    booking = OnlineBooking.objects.filter(appointment=visit).first()
    person = (recipients_of([visit.patient_id]) or {}).get(visit.patient_id)
    if booking is None or person is None or not (booking.wants_reminders and words.TELL_BOOKED.get()):
        return
    start = clock.local(visit.starts_at, branch.timezone)
    facts = {
        "name": person.call_name, "fio": person.name, "date": f"{start:%d.%m}", "time": f"{start:%H:%M}",
        "doctor": visit.doctor.short_name, "branch": branch.name, "address": branch.address or branch.name,
        "phone": branch.phone, "link": link_of(booking),
    }  # fmt: skip
    message_queue(
        purpose=words.ONLINE.code, recipient=person, branch=branch, actor=None, facts=facts, subject=(SUBJECT, visit.pk),
        window=start.strftime(STRFTIME), send_after=clock.now() + timedelta(minutes=words.HOLD_MINUTES.get()),
        expires_at=visit.starts_at,
    )  # fmt: skip
