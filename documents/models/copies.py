"""Copies of what was printed: never changed, found by what they were made of (DOC-15).

The app knows no patient: the caller hands over the subject's key and label, and the context of the template.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile


class Document(models.Model):
    """One printed sheet. The same content printed again is the same copy: `content_hash` tells. Append-only."""

    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=5)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    patient_id = models.BigIntegerField(null=True)
    content_hash = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("document")
        ordering = ("-made_at", "-pk")
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="document_of_a_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "content_hash"], name="document_kept_once_as_it_was"
            )
        ]

    def __str__(self) -> str:
        return self.title
