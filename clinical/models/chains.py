"""Visits of a plan that were booked together (MOON-02)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinical.models.plans import PlanLine, TreatmentPlan
from scheduling.models import Appointment, PlannedVisit


class Chain(models.Model):
    """One press of «Book the plan»; `wishes` are what the patient asked for, to be offered again."""

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="chains", verbose_name=_("treatment plan"))
    wishes = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("chain of visits")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return str(self.plan)


class ChainVisit(models.Model):
    """A visit of a chain: what it was booked for, and how many days it had to stand after the one before.

    Without an appointment it is a visit without a date: nobody's shifts were planned so far ahead.
    """

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="visits")
    position = models.PositiveSmallIntegerField()
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, related_name="in_chains", verbose_name=_("visit")
    )
    planned = models.ForeignKey(
        PlannedVisit, models.PROTECT, null=True, related_name="in_chains", verbose_name=_("planned visit")
    )
    lines = models.ManyToManyField(PlanLine, related_name="chain_visits")
    gap_days = models.PositiveSmallIntegerField(default=0)
    gap_most = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("visit of a chain")
        ordering = ("chain", "position")
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="chain_visit_position_is_unique"),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, planned__isnull=True)
                | Q(appointment__isnull=True, planned__isnull=False),
                name="chain_visit_is_booked_or_planned",
            ),
            models.CheckConstraint(
                condition=Q(gap_most__isnull=True) | Q(gap_most__gte=F("gap_days")),
                name="chain_visit_gap_from_least_to_most",
            ),
        ]

    def __str__(self) -> str:
        return str(self.appointment or self.planned)
