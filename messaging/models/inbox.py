"""What people answer (MSG-21): each message once, whatever the operator repeats."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch
from messaging.choices import Channel
from messaging.models.outbox import Message


class Incoming(models.Model):
    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("incoming", "Waits for an answer")
        UNDERSTOOD = "understood", pgettext_lazy("incoming", "Done by itself")
        HANDLED = "handled", pgettext_lazy("incoming", "Dealt with")

    class Meaning(models.TextChoices):
        FREE = "free", _("Words")
        CONFIRM = "confirm", _("Confirms the visit")
        DECLINE = "decline", _("Will not come")
        STOP = "stop", _("Wants no marketing")

    gateway = models.CharField(_("gateway"), max_length=40)
    provider_key = models.CharField(max_length=120)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    address = models.CharField(_("from"), max_length=100)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    patient_id = models.BigIntegerField(null=True)
    name = models.CharField(_("from whom"), max_length=260, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    text = models.TextField(_("text"), blank=True)
    meaning = models.CharField(_("meaning"), max_length=10, choices=Meaning, default=Meaning.FREE)
    answers = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="answers", verbose_name=_("answer to")
    )
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.NEW)
    outcome = models.CharField(_("what was done"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"), db_default=Now())
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who dealt with it")
    )

    class Meta:
        verbose_name = _("incoming message")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "provider_key"], name="incoming_once"),
            models.CheckConstraint(
                condition=~Q(state="handled") | Q(handled_at__isnull=False), name="incoming_handled_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="incoming_log"),
            models.Index(
                fields=["patient_id", "-id"], condition=Q(patient_id__isnull=False), name="incoming_of_patient"
            ),
            models.Index(fields=["phone", "-id"], name="incoming_of_phone"),
            models.Index(fields=["id"], condition=Q(state="new"), name="incoming_new"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.phone or self.address}: {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return reverse("messaging:incoming", args=[self.pk])
