"""What a visit's events bring onto the list of calls, in their own transaction (SCH-27, SCH-42, SCH-43)."""

from core.events import inside
from scheduling.events import AppointmentBooked, AppointmentMoved, AppointmentStateChanged
from scheduling.services.call_rows import calls_refresh

CONFIRM = ("confirm",)
OF_VISITS = ("confirm", "cancelled", "no_show")  # a step or a move of one visit may bring an older one back into view


@inside(AppointmentBooked)
def booked(event: AppointmentBooked) -> None:
    calls_refresh(codes=CONFIRM, patient_id=event.patient_id)


@inside(AppointmentMoved)
def moved(event: AppointmentMoved) -> None:
    calls_refresh(codes=OF_VISITS, patient_id=event.patient_id)


@inside(AppointmentStateChanged)
def stepped(event: AppointmentStateChanged) -> None:
    calls_refresh(codes=OF_VISITS, patient_id=event.patient_id)
