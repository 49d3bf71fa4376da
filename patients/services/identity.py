"""Documents of identity and addresses (PAT-04..06, PAT-27)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid
from core.events import publish
from patients.events import PatientChanged
from patients.models import DocumentKind, Identity, Patient
from patients.rules.identity import digits_only, is_person_inn, is_snils
from patients.services.cards import patient_locked, today_of, touch

sentence("patients.identity.changed", _("Documents and addresses changed: %(names)s"), "id", "grey")

FIELDS = (
    "passport_series", "passport_number", "issued_by", "issued_on", "issuer_code", "is_foreign", "document_kind",
    "document_number", "citizenship", "snils", "inn", "policy_number", "insurance_company", "registered_address",
    "is_same_address", "actual_address",
)  # fmt: skip
DIGITS = ("passport_series", "passport_number", "snils", "inn")


@command
def identity_change(
    *, patient_id: int, changes: Mapping[str, Any], actor: Any, expected_version: int | None = None
) -> Identity:
    """Write documents and addresses; check digits of SNILS and INN must fit. Its own reverse, by the history.

    The card's version moves too, so that a page open elsewhere becomes stale. Raises Stale, Invalid by field.
    """
    patient = patient_locked(patient_id)
    check_version(expected_version, patient.version)
    identity = Identity.objects.filter(patient=patient).first() or Identity(patient=patient)
    fields = checked(changes, identity, today=today_of(patient.branch))
    changed = [name for name, value in fields.items() if getattr(identity, name) != value]
    if not changed:
        return identity
    for name in changed:
        setattr(identity, name, fields[name])
    identity.save()
    touch(patient)
    audit(actor, "patients.identity.changed", patient, patient_id=patient.pk, fields=changed, names=words_of(changed))
    publish(PatientChanged(patient_id=patient.pk, fields=changed))
    return identity


def words_of(names: list[str]) -> str:
    return ", ".join(str(Identity._meta.get_field(name).verbose_name) for name in names)


def checked(given: Mapping[str, Any], identity: Identity, *, today: date) -> dict[str, Any]:
    unknown = set(given) - set(FIELDS)
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    fields = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in given.items()}
    for name in DIGITS:
        if fields.get(name):
            fields[name] = digits_only(fields[name])
    errors = {**forms_of(fields), **document_errors(fields, identity)}
    if fields.get("issued_on") and fields["issued_on"] > today:
        errors["issued_on"] = _("This day lies in the future.")
    for name, value in fields.items():
        limit = Identity._meta.get_field(name).max_length
        if isinstance(value, str) and limit and len(value) > limit:
            errors.setdefault(name, _("At most %(limit)s characters.") % {"limit": limit})
    if errors:
        raise Invalid(fields=errors)
    if fields.get("is_same_address", identity.is_same_address) and "actual_address" in fields:
        fields["actual_address"] = ""
    return fields


def forms_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers whose form or check digits are wrong."""
    errors: dict[str, Any] = {}
    if fields.get("snils") and not is_snils(fields["snils"]):
        errors["snils"] = _("The check digits of this SNILS do not match.")
    if fields.get("inn") and not is_person_inn(fields["inn"]):
        errors["inn"] = _("The check digits of this INN do not match: a person has 12 digits.")
    if fields.get("passport_series") and len(fields["passport_series"]) != 4:
        errors["passport_series"] = _("A passport series has 4 digits.")
    if fields.get("passport_number") and len(fields["passport_number"]) != 6:
        errors["passport_number"] = _("A passport number has 6 digits.")
    if fields.get("issuer_code") and not re.fullmatch(r"\d{3}-\d{3}", fields["issuer_code"]):
        errors["issuer_code"] = _("The code looks like 770-001.")
    return errors


def document_errors(fields: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """A foreign citizen's document has a kind, and its number has the form of that kind (PAT-05)."""
    is_foreign = fields.get("is_foreign", identity.is_foreign)
    kind: DocumentKind | None = fields.get("document_kind", identity.document_kind)
    number = fields.get("document_number", identity.document_number)
    if not is_foreign or not number:
        return {}
    if kind is None:
        return {"document_kind": _("Say what document this is.")}
    if kind.mask and not re.fullmatch(kind.mask, number, re.IGNORECASE):
        return {
            "document_number": _("The number should look like %(example)s.") % {"example": kind.example or kind.mask}
        }
    return {}


def identity_of(patient: Patient) -> Identity:
    """The patient's documents; an empty, unsaved row where nothing is known yet."""
    return Identity.objects.select_related("document_kind").filter(patient=patient).first() or Identity(patient=patient)
