"""Reads of appointments: who may see which, one under its lock, a patient's figures."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from clinic.models import Role
from core.errors import NotFound
from scheduling.models import Appointment


def appointments_visible_to(user: Any) -> QuerySet[Appointment]:
    """Those of the user's branches; a doctor of the narrowest scope sees his own (SET-15)."""
    rows = Appointment.objects.filter(branch_id__in=user.branch_ids)
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctor_id=user.staff_id) if user.staff_id else rows.none()
    return rows


def with_services(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Adds `service_ids` in the same statement."""
    through = Appointment.services.through.objects.filter(appointment_id=OuterRef("pk")).order_by("pk")
    return rows.annotate(service_ids=ArraySubquery(through.values("service_id")))


def appointment_locked(pk: int, user: Any, *, for_update: bool = True) -> Appointment:
    """One visit with its branch and services, under its lock unless told otherwise; a stranger's is NotFound."""
    rows = with_services(appointments_visible_to(user)).select_related("branch")
    if for_update:
        rows = rows.select_for_update(no_key=True, of=("self",))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
