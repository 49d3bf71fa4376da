"""Rolling back an imported batch: what nobody has touched since goes, the rest stays and says why (PAT-44)."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, jobs
from core.access import check
from core.audit import audit
from core.command import command
from core.errors import IllegalMove, NotFound
from core.models import Job
from patients import permissions
from patients.models import Identity, ImportBatch, ImportedRow, Patient
from patients.services.links import spoken_of

STEP = 300
# What comes with every card and is no work of people on it.
OWN = {
    "patients.identity", "patients.recentpatient", "patients.pinnedpatient", "patients.importedrow", "patients.duplicate",
    "core.auditentry",
}  # fmt: skip


@command
def batch_undo_start(*, batch_id: int, actor: Any) -> Job:
    """Queue the roll-back of a batch; a second click finds the one that has begun."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=batch_id, created_by=actor).first()
    if batch is None:
        raise NotFound
    if batch.undo_job is not None and not batch.undo_job.is_over:
        return batch.undo_job
    if batch.state not in (ImportBatch.State.DONE, ImportBatch.State.FAILED):
        raise IllegalMove(source=batch.state, to="undone")
    title = _("Roll-back of %(file)s") % {"file": batch.file.name}
    params = {"batch": batch.pk, "language": translation.get_language()}
    batch.undo_job = jobs.start("patients.import_undo", title=title[:200], params=params, owner=actor)
    batch.save(update_fields=["undo_job"])
    return batch.undo_job


@jobs.runner("patients.import_undo")
def undo_job(progress: jobs.Progress) -> dict[str, Any]:
    check(progress.job.owner, permissions.IMPORT)
    with translation.override(progress.params["language"]):
        batch = ImportBatch.objects.select_related("file").get(pk=progress.params["batch"])
        return batch_undo(batch, actor=progress.job.owner, step=progress.step)


def batch_undo(
    batch: ImportBatch, *, actor: Any, step: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Any]:
    """Step by step, newest row first; a second run goes on where the first stopped."""
    waiting = batch.rows.filter(fate__in=(ImportedRow.Fate.CREATED, ImportedRow.Fate.UPDATED)).order_by("-number")
    ids = list(waiting.values_list("pk", flat=True))
    for start in range(0, len(ids), STEP):
        step_undo(ids[start : start + STEP])
        step(min(start + STEP, len(ids)), len(ids))
    return undo_finish(batch_id=batch.pk, actor=actor)


@command
def step_undo(row_ids: list[int]) -> None:
    """Remove or restore the cards of these rows, or say of each why it stays."""
    rows = list(ImportedRow.objects.filter(pk__in=row_ids).order_by("-number"))
    ids = sorted({row.patient_id for row in rows if row.patient_id})
    cards = {
        card.pk: card for card in Patient.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    }
    touched = spoken_of(ids, leave_out=OWN)
    survivors = set(Patient.objects.filter(merged_into__in=ids).values_list("merged_into_id", flat=True))
    removed: list[int] = []
    for row in rows:
        card = cards.get(row.patient_id or 0)
        reason = why_kept(row, card, touched, survivors)
        row.note = reason[:300]
        row.fate = ImportedRow.Fate.KEPT if reason else ImportedRow.Fate.UNDONE
        if reason or card is None:
            continue
        if row.before:
            restore(card, row.before)
        else:
            removed.append(card.pk)
    ImportedRow.objects.bulk_update(rows, ["fate", "note"])
    Patient.objects.filter(pk__in=removed).delete()


def why_kept(row: ImportedRow, card: Patient | None, touched: dict[int, str], survivors: set[int]) -> str:
    """The reason in a sentence, or nothing when the card may go."""
    if card is None:
        return ""
    if card.merged_into_id or card.pk in survivors:
        return _("Merged with another card since.")
    if card.version != row.version:
        return _("Changed since the import.")
    if not row.before and card.pk in touched:
        return _("Records stand on it: %(what)s.") % {"what": touched[card.pk]}
    return ""


def restore(card: Patient, before: dict[str, Any]) -> None:
    """What stood in the fields that the import had filled."""
    identity = before.get("identity", ...)
    fields = {name: value for name, value in before.items() if name != "identity"}
    for name, value in fields.items():
        setattr(card, name, date.fromisoformat(value) if name == "birth_date" and value else value)
    card.version += 1
    card.save(update_fields=[*fields, "version"])
    if identity is None:
        Identity.objects.filter(patient=card).delete()
    elif identity is not ...:
        Identity.objects.filter(patient=card).update(**identity)


@command
def undo_finish(*, batch_id: int, actor: Any) -> dict[str, Any]:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch_id)
    counts = Counter(batch.rows.values_list("fate", flat=True))
    facts = {"undone": counts[ImportedRow.Fate.UNDONE], "kept": counts[ImportedRow.Fate.KEPT]}
    batch.state = ImportBatch.State.UNDONE
    batch.report = {**batch.report, **facts, "undone_at": clock.now().isoformat()}
    batch.save()
    audit(actor, "patients.batch.undone", batch, **facts)
    return {**facts, "batch": batch.pk}
