"""Reads of appointments: who may see which, one under its lock, a patient's figures."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Role
from core import clock
from core.access import is_allowed
from core.errors import NotFound
from patients.models import Patient
from patients.slots import Section
from scheduling.models import Appointment, State
from scheduling.permissions import SEE
from scheduling.selectors.pools import with_pools


def appointments_visible_to(user: Any) -> QuerySet[Appointment]:
    """Those of the user's branches; a doctor of the narrowest scope sees his own (SET-15)."""
    rows = Appointment.objects.filter(branch_id__in=user.branch_ids)
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctor_id=user.staff_id) if user.staff_id else rows.none()
    return rows


def with_services(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Adds `service_ids` and `pool_names` in the same statement."""
    through = Appointment.services.through.objects.filter(appointment_id=OuterRef("pk")).order_by("pk")
    return with_pools(rows.annotate(service_ids=ArraySubquery(through.values("service_id"))))


def with_visits(rows: QuerySet[Patient]) -> QuerySet[Patient]:
    """Last and next visit of a patient, each found by one look into the index of his visits."""
    own = Appointment.objects.filter(patient=OuterRef("pk")).order_by()
    last = own.filter(state=State.COMPLETED).values("patient").annotate(at=Max("starts_at")).values("at")
    ahead = own.filter(state__in=(State.BOOKED, State.CONFIRMED), starts_at__gte=clock.now())
    coming = ahead.values("patient").annotate(at=Min("starts_at")).values("at")
    return rows.annotate(last_visit_at=Subquery(last), next_visit_at=Subquery(coming))


def appointment_get(pk: int, user: Any) -> Appointment:
    """One visit with its branch and services; a stranger's is NotFound."""
    found = with_services(appointments_visible_to(user)).select_related("branch").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def appointment_shown(pk: int, user: Any) -> Appointment:
    """One visit with all that its page shows."""
    rows = with_services(appointments_visible_to(user)).select_related(
        "branch", "chair", "doctor", "patient", "visit_type", "label", "created_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def patient_visits(patient_id: int, user: Any) -> QuerySet[Appointment]:
    """All visits of a patient that the user may see, newest first."""
    rows = appointments_visible_to(user).filter(patient=patient_id, is_mistake=False)
    rows = rows.select_related("branch", "chair", "doctor", "patient", "visit_type", "label").prefetch_related(
        "services"
    )
    return rows.order_by("-starts_at", "-pk")


def patient_statistics(patient_id: int, user: Any) -> list[tuple[Any, int, str]]:
    """Visits kept, missed, cancelled, moved (PAT-35); slips count for nothing."""
    counts = Appointment.objects.filter(patient=patient_id, is_mistake=False).aggregate(
        done=Count("pk", filter=Q(state=State.COMPLETED)),
        missed=Count("pk", filter=Q(state=State.NO_SHOW)),
        cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
        moved=Count("pk", filter=Q(moves__gt=0)),
    )
    url = reverse("scheduling:patient-visits", args=[patient_id]) if is_allowed(user, SEE) else ""
    words = {"done": _("visits"), "missed": _("missed"), "cancelled": _("cancelled"), "moved": _("moved")}
    return [(label, counts[name], url) for name, label in words.items()]


def visits_exported(patient_id: int, user: Any) -> list[Section]:
    """The patient's copy of his visits."""
    rows = Appointment.objects.filter(patient=patient_id).select_related("branch", "doctor").order_by("starts_at")
    return [
        Section(
            "visits",
            _("Visits"),
            [
                {
                    "start": row.local_start.isoformat(),
                    "end": row.local_end.isoformat(),
                    "doctor": row.doctor.full_name,
                    "branch": row.branch.name,
                    "status": str(State(row.state).label),
                    "comment": row.comment,
                }
                for row in rows
            ],
        )
    ]


def appointments_of_series(series_id: int | None) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(series=series_id) if series_id else Appointment.objects.none()
    return rows.select_related("branch").order_by("starts_at")
