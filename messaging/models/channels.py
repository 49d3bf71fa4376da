"""Where a person may be written to besides his phone, and in what order it is tried (MSG-10)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.choices import Channel


class Address(models.Model):
    """A person's chat in a messenger. Several people may share one: a mother's chat serves her children."""

    patient_id = models.BigIntegerField()
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=100)
    name = models.CharField(_("name there"), max_length=200, blank=True)
    linked_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, help_text="he blocked us, or staff unlinked it")
    end_reason = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("messenger")
        constraints = [
            models.UniqueConstraint(
                fields=["patient_id", "channel"], condition=Q(ended_at__isnull=True), name="address_one_a_channel"
            ),
            models.CheckConstraint(condition=~Q(address=""), name="address_is_given"),
        ]
        indexes = [models.Index(fields=["channel", "address"], name="address_of_chat")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.name or self.address}"


class Preference(models.Model):
    """The person's own order of channels; without one the clinic's order holds."""

    patient_id = models.BigIntegerField(unique=True)
    channels = ArrayField(models.CharField(max_length=10, choices=Channel), verbose_name=_("order of channels"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("order of channels")
        constraints = [models.CheckConstraint(condition=~Q(channels=[]), name="preference_names_a_channel")]


class LinkCode(models.Model):
    """A one-time code in a link to our bot: who comes with it is this patient. Only its digest is kept."""

    patient_id = models.BigIntegerField()
    channel = models.CharField(max_length=10, choices=Channel)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
