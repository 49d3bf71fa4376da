"""Writing verbs of cards."""

from patients.services.cards import (
    patient_activate,
    patient_change,
    patient_opened,
    patient_pin,
    patient_register,
    patient_restore,
    patient_trash,
    patient_unpin,
    patients_deactivate,
    patients_trash,
    treatment_status_set,
)
from patients.services.fields import fields_for
from patients.services.identity import identity_change, identity_of
from patients.services.registration import patient_admit

__all__ = [
    "fields_for",
    "identity_change",
    "identity_of",
    "patient_activate",
    "patient_admit",
    "patient_change",
    "patient_opened",
    "patient_pin",
    "patient_register",
    "patient_restore",
    "patient_trash",
    "patient_unpin",
    "patients_deactivate",
    "patients_trash",
    "treatment_status_set",
]
