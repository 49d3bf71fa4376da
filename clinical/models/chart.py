"""The dental chart: diagnoses of teeth."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalog.models import Diagnosis
from clinic.models import Branch, Staff
from clinical.statuses import status
from clinical.teeth import TEETH
from patients.models import Patient


class ToothQuerySet(models.QuerySet[Any]):
    """Words of dated records of teeth."""

    def open_on(self, day: date) -> "ToothQuerySet":
        """Those that stood at the end of a day."""
        return self.filter(noted_on__lte=day).exclude(closed_on__lte=day)

    def still_open(self) -> "ToothQuerySet":
        return self.filter(closed_on__isnull=True)


class ToothDiagnosis(models.Model):
    """A diagnosis of one tooth, or of the whole mouth when `tooth` is empty."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="diagnoses", verbose_name=_("patient"))
    tooth = models.PositiveSmallIntegerField(_("tooth"), null=True, blank=True)
    surfaces = models.CharField(_("surfaces"), max_length=7, blank=True)
    diagnosis = models.ForeignKey(Diagnosis, models.PROTECT, related_name="noted", verbose_name=_("diagnosis"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    noted_on = models.DateField(_("noted on"))
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="diagnoses", verbose_name=_("doctor"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ToothQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis of a tooth")
        ordering = ("-noted_on", "-pk")
        indexes = [models.Index(fields=["patient", "tooth"], name="tooth_diagnosis_of_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(tooth__isnull=True) | Q(tooth__in=sorted(TEETH)), name="tooth_diagnosis_is_of_a_real_tooth"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("noted_on")),
                name="tooth_diagnosis_closes_after_it_was_noted",
            ),
            models.UniqueConstraint(
                fields=["patient", "tooth", "diagnosis"],
                condition=Q(closed_on__isnull=True),
                nulls_distinct=False,
                name="tooth_diagnosis_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        place = f"{self.tooth}{self.surfaces and ' ' + self.surfaces}" if self.tooth else str(_("whole mouth"))
        return f"{place}: {self.diagnosis.code}"


class ToothMark(models.Model):
    """What stands on a tooth by the letters of form 043/у: filled, crown, absent… A tooth has many at once."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="tooth_marks", verbose_name=_("patient"))
    tooth = models.PositiveSmallIntegerField(_("tooth"))
    kind = models.CharField(_("mark"), max_length=24)
    surfaces = models.CharField(_("surfaces"), max_length=7, blank=True)
    noted_on = models.DateField(_("noted on"))
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="tooth_marks", verbose_name=_("doctor"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ToothQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark of a tooth")
        ordering = ("-noted_on", "-pk")
        indexes = [models.Index(fields=["patient", "tooth"], name="tooth_mark_of_patient")]
        constraints = [
            models.CheckConstraint(condition=Q(tooth__in=sorted(TEETH)), name="tooth_mark_is_of_a_real_tooth"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("noted_on")),
                name="tooth_mark_closes_after_it_was_noted",
            ),
            models.UniqueConstraint(
                fields=["patient", "tooth", "kind"], condition=Q(closed_on__isnull=True), name="tooth_mark_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tooth}: {status(self.kind).name}"


class FavouriteDiagnosis(models.Model):
    """A diagnosis that a user wants at hand (CLN-05)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourite_diagnoses")
    diagnosis = models.ForeignKey(Diagnosis, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "diagnosis"], name="favourite_diagnosis_once_a_user")]
