"""Which days are closed for changes (SET-20, BIL-41); apps with money ask here before they write."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from clinic import rules
from clinic.models import LockDate, User
from core.errors import PeriodClosed


def lock_date(branch: Any = None, user: Any = None) -> date | None:
    """The last closed day of a branch (an instance or its id) for a user; None when nothing is closed."""
    rows = list(LockDate.objects.values_list("branch_id", "role_id", "closed_until"))
    if not rows:
        return None
    roles = User.roles.through.objects.filter(user_id=user.pk).values_list("role_id", flat=True) if user else ()
    return rules.closed_until(rows, getattr(branch, "pk", branch), list(roles) if any(row[1] for row in rows) else None)


def check_open(day: date, branch: Any = None, user: Any = None) -> None:
    """Raise PeriodClosed (`facts.closed_until`) for a document of a closed day."""
    closed = lock_date(branch, user)
    if closed is not None and day <= closed:
        raise PeriodClosed(closed_until=closed, day=day)


def lock_dates() -> QuerySet[LockDate]:
    """What is closed now: the whole clinic first, then branches, then roles."""
    return LockDate.objects.select_related("branch", "role").order_by("role_id", "branch_id")
