"""Facts of the calendar. Moments travel as ISO 8601 texts in UTC."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentBooked(Event):
    appointment_id: int
    patient_id: int
    doctor_id: int
    branch_id: int
    starts_at: str
    source_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentMoved(Event):
    """Another time, chair, doctor or length."""

    appointment_id: int
    patient_id: int
    doctor_id: int
    branch_id: int
    starts_at: str
    old_starts_at: str
    old_ends_at: str
    old_doctor_id: int
    old_chair_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentChanged(Event):
    """Services, type or comment, at the same place."""

    appointment_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentStateChanged(Event):
    """Every step, back ones too; the special ones below come beside it."""

    appointment_id: int
    patient_id: int
    doctor_id: int
    branch_id: int
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCompleted(Event):
    appointment_id: int
    patient_id: int
    doctor_id: int
    branch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReopened(Event):
    """A completed visit was put back into the chair."""

    appointment_id: int
    patient_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentCancelled(Event):
    """`then`: rebook, plan, wait or lost. A mistake was cancelled within minutes and counts for nothing."""

    appointment_id: int
    patient_id: int
    doctor_id: int
    branch_id: int
    starts_at: str
    reason: str
    then: str
    is_mistake: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFreed(Event):
    """A range of a chair and a doctor became free: the waiting list may be asked.

    `is_silent`: a patient undid his own booking in its minutes of silence, of which nobody hears (SCH-53).
    """

    chair_id: int
    doctor_id: int
    branch_id: int
    starts_at: str
    ends_at: str
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsChanged(Event):
    """Shifts of a doctor were made, changed or deleted between these dates."""

    doctor_id: int
    branch_id: int
    first_date: str
    last_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCame(Event):
    """The telephone rings; the patient is known where the number is on one card only."""

    call_id: int
    phone: str
    patient_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(Event):
    call_id: int
    phone: str
    patient_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMissed(Event):
    call_id: int
    phone: str
    patient_id: int | None
