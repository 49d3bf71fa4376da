"""The directory of diagnoses: ICD-10 with the names that the clinic uses (CLN-28)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis, DiagnosisGroup
from core import live, text
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from core.trash import trash_put

ADDED = sentence("catalog.diagnosis.added", _("%(object)s added to the directory"), "plus", is_timeline=False).code
CHANGED = sentence("catalog.diagnosis.changed", _("%(object)s changed"), "pencil", is_timeline=False).code
ARCHIVED = sentence(
    "catalog.diagnosis.archived", _("%(object)s is no longer offered"), "archive", is_timeline=False
).code
RETURNED = sentence(
    "catalog.diagnosis.returned", _("%(object)s is offered again"), "archive-off", is_timeline=False
).code


@command
def diagnosis_save(
    *, group: DiagnosisGroup, code: str, name: str, actor: Any, name_en: str = "", diagnosis_id: int | None = None,
    expected_version: int | None = None,
) -> Diagnosis:  # fmt: skip
    """Add a diagnosis or rename one; codes are unique. Raises Invalid on `code`, Stale. Reverse: diagnosis_trash."""
    row = locked(diagnosis_id) if diagnosis_id else Diagnosis()
    if diagnosis_id:
        check_version(expected_version, row.version)
        row.version += 1
    row.group, row.code, row.name, row.name_en = group, text.own_code(code), name.strip(), name_en.strip()
    same = Diagnosis.objects.live().filter(code=row.code).exclude(pk=row.pk).first()
    if same:
        raise Invalid(fields={"code": _("%(diagnosis)s has this code already.") % {"diagnosis": same}})
    row.save()
    audit(actor, CHANGED if diagnosis_id else ADDED, row)
    live.announce("diagnoses", row.pk, version=row.version)
    return row


@command
def diagnosis_archive(*, diagnosis_id: int, actor: Any) -> bool:
    """Stop offering a diagnosis, or offer it again; patients keep theirs. Its own reverse."""
    row = locked(diagnosis_id)
    row.is_active = not row.is_active
    row.version += 1
    row.save(update_fields=["is_active", "version"])
    audit(actor, RETURNED if row.is_active else ARCHIVED, row)
    live.announce("diagnoses", row.pk, version=row.version)
    return row.is_active


@command
def diagnosis_trash(*, diagnosis_id: int, actor: Any) -> None:
    """To the trash; InUse while patients have it. Reverse: core.trash.trash_restore."""
    trash_put(locked(diagnosis_id), actor=actor)
    live.announce("diagnoses", diagnosis_id)


def locked(pk: int) -> Diagnosis:
    row = Diagnosis.objects.select_for_update(of=("self",)).filter(pk=pk, deleted_at__isnull=True).first()
    if row is None:
        raise NotFound
    return row
