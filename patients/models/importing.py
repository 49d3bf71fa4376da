"""Batches of imported cards: the file, its mapping, what became of each row (PAT-44)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import Job, StoredFile
from patients.models.cards import Patient


class ImportMapping(models.Model):
    """The mapping that was used for a file with these headings; offered again for the next one."""

    headings_hash = models.CharField(max_length=64, unique=True)
    columns = models.JSONField(default=dict)
    used_at = models.DateTimeField(auto_now=True)


class ImportBatch(models.Model):
    """One file brought in. Nothing but this row changes until it runs."""

    class State(models.TextChoices):
        NEW = "new", _("Not imported yet")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Rolled back")

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    columns = models.JSONField(default=dict, help_text="field name: column number")
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    check_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    run_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    undo_job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of patients")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file.name


class ImportedRow(models.Model):
    """What a row of the file became. `version` is the card's right after it, so that later changes are seen."""

    class Fate(models.TextChoices):
        CREATED = "created", _("Added")
        UPDATED = "updated", _("Completed")
        SAME = "same", _("Already there")
        WRONG = "wrong", _("Error")
        UNDONE = "undone", _("Rolled back")
        KEPT = "kept", _("Kept at roll-back")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    fate = models.CharField(max_length=7, choices=Fate)
    patient = models.ForeignKey(Patient, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(null=True)
    before = models.JSONField(default=dict)
    errors = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="imported_row_once_a_batch")]
        indexes = [models.Index(fields=["batch", "fate"], name="imported_rows_by_fate")]
