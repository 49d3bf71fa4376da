"""What treatment gives to tasks and chats."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinical import permissions
from clinical.selectors import plans_visible_to
from core.access import is_allowed
from work.subjects import SUBJECTS, Found, Subject

MOST = 6  # of a kind are offered to who picks a record


def plans(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, permissions.SEE_PLANS):
        return {}
    rows = plans_visible_to(user).filter(pk__in=ids).select_related("patient")
    return {
        row.pk: Found(f"{row}, {row.patient}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def picked(user: Any, words: str) -> Iterator[tuple[int, str]]:
    """Plans by the patient's name, the newest first."""
    if not is_allowed(user, permissions.SEE_PLANS):
        return
    rows = plans_visible_to(user).filter(patient__last_name__istartswith=words).order_by("-pk")[:MOST]
    yield from ((row.pk, f"{row}, {row.patient}") for row in rows)


def register() -> None:
    SUBJECTS.register(
        Subject("clinical.treatmentplan", _("Treatment plan"), "list-check", plans, picked), module="clinical", order=30
    )
