"""Opening a card together with documents, in one act."""

from collections.abc import Mapping
from typing import Any

from core.command import command
from patients.models import Patient
from patients.services.cards import patient_register
from patients.services.identity import identity_change


@command
def patient_admit(*, actor: Any, fields: Mapping[str, Any], identity: Mapping[str, Any] | None = None) -> Patient:
    """A card with its documents and addresses, or nothing of both (PAT-02..07). Reverse: patient_trash."""
    patient = patient_register(actor=actor, **fields)
    given = {name: value for name, value in (identity or {}).items() if value not in (None, "", False)}
    if set(given) - {"is_same_address"}:
        identity_change(patient_id=patient.pk, changes=identity or {}, actor=actor)
        patient.refresh_from_db()
    return patient
