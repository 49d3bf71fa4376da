"""Writing verbs of cards."""

from patients.services.alerts import alert_acknowledge, alert_add, alert_change, alert_close, alert_reopen
from patients.services.arrival import arrival_fill
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
from patients.services.consents import consent_revoke, consent_revoke_undo, consent_sign
from patients.services.duplicates import duplicate_dismiss, duplicates_find
from patients.services.families import family_change, family_create, family_join, family_leave
from patients.services.fields import fields_for
from patients.services.handing import data_request, erasure_obstacles, patient_erase
from patients.services.identity import identity_change, identity_of
from patients.services.importing import batch_open, batch_start
from patients.services.inverses import activity_back, trash_back
from patients.services.merging import merge_preview, patients_merge, patients_unmerge
from patients.services.pictures import picture_add, picture_remove
from patients.services.registration import patient_admit
from patients.services.representatives import representative_add, representative_change, representative_remove
from patients.services.statuses import patient_status_refresh, statuses_nightly
from patients.services.undoing import batch_undo_start

__all__ = [
    "activity_back",
    "alert_acknowledge",
    "alert_add",
    "alert_change",
    "alert_close",
    "alert_reopen",
    "arrival_fill",
    "batch_open",
    "batch_start",
    "batch_undo_start",
    "consent_revoke",
    "consent_revoke_undo",
    "consent_sign",
    "data_request",
    "duplicate_dismiss",
    "duplicates_find",
    "erasure_obstacles",
    "family_change",
    "family_create",
    "family_join",
    "family_leave",
    "fields_for",
    "identity_change",
    "identity_of",
    "merge_preview",
    "patient_activate",
    "patient_admit",
    "patient_change",
    "patient_erase",
    "patient_opened",
    "patient_pin",
    "patient_register",
    "patient_restore",
    "patient_status_refresh",
    "patient_trash",
    "patient_unpin",
    "patients_deactivate",
    "patients_merge",
    "patients_trash",
    "patients_unmerge",
    "picture_add",
    "picture_remove",
    "representative_add",
    "representative_change",
    "representative_remove",
    "statuses_nightly",
    "trash_back",
    "treatment_status_set",
]
