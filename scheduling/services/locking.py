"""Rows that are about to be changed, under their locks; taken before any lock on chairs, doctors, patients."""

from typing import Any

from core.errors import NotFound
from scheduling.models import Appointment, Shift
from scheduling.selectors.appointments import appointments_visible_to, with_services
from scheduling.selectors.shifts import open_visits, shifts_visible_to


def appointment_locked(pk: int, user: Any) -> Appointment:
    """One visit with its branch and services; a stranger's is NotFound."""
    rows = with_services(appointments_visible_to(user)).select_related("branch")
    found = rows.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def series_locked(series_id: int | None, user: Any) -> list[Appointment]:
    """Every visit of a series that the user may see, in one order for everybody."""
    rows = with_services(appointments_visible_to(user)).filter(series_id=series_id).select_related("branch")
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def shift_locked(pk: int, user: Any) -> Shift:
    found = shifts_visible_to(user).select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def visits_lock(shift: Shift) -> list[int]:
    """Open visits of a shift are kept from changing; gives their patients."""
    rows = open_visits(shift.doctor_id, shift.chair_id, shift.starts_at, shift.ends_at)
    return list(rows.select_for_update(no_key=True).order_by("pk").values_list("patient_id", flat=True))
