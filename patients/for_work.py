"""What cards give to tasks, chats and the queue: records that these may be about, and who sees them."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import Permission, is_allowed
from patients import permissions
from patients.selectors import patients_found, patients_visible_to
from work.subjects import SUBJECTS, Found, Subject


def cards(user: Any, ids: list[int], needed: Permission = permissions.SEE) -> dict[int, Found]:
    """Cards within the user's scope, if he may see what is asked for of them."""
    if not is_allowed(user, needed):
        return {}
    rows = patients_visible_to(user).filter(pk__in=ids)
    return {row.pk: Found(row.full_name, row.get_absolute_url(), row.pk, row.branch_id) for row in rows}


def records(user: Any, ids: list[int]) -> dict[int, Found]:
    """The same cards as medical records: only for those who see treatment."""
    return cards(user, ids, permissions.SEE_MEDICAL_EVENTS) if is_allowed(user, permissions.SEE) else {}


def picked(user: Any, words: str) -> Iterator[tuple[int, str]]:
    if is_allowed(user, permissions.SEE):
        yield from ((row.pk, row.full_name) for row in patients_found(user, words, 12))


def register() -> None:
    SUBJECTS.register(Subject("patients.patient", _("Patient"), "user", cards, picked), module="patients", order=10)
    SUBJECTS.register(
        Subject("patients.record", _("Medical record"), "heartbeat", records), module="patients", order=11
    )
