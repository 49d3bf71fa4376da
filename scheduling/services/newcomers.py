"""Booking somebody who has no card yet: the card and the visit are made together or not at all."""

from collections.abc import Mapping
from typing import Any

from core.command import command
from patients.services import patient_register
from scheduling.models import Appointment
from scheduling.services.booking import appointment_book


@command
def newcomer_book(*, person: Mapping[str, Any], actor: Any, **booking: Any) -> Appointment:
    """Register a patient and book his first visit. Reverse: appointment_cancel; the card stays."""
    patient = patient_register(actor=actor, **person)
    return appointment_book(patient_id=patient.pk, actor=actor, **booking)
