"""Whom to call: visits that are planned without a date (SCH-26), and the one list of calls (SCH-27).

A call is not the truth about a patient, its cause is: a cancelled visit without a new one, a planned visit whose window
is open, somebody who waits. A row of CallTask only keeps who has it, how often it was tried and when to try again; a row
whose cause is gone is not shown, by whatever path it went.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.models import Branch, Staff
from patients.models import Patient
from scheduling.models.calendar import Appointment, VisitType


class PlannedVisit(models.Model):
    """A patient shall come «in about three months»; when the window opens he is called."""

    class Outcome(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("visit without a date", "Planned")
        BOOKED = "booked", _("Booked")
        REMOVED = "removed", _("Removed")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="planned_visits", verbose_name=_("patient"))
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch"),
        help_text=_("Empty: any branch."),
    )  # fmt: skip
    doctor = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("doctor"),
        help_text=_("Nobody: any doctor."),
    )  # fmt: skip
    visit_type = models.ForeignKey(
        VisitType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("visit type")
    )
    services = models.ManyToManyField(Service, related_name="+", blank=True, verbose_name=_("services"))
    duration_min = models.PositiveSmallIntegerField(_("minutes"), default=30)
    due_on = models.DateField(_("about"))
    opens_on = models.DateField(_("call from"))
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    no_offers = models.BooleanField(_("no automatic offers"), default=False)
    origin = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="planned_after")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.PLANNED)
    appointment = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="was_planned")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("planned visit")
        indexes = [models.Index(fields=["opens_on"], condition=Q(outcome="planned"), name="planned_by_window")]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on")), name="planned_window_opens_before_it_is_due"
            ),
            models.CheckConstraint(
                condition=Q(duration_min__gte=5, duration_min__lte=720), name="planned_lasts_sensibly"
            ),
            models.UniqueConstraint(
                fields=["origin"], condition=Q(outcome="planned"), name="planned_once_after_a_cancelled_visit"
            ),
        ]

    def __str__(self) -> str:
        return str(self.patient)


class CallTask(models.Model):
    """One patient to call for one cause. `reason` and `subject_id` name the cause."""

    class Outcome(models.TextChoices):
        NO_ANSWER = "no_answer", _("No answer")
        LATER = "later", _("Asked to call later")
        WRONG = "wrong_number", _("Wrong number")
        CONFIRMED = "confirmed", pgettext_lazy("call", "Confirmed")
        REFUSED = "refused", _("Does not want to come")
        DONE = "done", pgettext_lazy("call", "Settled")

    CLOSING = (Outcome.CONFIRMED, Outcome.REFUSED, Outcome.DONE)

    reason = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="call_tasks", verbose_name=_("patient"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    due_at = models.DateTimeField(_("due"))
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("call again"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("call")
        constraints = [
            models.UniqueConstraint(fields=["reason", "subject_id"], name="call_once_for_a_cause"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claimed_until__isnull=False), name="call_claimed_for_a_time"
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(ended_at__isnull=True), name="call_open_in_order")]

    def __str__(self) -> str:
        return str(self.patient)


class CallAttempt(models.Model):
    """What came of a call, and when; never changed."""

    task = models.ForeignKey(CallTask, models.CASCADE, related_name="history")
    outcome = models.CharField(max_length=12, choices=CallTask.Outcome)
    comment = models.CharField(max_length=300, blank=True)
    next_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")
