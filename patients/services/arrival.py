"""What is asked when a patient stands at the desk, written down at once (PAT-27, PAT-36)."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.command import command
from patients.models import Consent, ConsentKind, Patient
from patients.services.cards import patient_change
from patients.services.consents import consent_sign
from patients.services.identity import identity_change


@command
def arrival_fill(
    *, patient_id: int, fields: Mapping[str, Any], identity: Mapping[str, Any], signed: Iterable[ConsentKind], actor: Any,
    channel: str = Consent.Channel.PAPER, expected_version: int | None = None,
) -> Patient:  # fmt: skip
    """Card, documents and signatures of one arrival, all or nothing (PAT-36). Reverse: each by its own verb."""
    patient = patient_change(patient_id=patient_id, changes=fields, actor=actor, expected_version=expected_version)
    if identity:
        identity_change(patient_id=patient_id, changes=identity, actor=actor)
    for kind in signed:
        consent_sign(patient_id=patient_id, kind=kind, channel=channel, actor=actor)
    patient.refresh_from_db()
    return patient
