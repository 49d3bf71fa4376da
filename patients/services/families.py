"""Families that share a phone and a guarantor (PAT-13)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.events import publish
from patients.errors import FamilyCardTaken
from patients.events import PatientChanged
from patients.models import Family, Patient
from patients.services.cards import patient_locked, touch

sentence("patients.family.created", _("Family %(family)s created"), "users", "violet")
sentence("patients.family.joined", _("Joined the family %(family)s"), "users-plus", "violet")
sentence("patients.family.left", _("Left the family %(family)s"), "users-minus", "grey")
sentence("patients.family.changed", _("Family %(family)s changed"), "users", "grey")


@command
def family_create(
    *, patient_id: int, name: str, actor: Any, card_number: str = "", role: str = "", pays: bool = False
) -> Family:
    """Found a family with its first member. Reverse: family_leave of the last member ends it."""
    patient = patient_locked(patient_id)
    refuse_member(patient)
    family = Family(name=required(name), card_number=card_number.strip()[:40])
    card_is_free(family)
    family.save()
    if pays:
        family.guarantor = patient
        family.save(update_fields=["guarantor"])
    put_in(patient, family, role)
    audit(actor, "patients.family.created", patient, patient_id=patient.pk, family=family.name)
    return family


def required(name: str) -> str:
    name = " ".join(name.split())[:120]
    if not name:
        raise Invalid(fields={"name": _("This field is required.")})
    return name


def refuse_member(patient: Patient) -> None:
    if patient.family_id is not None:
        raise Invalid(fields={"patient": _("This patient is in a family already: he leaves it first.")})


def card_is_free(family: Family) -> None:
    others = Family.objects.filter(card_number=family.card_number).exclude(pk=family.pk)
    if family.card_number and others.exists():
        raise FamilyCardTaken(fields={"card_number": FamilyCardTaken.message})


def put_in(patient: Patient, family: Family, role: str) -> None:
    patient.family, patient.family_role = family, " ".join(role.split())[:40]
    touch(patient, "family", "family_role")
    publish(PatientChanged(patient_id=patient.pk, fields=["family", "family_role"]))


def family_locked(family_id: int) -> Family:
    family = Family.objects.select_for_update(of=("self",)).filter(pk=family_id).first()
    if family is None:
        raise NotFound
    return family


@command
def family_join(*, family_id: int, patient_id: int, actor: Any, role: str = "") -> Family:
    """One more member. Reverse: family_leave."""
    family = family_locked(family_id)
    patient = patient_locked(patient_id)
    refuse_member(patient)
    put_in(patient, family, role)
    audit(actor, "patients.family.joined", patient, patient_id=patient.pk, family=family.name)
    return family


@command
def family_leave(*, patient_id: int, actor: Any) -> None:
    """A member leaves; a family without members ends, one without its payer has none. Reverse: family_join."""
    family_id = Patient.objects.filter(pk=patient_id).values_list("family_id", flat=True).first()
    if family_id is None:
        raise NotFound
    family = family_locked(family_id)
    patient = patient_locked(patient_id)
    if patient.family_id != family.pk:
        raise NotFound
    patient.family, patient.family_role = None, ""
    touch(patient, "family", "family_role")
    if family.guarantor_id == patient.pk:
        family.guarantor = None
        family.save(update_fields=["guarantor"])
    audit(actor, "patients.family.left", patient, patient_id=patient.pk, family=family.name)
    publish(PatientChanged(patient_id=patient.pk, fields=["family"]))
    if not family.members.exists():
        family.delete()


@command
def family_change(
    *, family_id: int, changes: Mapping[str, Any], actor: Any, expected_version: int | None = None
) -> Family:
    """Name, card number and who pays; the payer is a member. Its own reverse. Raises Stale, FamilyCardTaken."""
    family = family_locked(family_id)
    check_version(expected_version, family.version)
    if "name" in changes:
        family.name = required(changes["name"])
    if "card_number" in changes:
        family.card_number = (changes["card_number"] or "").strip()[:40]
        card_is_free(family)
    if "guarantor" in changes:
        payer = changes["guarantor"]
        if payer is not None and payer.family_id != family.pk:
            raise Invalid(fields={"guarantor": _("Who pays for a family is one of its members.")})
        family.guarantor = payer
    family.version += 1
    family.save()
    for patient in family.members.all():
        audit(actor, "patients.family.changed", patient, patient_id=patient.pk, family=family.name)
    return family
