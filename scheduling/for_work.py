"""What the calendar gives to tasks, chats and the queue."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from scheduling import permissions
from scheduling.selectors.appointments import appointments_visible_to
from work.subjects import SUBJECTS, Found, Subject


def visits(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, permissions.SEE):
        return {}
    rows = appointments_visible_to(user).filter(pk__in=ids).select_related("patient", "branch", "chair", "doctor")
    return {
        row.pk: Found(f"{row.patient}, {row}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def register() -> None:
    SUBJECTS.register(Subject("scheduling.appointment", _("Visit"), "calendar", visits), module="scheduling", order=20)
