"""The ways back of commands on cards (MOON-18)."""

from typing import Any

from core import live, undo
from core.models import TrashEntry
from core.trash import trash_restore
from patients import permissions
from patients.models import Family, Patient
from patients.services.cards import ACTIVITY, TRASH, patient_activate


@undo.inverse(ACTIVITY, permissions.EDIT)
def activity_back(step: undo.Step, actor: Any) -> None:
    ((was,),), ((where),) = step.before, step.where
    patient_activate(patient_id=where["pk"], is_active=was["is_active"], actor=actor)


@undo.inverse(TRASH, permissions.DELETE)
def trash_back(step: undo.Step, actor: Any) -> None:
    """Out of the trash, with the families that the person answered for."""
    pk = step.where[0]["pk"]
    entry = TrashEntry.objects.filter(kind="patients.patient", row_id=pk, restored_at__isnull=True).latest("pk")
    row = trash_restore(entry.pk, actor=actor)
    for family in step.before[1]:
        Family.objects.filter(pk=family["pk"]).update(guarantor=family["guarantor_id"])
    assert isinstance(row, Patient)
    live.announce("patient", row.pk, branch_id=row.branch_id, version=row.version)
