"""Registering a patient, changing his card, keeping it at hand, putting it away."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Staff
from core import clock, live, undo
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.events import publish
from core.models import TrashEntry
from core.phones import WRONG_PHONE, phone_of
from core.trash import trash_put, trash_restore
from patients.errors import CardMerged, CardNumberTaken
from patients.events import (
    PatientActivated,
    PatientChanged,
    PatientRegistered,
    PatientTrashed,
    TreatmentStatusChanged,
)
from patients.models import Family, Group, Patient, PinnedPatient, Source, Stage
from patients.selectors.cards import card_number_next
from patients.services.fields import custom_checked

sentence("patients.card.registered", _("Card opened"), "user-plus", "green")
sentence("patients.card.changed", _("Changed: %(names)s"), "edit", "grey")
sentence("patients.card.activated", _("Account activated"), "user-check", "green")
sentence("patients.card.deactivated", _("Account switched off"), "user-off", "grey")
sentence("patients.card.opened", _("Looked at the card"), "eye", "grey", is_timeline=False)
sentence("patients.treatment.changed", _("Treatment: %(after)s"), "activity", "blue", compartment="medical")

# What patient_register and patient_change take; everything else has a verb of its own.
FIELDS = (
    "card_number", "last_name", "first_name", "middle_name", "sex", "birth_date", "phone", "home_phone", "more_phones",
    "email", "comment", "branch", "source", "source_note", "group", "coordinator", "doctor", "mailing_allowed",
    "reminders_allowed", "language", "stage", "next_call_on", "paper_card_place", "custom",
)  # fmt: skip
NAMES = ("last_name", "first_name", "middle_name")
ACTIVITY, TRASH = "patients.activity", "patients.trash"  # steps that undo takes back, services.inverses
OLDEST = 130  # years
REFERENCES = {"branch": Branch, "source": Source, "group": Group, "stage": Stage, "coordinator": Staff, "doctor": Staff}
AUDIT_EVERY = timedelta(hours=1)


@command
def patient_register(*, actor: Any, **given: Any) -> Patient:
    """Open a card from any of FIELDS; only the names are required (PAT-02, PAT-03). Reverse: patient_trash.

    A likely double is not an error: ask similar_patients. Raises Invalid by field, CardNumberTaken.
    """
    fields = checked(given, today=today_of(given.get("branch")))
    missing = {name: _("This field is required.") for name in ("last_name", "first_name") if not fields.get(name)}
    if missing:
        raise Invalid(fields=missing)
    fields["custom"] = custom_checked(given.get("custom") or {}, before={}, actor=actor, is_new=True)
    fields["card_number"] = fields.get("card_number") or card_number_next()
    patient = Patient(**fields, created_by=actor if getattr(actor, "pk", None) else None)
    insert(patient)
    audit(actor, "patients.card.registered", patient, patient_id=patient.pk, number=patient.card_number)
    publish(PatientRegistered(patient_id=patient.pk))
    live.announce("patient", patient.pk, branch_id=patient.branch_id, version=patient.version)
    return patient


def insert(patient: Patient) -> None:
    """Save a new card; a number that somebody typed and another card has is refused beside its field."""
    if Patient.objects.filter(card_number=patient.card_number).exists():
        raise CardNumberTaken(card_number=patient.card_number)
    patient.save(force_insert=True)


@command
def patient_change(
    *, patient_id: int, changes: Mapping[str, Any], actor: Any, expected_version: int | None = None
) -> Patient:
    """Change fields of a card (PAT-09, PAT-10). The history keeps both values, so the reverse is another change.

    Raises Stale when `expected_version` is not the card's, Invalid by field, CardMerged for a retired card.
    """
    patient = patient_locked(patient_id)
    check_version(expected_version, patient.version)
    fields = checked(changes, today=today_of(patient.branch))
    for name in ("last_name", "first_name", "card_number"):
        if name in fields and not fields[name]:
            raise Invalid(fields={name: _("This field is required.")})
    if "custom" in changes:
        fields["custom"] = custom_checked(changes["custom"], before=patient.custom, actor=actor, is_new=False)
    changed = [name for name, value in fields.items() if getattr(patient, name) != value]
    if not changed:
        return patient
    number_is_free(patient, fields)
    for name in changed:
        setattr(patient, name, fields[name])
    touch(patient, *changed)
    audit(actor, "patients.card.changed", patient, patient_id=patient.pk, fields=changed, names=words_of(changed))
    publish(PatientChanged(patient_id=patient.pk, fields=changed))
    return patient


def number_is_free(patient: Patient, fields: Mapping[str, Any]) -> None:
    number = fields.get("card_number")
    if number and Patient.objects.filter(card_number=number).exclude(pk=patient.pk).exists():
        raise CardNumberTaken(card_number=number)


def patient_locked(patient_id: int) -> Patient:
    """The card under a row lock; a retired one is refused, a trashed one is not found."""
    patient = Patient.objects.select_for_update(of=("self",)).filter(pk=patient_id, deleted_at__isnull=True).first()
    if patient is None:
        raise NotFound
    if patient.merged_into_id is not None:
        raise CardMerged(survivor=patient.merged_into_id)
    return patient


def touch(patient: Patient, *changed: str) -> None:
    """Save what changed under a new version and tell open pages."""
    patient.version += 1
    patient.save(update_fields=[*changed, "version"])
    live.announce("patient", patient.pk, branch_id=patient.branch_id, version=patient.version)


def words_of(names: list[str]) -> str:
    """Names of fields as people call them, in the language of the moment."""
    known = {field.name: field.verbose_name for field in Patient._meta.fields}
    return ", ".join(str(known.get(name, _("own fields"))) for name in names)


def checked(given: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """The given fields in the form in which they are kept, or Invalid with a sentence for each wrong one."""
    unknown = set(given) - set(FIELDS)
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    fields = {name: value for name, value in given.items() if name != "custom"}
    errors: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = " ".join(value.split()) if name != "comment" else value.strip()
            if "\x00" in value:
                errors[name] = _("This field holds a character that cannot be kept.")
        elif value is None and name not in REFERENCES and name not in ("birth_date", "next_call_on"):
            fields[name] = ""
    check_lengths(fields, errors)
    check_phones(fields, errors)
    check_born(fields, errors, today)
    check_references(fields, errors)
    if fields.get("language") and fields["language"] not in ("ru", "en", "ro"):
        errors["language"] = _("Unknown language.")
    if errors:
        raise Invalid(fields=errors)
    return fields


def check_lengths(fields: dict[str, Any], errors: dict[str, Any]) -> None:
    for name, value in fields.items():
        limit = Patient._meta.get_field(name).max_length
        if isinstance(value, str) and limit and len(value) > limit:
            errors[name] = _("At most %(limit)s characters.") % {"limit": limit}


def check_phones(fields: dict[str, Any], errors: dict[str, Any]) -> None:
    for name in ("phone", "home_phone", "more_phones"):
        if not fields.get(name):
            continue
        given = fields[name].split() if name == "more_phones" and "+" in fields[name] else [fields[name]]
        try:
            fields[name] = " ".join(phone_of(text) for text in given)
        except ValueError:
            errors[name] = WRONG_PHONE


def check_born(fields: dict[str, Any], errors: dict[str, Any], today: date) -> None:
    born = fields.get("birth_date")
    if born and born > today:
        errors["birth_date"] = _("The birth date lies in the future.")
    elif born and born.year < today.year - OLDEST:
        errors["birth_date"] = _("This is more than %(years)s years ago.") % {"years": OLDEST}


def check_references(fields: dict[str, Any], errors: dict[str, Any]) -> None:
    """Rows of directories must be alive; the treating doctor is a doctor."""
    for name, model in REFERENCES.items():
        row = fields.get(name)
        if row is None:
            continue
        if not isinstance(row, model) or row.deleted_at is not None:
            errors[name] = _("Choose from the list.")
        elif name == "doctor" and not row.is_doctor:
            errors[name] = _("This person is not a doctor.")


def today_of(branch: Any) -> date:
    """The day at the branch; of no branch, the latest day anywhere, so that nobody born today is refused."""
    return clock.today(branch.timezone) if isinstance(branch, Branch) else clock.today("Pacific/Kiritimati")


@command
def patient_activate(*, patient_id: int, is_active: bool, actor: Any) -> Patient:
    """Switch the account on or off (PAT-15). An inactive patient is found but gets no messages. Its own reverse."""
    patient = patient_locked(patient_id)
    if patient.is_active == is_active:
        return patient
    with undo.step(actor, ACTIVITY, _("Account: %(patient)s") % {"patient": patient}, owned_of(patient, "is_active")):
        patient.is_active = is_active
        touch(patient, "is_active")
        audit(actor, f"patients.card.{'activated' if is_active else 'deactivated'}", patient, patient_id=patient.pk)
        publish(PatientActivated(patient_id=patient.pk, is_active=is_active))
    return patient


def owned_of(patient: Patient, *columns: str) -> undo.Owned:
    """What of a card a step answers for in the log of undo (MOON-18)."""
    return undo.Owned(Patient, {"pk": patient.pk}, columns)


@command
def patients_deactivate(*, patient_ids: list[int], actor: Any) -> int:
    """Switch several accounts off at once; gives how many were on. Reverse: undo, all of them together."""
    active = list(
        Patient.objects.filter(pk__in=patient_ids, is_active=True).order_by("pk").values_list("pk", flat=True)
    )
    with undo.together(actor, _("Accounts switched off: %(count)s") % {"count": len(active)}):
        for pk in active:
            patient_activate(patient_id=pk, is_active=False, actor=actor)
    return len(active)


@command
def treatment_status_set(*, patient_id: int, after: str, actor: Any, reason: str = "") -> Patient:
    """none, thinking, in_treatment or sanated (PAT-38); triggers of messages hear of it. Its own reverse."""
    if after not in Patient.TreatmentStatus.values:
        raise Invalid(fields={"treatment_status": _("Choose from the list.")})
    patient = patient_locked(patient_id)
    before = patient.treatment_status
    if before == after:
        return patient
    patient.treatment_status = after
    touch(patient, "treatment_status")
    label = Patient.TreatmentStatus(after).label
    audit(
        actor, "patients.treatment.changed", patient, patient_id=patient.pk, before=before, after=label, reason=reason
    )
    publish(TreatmentStatusChanged(patient_id=patient.pk, before=before, after=after))
    return patient


@command
def patient_trash(*, patient_id: int, actor: Any, reason: str = "") -> TrashEntry:
    """Put a card into the trash unless something needs it. Raises InUse. Reverse: patient_restore."""
    patient = patient_locked(patient_id)
    if Patient.objects.filter(merged_into=patient, deleted_at__isnull=True).exists():
        raise CardMerged(_("Other cards are merged into this one."), survivor=patient.pk)
    families = list(Family.objects.filter(guarantor=patient).values_list("pk", flat=True))
    kept = undo.Owned(Family, {"pk__in": families}, ("pk", "guarantor_id"))
    with undo.step(actor, TRASH, _("To trash: %(card)s") % {"card": patient}, owned_of(patient, "deleted_at"), kept):
        entry = trash_put(patient, actor=actor, reason=reason)
        Family.objects.filter(pk__in=families).update(guarantor=None)
        publish(PatientTrashed(patient_id=patient.pk))
        live.announce("patient", patient.pk, branch_id=patient.branch_id, version=patient.version)
    return entry


@command
def patients_trash(*, patient_ids: list[int], actor: Any, reason: str = "") -> int:
    """All of them or none: what stands in the way of one is told. Reverse: undo, or patient_restore card by card."""
    with undo.together(actor, _("Moved to the trash: %(count)s") % {"count": len(patient_ids)}):
        for pk in sorted(patient_ids):
            patient_trash(patient_id=pk, actor=actor, reason=reason)
    return len(patient_ids)


@command
def patient_restore(*, entry_id: int, actor: Any) -> Any:
    """Bring a card back from the trash. Reverse: patient_trash."""
    return trash_restore(entry_id, actor=actor)


def patient_opened(*, patient: Patient, actor: Any) -> None:
    """Remember who looks at a card: for «recent», and once an hour for the audit (PAT-45, 152-FZ).

    One statement outside of any transaction, so that reading a card costs next to nothing.
    """
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_recentpatient AS seen (user_id, patient_id, opened_at, audited_at) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT (user_id, patient_id) DO UPDATE SET opened_at = excluded.opened_at, "
            "audited_at = CASE WHEN seen.audited_at <= %s THEN excluded.opened_at ELSE seen.audited_at END "
            "RETURNING audited_at = opened_at",
            [actor.pk, patient.pk, now, now, now - AUDIT_EVERY],
        )
        if cursor.fetchone()[0]:
            audit(actor, "patients.card.opened", patient, patient_id=patient.pk)


@command
def patient_pin(*, patient: Patient, actor: Any) -> None:
    """Keep a card at hand (PAT-45). Reverse: patient_unpin."""
    PinnedPatient.objects.get_or_create(user=actor, patient=patient)


@command
def patient_unpin(*, patient: Patient, actor: Any) -> None:
    """Reverse: patient_pin."""
    PinnedPatient.objects.filter(user=actor, patient=patient).delete()
