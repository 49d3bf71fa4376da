"""Reads for the calendar: what stands on a day of some branches, in a fixed number of statements."""

from typing import Any

from django.db.models import Q, QuerySet

from clinic.models import Role
from scheduling.models import Block


def blocks_visible_to(user: Any) -> QuerySet[Block]:
    """Of the user's branches' chairs, and of doctors wherever they are."""
    rows = Block.objects.filter(Q(chair__branch_id__in=user.branch_ids) | Q(chair__isnull=True))
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(Q(doctor_id=user.staff_id) | Q(doctor__isnull=True)) if user.staff_id else rows.none()
    return rows.select_related("chair__branch", "doctor")
