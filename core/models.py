"""The frame's own tables: settings, audit, history, events, trash, saved views, jobs, files, idempotency."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Setting(models.Model):
    """A stored clinic policy or module switch; absent means the declared default."""

    key = models.CharField(max_length=100, primary_key=True)
    value = models.JSONField(null=True)
    changed_at = models.DateTimeField(auto_now=True)


class AuditEntry(models.Model):
    """Who did, looked at, or was refused what. Append-only by the database's rights.

    People see those with `is_timeline` as a patient's or a record's feed, within their compartments.
    Ids are kept without foreign keys: the record outlives what it speaks of.
    """

    class Compartment(models.TextChoices):
        BASE = "base"
        FINANCIAL = "financial"
        MEDICAL = "medical"

    at = models.DateTimeField(db_default=Now(), db_index=True)
    transaction_id = models.BigIntegerField(db_default=models.Func(function="txid_current"), db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=100)
    object_kind = models.CharField(max_length=100, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=300, blank=True)
    patient_id = models.BigIntegerField(null=True)
    branch_id = models.BigIntegerField(null=True)
    compartment = models.CharField(max_length=10, choices=Compartment, default=Compartment.BASE)
    is_timeline = models.BooleanField(default=True)
    facts = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient_id", "-at"], condition=Q(patient_id__isnull=False), name="audit_patient_feed"
            ),
            models.Index(fields=["object_kind", "object_id", "-at"], name="audit_record_feed"),
            models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
        ]


class HistoryEntry(models.Model):
    """Which column changed from what to what; written by a trigger, so bulk updates and raw SQL count.

    The actor is that of the audit entry with the same transaction_id.
    """

    at = models.DateTimeField(db_default=Now())
    transaction_id = models.BigIntegerField(db_default=models.Func(function="txid_current"), db_index=True)
    table_name = models.CharField(max_length=100)
    row_id = models.BigIntegerField()
    action = models.CharField(max_length=6)
    changes = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["table_name", "row_id", "-at"], name="history_of_a_row")]


class EventRecord(models.Model):
    """A published fact that somebody must hear after the commit."""

    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=150)
    payload = models.JSONField()


class Delivery(models.Model):
    """One subscriber's debt to one event; done in the same transaction as its effect, hence once."""

    event = models.ForeignKey(EventRecord, models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=200)
    next_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber")]
        indexes = [models.Index(fields=["next_at"], condition=Q(done_at__isnull=True), name="delivery_waiting")]


class UndoEntry(models.Model):
    """One command of a person that may be taken back: steps with what they owned before and after (core.undo)."""

    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    title = models.CharField(max_length=300)
    steps = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["actor", "-id"], condition=Q(undone_at__isnull=True), name="undo_last_of_user")]


class TrashEntry(models.Model):
    """One act of deletion: the row, its children that went with it, who, when and why (SET-04)."""

    kind = models.CharField(max_length=100)
    row_id = models.BigIntegerField()
    label = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True)
    deleted_at = models.DateTimeField(db_default=Now())
    deleted_by_id = models.BigIntegerField(null=True)
    deleted_by_name = models.CharField(max_length=200, blank=True)
    children = models.JSONField(default=list)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row_id"], condition=Q(restored_at__isnull=True), name="trash_holds_a_row_once"
            )
        ]
        indexes = [models.Index(fields=["-deleted_at"], condition=Q(restored_at__isnull=True), name="trash_newest")]


class SavedView(models.Model):
    """A list screen's whole state is its query string; a view is that string with a name."""

    listing = models.CharField(max_length=60)
    title = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="saved_views")
    role_code = models.CharField(max_length=40, blank=True, help_text="shared with everybody of this role")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "title", "owner", "role_code"],
                nulls_distinct=False,
                name="saved_view_title_is_unique",
            )
        ]


class Job(models.Model):
    """A long piece of work with a bar: import, export, bulk change. The row is the truth, the worker only its hand."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    is_cancel_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)
    file = models.ForeignKey("StoredFile", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    @property
    def progress(self) -> int:
        """Whole percent."""
        if self.state == self.State.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


def stored_file_path(row: "StoredFile", name: str) -> str:
    return f"{row.key.hex[:2]}/{row.key.hex}"


class StoredFile(models.Model):
    """A file typed by its content, served only through the permission check of its `purpose`."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    purpose = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to=stored_file_path)
    patient_id = models.BigIntegerField(null=True, db_index=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True)


class IdempotencyKey(models.Model):
    """The promise that a command with this key happens once; inserted first in the command's own transaction."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    key = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "method", "path", "key"], name="idempotency_key_happens_once")
        ]


class Attempt(models.Model):
    """One wrong try at a secret: a password, a PIN, a second factor. Counted by core.throttle, dropped after a day."""

    purpose = models.CharField(max_length=40)
    key = models.CharField(max_length=64, help_text="a digest of who tried and from where")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["purpose", "key", "at"], name="attempt_counted")]
