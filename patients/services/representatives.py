"""Those who speak for a patient: a child's representative pays and signs (PAT-26)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid, NotFound
from core.phones import WRONG_PHONE, phone_of
from patients.models import Consent, Representative
from patients.rules.identity import is_person_inn
from patients.services.cards import patient_locked

sentence("patients.representative.added", _("Representative added: %(name)s"), "user-heart", "violet")
sentence("patients.representative.changed", _("Representative changed: %(name)s"), "user-heart", "grey")
sentence("patients.representative.removed", _("Representative removed: %(name)s"), "user-heart", "grey")

FIELDS = (
    "card", "full_name", "relation", "phone", "email", "birth_date", "document", "inn", "authority", "is_responsible",
    "pays", "signs", "may_know",
)  # fmt: skip


@command
def representative_add(*, patient_id: int, actor: Any, **given: Any) -> Representative:
    """Add somebody who answers, pays or signs. Whoever is made responsible takes it over from the one who was.

    Reverse: representative_remove.
    """
    patient = patient_locked(patient_id)
    person = Representative(patient=patient)
    write(person, given)
    audit(actor, "patients.representative.added", patient, patient_id=patient.pk, name=person.full_name)
    return person


@command
def representative_change(*, representative_id: int, changes: Mapping[str, Any], actor: Any) -> Representative:
    """Change what is known of a representative. Its own reverse, by the history."""
    person = representative_locked(representative_id)
    write(person, changes)
    audit(actor, "patients.representative.changed", person.patient, patient_id=person.patient_id, name=person.full_name)
    return person


@command
def representative_remove(*, representative_id: int, actor: Any) -> None:
    """Strike a representative off, unless he has signed something. Reverse: representative_add."""
    person = representative_locked(representative_id)
    if Consent.objects.filter(representative=person).exists():
        raise Invalid(_("He has signed documents for the patient and stays on the card."))
    audit(actor, "patients.representative.removed", person.patient, patient_id=person.patient_id, name=person.full_name)
    person.delete()


def representative_locked(representative_id: int) -> Representative:
    patient_id = Representative.objects.filter(pk=representative_id).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound
    patient = patient_locked(patient_id)
    person = Representative.objects.select_for_update().filter(pk=representative_id).first()
    if person is None:
        raise NotFound
    person.patient = patient
    return person


def write(person: Representative, given: Mapping[str, Any]) -> None:
    unknown = set(given) - set(FIELDS)
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    for name, value in given.items():
        setattr(person, name, " ".join(value.split()) if isinstance(value, str) else value)
    if person.card is not None and not person.full_name:
        person.full_name = person.card.full_name
    check(person)
    if person.is_responsible:
        others = Representative.objects.filter(patient=person.patient, is_responsible=True).exclude(pk=person.pk)
        others.update(is_responsible=False)
    person.save()


def check(person: Representative) -> None:
    errors: dict[str, Any] = {}
    if not person.full_name:
        errors["full_name"] = _("This field is required.")
    if person.card_id is not None and person.card_id == person.patient_id:
        errors["card"] = _("A patient does not represent himself.")
    if person.relation not in Representative.Relation.values:
        errors["relation"] = _("Choose from the list.")
    if person.inn and not is_person_inn(person.inn):
        errors["inn"] = _("The check digits of this INN do not match: a person has 12 digits.")
    if person.phone:
        try:
            person.phone = phone_of(person.phone)
        except ValueError:
            errors["phone"] = WRONG_PHONE
    for field in Representative._meta.fields:
        value = getattr(person, field.attname)
        if isinstance(value, str) and field.max_length and len(value) > field.max_length:
            errors.setdefault(field.name, _("At most %(limit)s characters.") % {"limit": field.max_length})
    if errors:
        raise Invalid(fields=errors)
