"""The waiting list: patients without a date, with their wishes (SCH-13..16)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Service
from clinic.models import Staff
from core.audit import audit
from core.command import check_version, command
from core.errors import Invalid, NotFound
from patients.models import Patient
from patients.selectors import patients_visible_to
from scheduling import audit as said
from scheduling.models import Appointment, WaitingEntry
from scheduling.selectors.waiting import waiting_visible_to
from scheduling.services.booking import appointment_book
from scheduling.services.leaving import waiting_end, waiting_tell

FIELDS = (
    "branch_id", "duration_min", "weekdays", "time_from", "time_to", "earliest", "latest", "is_urgent", "comment",
)  # fmt: skip


@command
def waiting_add(
    *, patient_id: int, actor: Any, doctor_ids: Iterable[int] = (), service_ids: Iterable[int] = (), **wishes: Any
) -> WaitingEntry:
    """Put a patient on the list. Reverse: waiting_remove."""
    patient = _patient(patient_id, actor)
    _check_known(wishes.get("branch_id"), doctor_ids, service_ids, actor)
    entry = WaitingEntry(patient=patient, created_by=actor, **_checked(wishes))
    entry.save(force_insert=True)
    _set(entry, doctor_ids, service_ids)
    audit(actor, said.WAITING_ADDED, entry, patient_id=patient.pk, branch_id=entry.branch_id)
    waiting_tell(entry)
    return entry


@command
def waiting_change(
    *,
    entry_id: int,
    actor: Any,
    doctor_ids: Iterable[int] | None = None,
    service_ids: Iterable[int] | None = None,
    expected_version: int | None = None,
    **wishes: Any,
) -> WaitingEntry:
    """Other wishes."""
    entry = waiting_locked(entry_id, actor)
    check_version(expected_version, entry.version)
    _check_known(wishes.get("branch_id"), doctor_ids, service_ids, actor)
    for name, value in _checked(wishes).items():
        setattr(entry, name, value)
    entry.version += 1
    entry.save()
    _set(entry, doctor_ids, service_ids)
    audit(actor, said.WAITING_CHANGED, entry, patient_id=entry.patient_id, branch_id=entry.branch_id)
    waiting_tell(entry)
    return entry


@command
def waiting_book(
    *, entry_id: int, actor: Any, doctor_id: int, chair_id: int, starts_at: Any, ends_at: Any, **details: Any
) -> Appointment:
    """Book who waits; the row leaves the list by itself (SCH-14, SCH-15)."""
    entry = waiting_locked(entry_id, actor)
    services = list(entry.services.values_list("pk", flat=True))
    made = appointment_book(
        patient_id=entry.patient_id,
        doctor_id=doctor_id,
        chair_id=chair_id,
        starts_at=starts_at,
        ends_at=ends_at,
        actor=actor,
        **{"service_ids": services, "source_kind": Appointment.Source.WAITING, "comment": entry.comment, **details},
    )
    entry.refresh_from_db()
    if entry.outcome == WaitingEntry.Outcome.WAITING:  # he had wished for something else
        other = WaitingEntry.objects.filter(appointment=made).exists()
        waiting_end(entry, WaitingEntry.Outcome.BOOKED, actor, appointment=None if other else made)
    return made


@command
def waiting_remove(*, entry_id: int, actor: Any) -> WaitingEntry:
    """Take a patient off the list. Reverse: waiting_return."""
    entry = waiting_locked(entry_id, actor)
    waiting_end(entry, WaitingEntry.Outcome.REMOVED, actor)
    return entry


@command
def waiting_return(*, entry_id: int, actor: Any) -> WaitingEntry:
    """The undo of waiting_remove."""
    entry = (
        waiting_visible_to(actor)
        .select_for_update(of=("self",))
        .filter(pk=entry_id, outcome=WaitingEntry.Outcome.REMOVED)
        .first()
    )
    if entry is None:
        raise NotFound
    entry.outcome = WaitingEntry.Outcome.WAITING
    entry.version += 1
    entry.save()
    audit(actor, said.WAITING_ADDED, entry, patient_id=entry.patient_id, branch_id=entry.branch_id)
    waiting_tell(entry)
    return entry


def waiting_locked(pk: int, user: Any) -> WaitingEntry:
    found = (
        waiting_visible_to(user)
        .select_for_update(of=("self",))
        .filter(pk=pk, outcome=WaitingEntry.Outcome.WAITING)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _patient(pk: int, actor: Any) -> Patient:
    found = patients_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def _checked(wishes: dict[str, Any]) -> dict[str, Any]:
    unknown = set(wishes) - set(FIELDS)
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    wrong: dict[str, Any] = {}
    if wishes.get("time_from") and wishes.get("time_to") and wishes["time_to"] <= wishes["time_from"]:
        wrong["time_to"] = _("The end must be after the start.")
    if wishes.get("earliest") and wishes.get("latest") and wishes["latest"] < wishes["earliest"]:
        wrong["latest"] = _("The last day must not be before the first.")
    if not 5 <= (wishes.get("duration_min") or 30) <= 720:
        wrong["duration_min"] = _("From 5 minutes to 12 hours.")
    if not set(wishes.get("weekdays") or ()) <= set(range(7)):
        wrong["weekdays"] = _("Choose days of the week, 0 is Monday.")
    if wrong:
        raise Invalid(fields=wrong)
    return wishes


def _check_known(
    branch_id: int | None, doctor_ids: Iterable[int] | None, service_ids: Iterable[int] | None, actor: Any
) -> None:
    """404 for what does not exist or is not the caller's."""
    doctors, services = set(doctor_ids or ()), set(service_ids or ())
    if branch_id and branch_id not in actor.branch_ids:
        raise NotFound
    if doctors and Staff.objects.live().filter(pk__in=doctors, is_doctor=True).count() != len(doctors):
        raise NotFound
    if services and Service.objects.live().filter(pk__in=services).count() != len(services):
        raise NotFound


def _set(entry: WaitingEntry, doctor_ids: Iterable[int] | None, service_ids: Iterable[int] | None) -> None:
    if doctor_ids is not None:
        entry.doctors.set(doctor_ids)
    if service_ids is not None:
        entry.services.set(service_ids)
