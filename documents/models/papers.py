"""Papers of patients: made once of a version, never changed; a signature is one more copy beside the first (DOC-15)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch
from core.models import StoredFile
from documents.models.copies import Document
from documents.models.templates import Kind, TemplateVersion


class Paper(models.Model):
    """A filled-in text. `rights` are the codes that its reader must have. Append-only; its PDF is a Document."""

    template = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=16, choices=Kind)
    title = models.CharField(max_length=200)
    number = models.PositiveBigIntegerField(null=True)
    patient_id = models.BigIntegerField(db_index=True)
    patient_name = models.CharField(max_length=260)
    signer_name = models.CharField(max_length=260)
    representative_id = models.BigIntegerField(null=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    language = models.CharField(max_length=5)
    day = models.DateField()
    body = models.TextField()
    rights = ArrayField(models.CharField(max_length=80), default=list)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("paper")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return self.title


class SignLink(models.Model):
    """A secret way to one paper: made of `nonce` and the program's key, so that the table alone opens no door (DOC-13)."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="links")
    nonce = models.CharField(max_length=32)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["paper"], condition=models.Q(revoked_at__isnull=True), name="paper_has_one_link_for_signing"
            )
        ]

    def __str__(self) -> str:
        return str(self.paper)


class Signature(models.Model):
    """Who signed a paper, when and from where. `document` is the signed copy, `sha256` that of the copy signed."""

    class Channel(models.TextChoices):
        PAPER = "paper", _("On paper")
        LINK = "link", _("By link, with a finger")

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="signatures")
    channel = models.CharField(max_length=6, choices=Channel)
    signer_name = models.CharField(max_length=260)
    initials = models.CharField(max_length=12, blank=True)
    signed_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    image = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey(SignLink, models.PROTECT, null=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("signature")
        constraints = [
            models.UniqueConstraint(fields=["paper"], name="paper_is_signed_once"),
            models.CheckConstraint(
                condition=models.Q(channel="paper") | models.Q(image__isnull=False, document__isnull=False),
                name="paper_signed_by_link_shows_the_signature",
            ),
        ]

    def __str__(self) -> str:
        return self.signer_name
