"""When people are at work: start, end, kind of work, and corrections that somebody must agree to (HR-14)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch


class WorkKind(models.Model):
    """What the time is spent on: reception, sterilisation, study; a directory of the clinic."""

    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("offered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("kind of work")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), name="work_kind_name_is_unique")]

    def __str__(self) -> str:
        return self.name


class TimeRange(Func):
    """A half-open range; without an end it goes on."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class WorkPeriod(models.Model):
    """From start to end; one that has no end is going on, and a person has one such."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="work_periods", verbose_name=_("person")
    )
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    kind = models.ForeignKey(WorkKind, models.PROTECT, null=True, related_name="+", verbose_name=_("kind of work"))
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"), null=True)
    is_corrected = models.BooleanField(_("corrected"), default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("working time")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")),
                name="work_period_ends_after_start",
            ),
            ExclusionConstraint(
                name="work_period_never_overlaps",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (TimeRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["user", "-started_at"], name="work_period_newest")]

    def __str__(self) -> str:
        return str(self.user)


class TimeCorrection(models.Model):
    """Somebody asks for other times of a period, or for one that he forgot; another says yes or no."""

    class State(models.TextChoices):
        ASKED = "asked", _("Waits")
        APPROVED = "approved", _("Agreed")
        REFUSED = "refused", _("Refused")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    period = models.ForeignKey(WorkPeriod, models.CASCADE, null=True, related_name="corrections")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"))
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("correction of working time")
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="time_correction_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="time_correction_decided_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["period"], condition=Q(state="asked", period__isnull=False), name="time_correction_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def words(self) -> Any:
        return self.reason
