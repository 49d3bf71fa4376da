"""What must be known before a patient is touched: allergies, medical alerts, pop-up notes (PAT-42)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.cards import Patient


class Alert(models.Model):
    """A warning on a card. A medical record: it is closed with a reason, never deleted."""

    class Kind(models.TextChoices):
        ALLERGY = "allergy", _("Allergy")
        MEDICAL = "medical", _("Medical alert")
        NOTE = "note", _("Note for everybody")

    class Severity(models.TextChoices):
        INFO = "info", _("For information")
        WARNING = "warning", _("Attention")
        BLOCKING = "blocking", _("Danger: must be acknowledged")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="alerts")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ALLERGY)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.WARNING)
    title = models.CharField(
        _("what"), max_length=120, help_text=_("For example: lidocaine, pacemaker, call before the visit.")
    )
    text = models.TextField(_("details"), max_length=1000, blank=True)
    until = models.DateField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    close_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("alert")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["patient"], condition=Q(closed_at__isnull=True), name="alert_open_of_a_patient")
        ]

    def __str__(self) -> str:
        return self.title


class AlertSeen(models.Model):
    """Who has acknowledged an alert, in the version that he read."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="seen")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user", "version"], name="alert_seen_once_a_version")]
