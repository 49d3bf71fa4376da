"""Reads of the waiting list: who waits, in which order, for what."""

from typing import Any

from django.db.models import Q, QuerySet

from clinic.models import Role
from scheduling.models import WaitingEntry


def waiting_visible_to(user: Any) -> QuerySet[WaitingEntry]:
    """Those who want the user's branches, or any; a doctor sees who asks for him."""
    rows = WaitingEntry.objects.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctors=user.staff_id or 0)
    return rows


def waiting_now(user: Any, branch_id: int | None = None) -> QuerySet[WaitingEntry]:
    """Who still waits: urgent ones first, then in the order of coming."""
    rows = waiting_visible_to(user).filter(outcome=WaitingEntry.Outcome.WAITING)
    if branch_id:
        rows = rows.filter(Q(branch=branch_id) | Q(branch__isnull=True))
    return (
        rows.select_related("patient", "branch")
        .prefetch_related("doctors", "services")
        .order_by("-is_urgent", "created_at", "pk")
    )
