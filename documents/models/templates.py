"""Templates of papers by kind and language; every edit of the text is a new version (DOC-01)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable


class Kind(models.TextChoices):
    """What a paper is. The consents are separate papers: the law forbids to join them (156-FZ)."""

    CONTRACT = "contract", _("Contract")
    PERSONAL_DATA = "personal_data", _("Consent to processing of personal data")
    INTERVENTION = "intervention", _("Consent to medical intervention")
    MARKETING = "marketing", _("Consent to advertising")
    PHOTO = "photo", _("Consent to photography")
    INFORMED = "informed", _("Informed consent by service")
    PLAN = "plan", _("Treatment plan")
    ACT = "act", _("Act of services rendered")
    BARTER = "barter", _("Barter regulation")
    GUARANTEE = "guarantee", _("Guarantee letter")
    MEMO = "memo", _("Memo for the patient")
    OTHER = "other", _("Other")


# Whose signature is a consent of the register.
CONSENT_OF = {kind.value: kind.value for kind in (
    Kind.CONTRACT, Kind.PERSONAL_DATA, Kind.INTERVENTION, Kind.MARKETING, Kind.PHOTO,
)}  # fmt: skip
NUMBERED = frozenset({Kind.CONTRACT, Kind.ACT, Kind.GUARANTEE})


class Template(Trashable):
    """A named text with places that are filled in; `consent` is the code of the consent that its signature gives."""

    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("type"), max_length=16, choices=Kind)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    consent = models.CharField(_("signing records the consent"), max_length=40, blank=True)
    body = models.TextField(_("text"))
    number = models.PositiveIntegerField(_("edition"), default=1, editable=False)
    is_active = models.BooleanField(_("offered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("template of a document")
        ordering = ("kind", "name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "language"], condition=Q(deleted_at__isnull=True), name="paper_template_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("documents:template", args=[self.pk])


class TemplateVersion(models.Model):
    """The text as it was from one edit to the next. Append-only: papers made of it say which one they are."""

    template = models.ForeignKey(Template, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("edition"))
    body = models.TextField()
    is_renewed = models.BooleanField(_("signed anew"), default=False)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="paper_template_version_is_one_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.number}"
