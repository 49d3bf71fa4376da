"""Reads of shifts, and which visits stand on one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from clinic.models import Role
from core.errors import NotFound
from scheduling.models import Appointment, Shift
from scheduling.rules import OPEN, Range, is_covered
from scheduling.selectors.appointments import with_services


def shifts_visible_to(user: Any) -> QuerySet[Shift]:
    """Those of the user's branches; a doctor of the narrowest scope sees his own (SET-15)."""
    rows = Shift.objects.filter(chair__branch_id__in=user.branch_ids)
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctor_id=user.staff_id) if user.staff_id else rows.none()
    return rows.select_related("chair__branch", "doctor")


def visits_left_without(shift: Shift, ranges: Iterable[Range] = (), *, is_locking: bool = False) -> list[Appointment]:
    """Open visits of a shift that neither `ranges` nor another shift of the doctor in that chair covers."""
    visits = visits_of(shift.doctor_id, shift.chair_id, shift.starts_at, shift.ends_at)
    others = Shift.objects.filter(
        doctor_id=shift.doctor_id, chair_id=shift.chair_id, starts_at__lte=shift.ends_at, ends_at__gte=shift.starts_at
    ).exclude(pk=shift.pk)
    kept = [*ranges, *(Range(row.starts_at, row.ends_at) for row in others)]
    return [visit for visit in visits if not is_covered(Range(visit.starts_at, visit.ends_at), kept)]


def visits_of(doctor_id: int, chair_id: int, starts_at: datetime, ends_at: datetime) -> list[Appointment]:
    rows = with_services(open_visits(doctor_id, chair_id, starts_at, ends_at))
    return list(rows.select_related("branch", "patient", "doctor", "chair").order_by("starts_at", "pk"))


def open_visits(doctor_id: int, chair_id: int, starts_at: datetime, ends_at: datetime) -> QuerySet[Appointment]:
    """Visits that are not over yet and touch a range of a doctor in a chair."""
    return Appointment.objects.filter(
        doctor_id=doctor_id, chair_id=chair_id, starts_at__lt=ends_at, ends_at__gt=starts_at, state__in=OPEN
    )


def shift_shown(pk: int, user: Any) -> Shift:
    found = shifts_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
