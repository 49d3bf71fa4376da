"""Signatures under contract, personal data, marketing and other documents (PAT-46, 152-FZ, 1051n)."""

from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, Invalid, NotFound
from core.events import publish
from patients.errors import AlreadySigned
from patients.events import ConsentRevoked, ConsentSigned
from patients.models import Consent, ConsentKind, Representative
from patients.rules.dates import months_after
from patients.services.cards import patient_locked, today_of, touch

sentence("patients.consent.signed", _("Signed: %(kind)s, edition %(version)s"), "file-check", "green")
sentence("patients.consent.revoked", _("Revoked: %(kind)s"), "file-x", "red")
sentence("patients.consent.corrected", _("The revocation was a mistake: %(kind)s"), "file-check", "amber")

MARKETING = "marketing"


@command
def consent_sign(
    *, patient_id: int, kind: ConsentKind, actor: Any, signed_on: date | None = None, channel: str = Consent.Channel.PAPER,
    representative: Representative | None = None, number: str = "", note: str = "", document_id: int | None = None,
) -> Consent:  # fmt: skip
    """Record a signature under the current edition of a document. Reverse: consent_revoke.

    A signature under a former edition stays, as history. Raises AlreadySigned for the same edition.
    """
    patient = patient_locked(patient_id)
    today = today_of(patient.branch)
    signed_on = signed_on or today
    if signed_on > today:
        raise Invalid(fields={"signed_on": _("This day lies in the future.")})
    if channel not in Consent.Channel.values:
        raise Invalid(fields={"channel": _("Choose from the list.")})
    if representative is not None and representative.patient_id != patient.pk:
        raise Invalid(fields={"representative": _("Choose from the list.")})
    if in_force(patient.pk, kind.code, signed_on).filter(version=kind.version).exists():
        raise AlreadySigned
    consent = Consent.objects.create(
        patient=patient, kind=kind, version=kind.version, signed_on=signed_on, channel=channel,
        valid_until=months_after(signed_on, kind.months) if kind.months else None,
        representative=representative, signer_name=str(representative or patient)[:240], number=number.strip()[:40],
        note=note.strip()[:200], document_id=document_id,
        recorded_by=actor if getattr(actor, "pk", None) else None,
    )  # fmt: skip
    if kind.code == MARKETING and not patient.mailing_allowed:
        patient.mailing_allowed = True
        touch(patient, "mailing_allowed")
    audit(actor, "patients.consent.signed", consent, patient_id=patient.pk, kind=kind.name, version=kind.version)
    publish(ConsentSigned(patient_id=patient.pk, consent_id=consent.pk, kind=kind.code))
    return consent


def in_force(patient_id: int, code: str, on: date) -> Any:
    """Signatures of a kind that hold on a day: not revoked, not run out."""
    rows = Consent.objects.filter(patient_id=patient_id, kind__code=code, revoked_on__isnull=True)
    return rows.exclude(valid_until__lt=on)


@command
def consent_revoke(*, consent_id: int, reason: str, actor: Any, revoked_on: date | None = None) -> Consent:
    """The patient takes his consent back; marketing messages stop at once. Reverse: consent_revoke_undo."""
    consent = consent_locked(consent_id)
    if consent.revoked_on:
        raise IllegalMove(source="revoked", to="revoked")
    today = today_of(consent.patient.branch)
    revoked_on = revoked_on or today
    if not consent.signed_on <= revoked_on <= today:
        raise Invalid(fields={"revoked_on": _("Between the day of signing and today.")})
    consent.revoked_on, consent.revoke_reason = revoked_on, " ".join(reason.split())[:200]
    consent.save(update_fields=["revoked_on", "revoke_reason"])
    patient = consent.patient
    if consent.kind.code == MARKETING and patient.mailing_allowed:
        patient.mailing_allowed = False
        touch(patient, "mailing_allowed")
    facts = {"kind": consent.kind.name, "reason": consent.revoke_reason}
    audit(actor, "patients.consent.revoked", consent, patient_id=consent.patient_id, **facts)
    publish(ConsentRevoked(patient_id=consent.patient_id, consent_id=consent.pk, kind=consent.kind.code))
    return consent


@command
def consent_revoke_undo(*, consent_id: int, actor: Any) -> Consent:
    """A revocation was recorded by mistake. Reverse of consent_revoke; the switch of mailing stays off."""
    consent = consent_locked(consent_id)
    if not consent.revoked_on:
        raise IllegalMove(source="signed", to="signed")
    same = Consent.objects.filter(patient=consent.patient, kind=consent.kind, version=consent.version)
    if same.filter(revoked_on__isnull=True).exists():
        raise AlreadySigned
    consent.revoked_on, consent.revoke_reason = None, ""
    consent.save(update_fields=["revoked_on", "revoke_reason"])
    audit(actor, "patients.consent.corrected", consent, patient_id=consent.patient_id, kind=consent.kind.name)
    publish(ConsentSigned(patient_id=consent.patient_id, consent_id=consent.pk, kind=consent.kind.code))
    return consent


def consent_locked(consent_id: int) -> Consent:
    patient_id = Consent.objects.filter(pk=consent_id).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound
    patient = patient_locked(patient_id)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("kind").get(pk=consent_id)
    consent.patient = patient
    return consent


@command
def consent_renew(*, code: str) -> None:
    """The text of a document has changed: another edition is signed anew. Called inside the change of the text."""
    ConsentKind.objects.live().filter(code=code).update(version=F("version") + 1)
