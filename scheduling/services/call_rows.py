"""Rows of calls come with their causes: at the event that brings a cause about, or at the minute that does (SCH-27)."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from core import live
from core.command import command
from scheduling.models import CallTask
from scheduling.selectors.calls import causes, reasons


@command
def calls_refresh(*, codes: Iterable[str] = (), patient_id: int | None = None) -> int:
    """Rows for causes that have none yet; safe at any moment, by many at once. Those whose cause is gone hide themselves.

    Who brings a cause about names the patient; what time alone brings about (a window that opens, a visit that is
    tomorrow's now) is found each minute. Gives how many are new.
    """
    chosen = set(codes)
    found = [row for code in reasons() if not chosen or code in chosen for row in missing(code, patient_id)]
    CallTask.objects.bulk_create(found, ignore_conflicts=True, batch_size=1000)
    for branch_id in {row.branch_id for row in found}:
        live.announce("call", 0, branch_id=branch_id)
    return len(found)


def missing(code: str, patient_id: int | None) -> list[CallTask]:
    """Causes of a reason that have no row; those of one patient are found by his index."""
    rows = causes(reasons()[code])
    rows = rows if patient_id is None else rows.filter(patient=patient_id)
    known = CallTask.objects.filter(reason=code, subject_id=OuterRef("pk"))
    new = rows.filter(~Exists(known)).values_list("pk", "patient_id", "branch_id", "due")
    return [
        CallTask(reason=code, subject_id=pk, patient_id=patient, branch_id=branch, due_at=due)
        for pk, patient, branch, due in new
    ]
