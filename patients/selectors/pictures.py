"""Photographs of patients and copies of their papers, within the reader's rights (PAT-36)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.models import StoredFile
from patients import permissions

PHOTO, PAPER = "patients.photo", "patients.paper"


def photos_of(patient_ids: Iterable[int]) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(patient_id__in=list(patient_ids), purpose=PHOTO, deleted_at__isnull=True)


def pictures_for(patient_id: int, user: Any) -> list[StoredFile]:
    """Photographs, and copies of documents for who may see those; newest first."""
    kinds = {PHOTO: (_("Photograph"), permissions.TAKE_PHOTOS)}
    if is_allowed(user, permissions.SEE_IDENTITY):
        kinds[PAPER] = (_("Copy of a document"), permissions.EDIT_IDENTITY)
    rows = StoredFile.objects.filter(patient_id=patient_id, purpose__in=kinds, deleted_at__isnull=True)
    found = list(rows.order_by("-uploaded_at", "-pk")[:60])
    for row in found:
        row.title, needed = kinds[row.purpose]  # type: ignore[attr-defined]
        row.is_image = row.content_type.startswith("image/")  # type: ignore[attr-defined]
        row.may_remove = is_allowed(user, needed)  # type: ignore[attr-defined]
    return found
