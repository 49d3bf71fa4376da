"""Reads of visits that are planned without a date."""

from typing import Any

from django.db.models import Q, QuerySet

from clinic.models import Role
from scheduling.models import PlannedVisit


def planned_visible_to(user: Any) -> QuerySet[PlannedVisit]:
    """Of the user's branches, or of any; a doctor of the narrowest scope sees his own."""
    rows = PlannedVisit.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctor=user.staff_id or 0)
    return rows


def planned_now(user: Any) -> QuerySet[PlannedVisit]:
    """Who is still to be booked, in the order of windows."""
    rows = planned_visible_to(user).filter(outcome=PlannedVisit.Outcome.PLANNED)
    rows = rows.select_related("patient", "doctor", "branch", "visit_type").prefetch_related("services")
    return rows.order_by("opens_on", "pk")
