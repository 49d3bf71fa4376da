"""Visits without a date (SCH-26)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from catalog.models import Service
from clinic.models import Staff
from core.audit import audit
from core.command import check_version, command
from core.errors import NotFound
from patients.selectors import patients_visible_to
from scheduling import audit as said
from scheduling.models import PlannedVisit
from scheduling.selectors.planned import planned_visible_to
from scheduling.services.leaving import planned_checked, planned_end, planned_tell


@command
def planned_add(
    *, patient_id: int, due_on: date, actor: Any, service_ids: Iterable[int] = (), **details: Any
) -> PlannedVisit:
    """«In about three months» (SCH-26). Reverse: planned_remove."""
    patient = patients_visible_to(actor).filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    _check_known(details, service_ids, actor)
    values = planned_checked({"opens_on": None, **details, "due_on": due_on})
    row = PlannedVisit(patient=patient, created_by=actor, origin=details.get("origin"), **values)
    row.save(force_insert=True)
    row.services.set(list(service_ids))
    audit(actor, said.PLANNED, row, patient_id=patient.pk, when=f"{row.due_on:%d.%m.%Y}")
    planned_tell(row)
    return row


@command
def planned_change(
    *,
    planned_id: int,
    actor: Any,
    service_ids: Iterable[int] | None = None,
    expected_version: int | None = None,
    **changes: Any,
) -> PlannedVisit:
    """Another date, doctor or work. A new date moves the window with it unless the window is named."""
    row = _locked(planned_id, actor)
    check_version(expected_version, row.version)
    _check_known(changes, service_ids or (), actor)
    current = {"due_on": row.due_on, "opens_on": None if "due_on" in changes else row.opens_on}
    for name, value in planned_checked({**current, **changes}).items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    if service_ids is not None:
        row.services.set(list(service_ids))
    audit(actor, said.PLANNED, row, patient_id=row.patient_id, when=f"{row.due_on:%d.%m.%Y}")
    planned_tell(row)
    return row


@command
def planned_remove(*, planned_id: int, actor: Any) -> PlannedVisit:
    """Not planned any more. Reverse: planned_return."""
    row = _locked(planned_id, actor)
    planned_end(row, PlannedVisit.Outcome.REMOVED, actor)
    return row


@command
def planned_return(*, planned_id: int, actor: Any) -> PlannedVisit:
    """The undo of planned_remove."""
    row = _locked(planned_id, actor, PlannedVisit.Outcome.REMOVED)
    row.outcome = PlannedVisit.Outcome.PLANNED
    row.version += 1
    row.save()
    audit(actor, said.PLANNED, row, patient_id=row.patient_id, when=f"{row.due_on:%d.%m.%Y}")
    planned_tell(row)
    return row


def _locked(pk: int, user: Any, outcome: str = PlannedVisit.Outcome.PLANNED) -> PlannedVisit:
    rows = planned_visible_to(user).select_for_update(of=("self",))
    found = rows.filter(pk=pk, outcome=outcome).first()
    if found is None:
        raise NotFound
    return found


def _check_known(values: dict[str, Any], service_ids: Iterable[int], actor: Any) -> None:
    services = set(service_ids)
    doctor_id, branch_id = values.get("doctor_id"), values.get("branch_id")
    if branch_id and branch_id not in actor.branch_ids:
        raise NotFound
    if doctor_id and not Staff.objects.live().filter(pk=doctor_id, is_doctor=True).exists():
        raise NotFound
    if services and Service.objects.live().filter(pk__in=services).count() != len(services):
        raise NotFound
