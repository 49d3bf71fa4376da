"""Fields that a clinic adds to its cards: a typed registry, values in the record's own JSONB (PAT-43)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable


class CustomField(Trashable):
    """One added field. `code` is its key in `custom` and never changes; its type does not either."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONG = "long", _("Long text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("One of a list")
        YES = "yes", _("Yes or no")

    class Needed(models.TextChoices):
        NEVER = "never", _("Never required")
        CREATION = "creation", _("When the card is made")
        ARRIVAL = "arrival", _("On arrival")
        CONTRACT = "contract", _("For the contract")

    class Audience(models.TextChoices):
        EVERYBODY = "base", _("Everybody who sees the card")
        IDENTITY = "identity", _("Those who see documents of identity")
        MEDICAL = "medical", _("Medics")
        FINANCIAL = "financial", _("Those who see money")

    entity = models.CharField(max_length=40, default="patient", editable=False)
    code = models.SlugField(max_length=40, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("type"), max_length=6, choices=Kind, default=Kind.TEXT)
    options = models.JSONField(_("choices"), default=list, blank=True)
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    needed = models.CharField(_("required"), max_length=8, choices=Needed, default=Needed.NEVER)
    audience = models.CharField(_("seen by"), max_length=9, choices=Audience, default=Audience.EVERYBODY)

    class Meta:
        verbose_name = _("custom field")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="custom_field_code_is_never_used_twice"),
            models.UniqueConstraint(
                fields=["entity", "name"], condition=Q(deleted_at__isnull=True), name="custom_field_name_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name
