"""What a visit's events bring onto the list of calls, in their own transaction (SCH-27, SCH-42, SCH-43)."""

from datetime import datetime, timedelta

from core import clock
from core.events import inside
from scheduling.events import AppointmentBooked, AppointmentMoved, AppointmentStateChanged
from scheduling.services.call_rows import calls_refresh

CONFIRM = ("confirm",)
SOON = timedelta(days=2)
OF_VISITS = ("confirm", "cancelled", "no_show")  # a step or a move of one visit may bring an older one back into view


@inside(AppointmentBooked)
def booked(event: AppointmentBooked) -> None:
    """A visit of today or tomorrow, in whatever zone; a later one is nobody's call yet."""
    if datetime.fromisoformat(event.starts_at) < clock.now() + SOON:
        calls_refresh(codes=CONFIRM, patient_id=event.patient_id)


@inside(AppointmentMoved)
def moved(event: AppointmentMoved) -> None:
    calls_refresh(codes=OF_VISITS, patient_id=event.patient_id)


@inside(AppointmentStateChanged)
def stepped(event: AppointmentStateChanged) -> None:
    calls_refresh(codes=OF_VISITS, patient_id=event.patient_id)
