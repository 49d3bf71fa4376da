"""The register of consents: contract, personal data and marketing are three separate documents (PAT-46, 152-FZ)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable
from patients.models.cards import Patient
from patients.models.identity import Representative


class ConsentKind(Trashable):
    """A document that a patient signs. A new `version` asks for a new signature where `is_renewed`."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    version = models.PositiveSmallIntegerField(_("edition"), default=1)
    is_renewed = models.BooleanField(_("a new edition is signed anew"), default=True)
    is_asked = models.BooleanField(_("asked of everybody"), default=False)
    months = models.PositiveSmallIntegerField(
        _("valid for, months"), null=True, blank=True, help_text=_("Empty: until it is revoked.")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("kind of consent")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(deleted_at__isnull=True), name="consent_kind_code_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Consent(models.Model):
    """A signature under one edition of one document. It is revoked, never deleted."""

    class Channel(models.TextChoices):
        PAPER = "paper", _("On paper")
        TABLET = "tablet", _("On a tablet")
        SMS = "sms", _("By a code in SMS")
        ONLINE = "online", _("Online")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    kind = models.ForeignKey(ConsentKind, models.PROTECT, related_name="consents", verbose_name=_("document"))
    version = models.PositiveSmallIntegerField(_("edition"))
    signed_on = models.DateField(_("signed on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    channel = models.CharField(_("how"), max_length=6, choices=Channel, default=Channel.PAPER)
    representative = models.ForeignKey(
        Representative,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consents",
        verbose_name=_("signed by the representative"),
    )
    signer_name = models.CharField(max_length=240, blank=True)
    number = models.CharField(_("number"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    document_id = models.BigIntegerField(null=True, editable=False, help_text="the signed copy in documents")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    revoked_on = models.DateField(null=True)
    revoke_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("consent")
        ordering = ("-signed_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind", "version"],
                condition=Q(revoked_on__isnull=True),
                name="consent_in_force_once_an_edition",
            ),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=True) | Q(revoked_on__gte=models.F("signed_on")),
                name="consent_revoked_after_signed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.kind)
