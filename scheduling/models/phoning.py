"""Calls that come in by telephone, as the exchange reports them (SCH-31)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch
from patients.models import Patient


class PhoneLine(models.Model):
    """A number or an extension of the clinic and who sits at it; without a person its branch hears the call."""

    number = models.CharField(
        _("line"), max_length=40, unique=True, help_text=_("As the exchange names it: 101, +7495…")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who answers"),
    )
    branch = models.ForeignKey(
        Branch, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )

    class Meta:
        verbose_name = _("telephone line")
        ordering = ("number",)

    def __str__(self) -> str:
        return self.number


class PhoneCall(models.Model):
    """One incoming call. `external_id` is the exchange's own name of it: told twice it is one call."""

    class State(models.TextChoices):
        RINGING = "ringing", pgettext_lazy("telephone call", "Ringing")
        MISSED = "missed", pgettext_lazy("telephone call", "Missed")
        ANSWERED = "answered", pgettext_lazy("telephone call", "Answered")
        ENDED = "ended", pgettext_lazy("telephone call", "Ended")

    external_id = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001  many calls have none
    phone = models.CharField(_("phone"), max_length=20)
    line = models.CharField(_("line"), max_length=40, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who answers")
    )
    branch = models.ForeignKey(Branch, models.SET_NULL, null=True, related_name="+", verbose_name=_("branch"))
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, related_name="phone_calls", verbose_name=_("patient"),
        help_text="the only one with this phone",
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RINGING)
    started_at = models.DateTimeField(_("when"))
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="called back, or put away in the window of the call")

    class Meta:
        verbose_name = _("telephone call")
        indexes = [
            models.Index(fields=["-started_at"], name="phone_call_newest"),
            models.Index(fields=["phone", "-started_at"], name="phone_call_of_a_number"),
            models.Index(fields=["state", "started_at"], condition=Q(settled_at__isnull=True), name="phone_call_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=models.F("started_at")),
                name="phone_call_answered_after_it_rang",
            )
        ]

    def __str__(self) -> str:
        return self.phone

    def get_absolute_url(self) -> str:
        return reverse("scheduling:phone-calls-list") + f"?search={self.phone.lstrip('+')}"

    @property
    def was_answered(self) -> bool:
        return self.answered_at is not None
