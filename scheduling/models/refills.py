"""A place that became free is offered to those who wait, one after another (SCH-41, MOON-03).

Of one place one offer is out at a time: `offer_one_at_a_time`. While it is out the place is held by a Hold without a user;
it is accepted by a link, declined, or runs out. Whoever holds the lock on the refill's row decides what is next.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch, Chair, Staff
from patients.models import Patient
from scheduling.models.calendar import Appointment, Hold, Timed, WaitingEntry
from scheduling.models.recall import PlannedVisit


class Refill(Timed):
    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("freed time", "Being offered")
        FILLED = "filled", pgettext_lazy("freed time", "Filled")
        EXHAUSTED = "exhausted", pgettext_lazy("freed time", "Nobody took it")
        STOPPED = "stopped", pgettext_lazy("freed time", "Stopped")
        GONE = "gone", pgettext_lazy("freed time", "No longer free")

    chair = models.ForeignKey(Chair, models.PROTECT, related_name="+", verbose_name=_("chair"))
    doctor = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name=_("doctor"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RUNNING)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("freed time")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="refill_ends_after_start"),
            models.UniqueConstraint(
                fields=["chair", "doctor", "starts_at"], condition=Q(state="running"), name="refill_once_for_a_place"
            ),
        ]
        indexes = [models.Index(fields=["branch", "-created_at"], name="refill_newest")]

    def __str__(self) -> str:
        return f"{self.local_start:%d.%m.%Y %H:%M}–{self.local_end:%H:%M}"

    @property
    def zone(self) -> str:
        return self.branch.timezone


class Offer(Timed):
    """One patient's chance at the place, from `starts_at` to `ends_at` within it. `why` explains his rank."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("offer", "In the queue")
        SENT = "sent", pgettext_lazy("offer", "Sent")
        ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
        DECLINED = "declined", pgettext_lazy("offer", "Declined")
        EXPIRED = "expired", pgettext_lazy("offer", "No answer in time")
        WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Withdrawn")
        SKIPPED = "skipped", pgettext_lazy("offer", "Passed over")

    refill = models.ForeignKey(Refill, models.CASCADE, related_name="offers")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("patient"))
    waiting = models.ForeignKey(WaitingEntry, models.CASCADE, null=True, related_name="offers")
    planned = models.ForeignKey(PlannedVisit, models.CASCADE, null=True, related_name="offers")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    position = models.PositiveSmallIntegerField()
    score = models.IntegerField()
    why = models.JSONField(default=list)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    skip_reason = models.CharField(max_length=40, blank=True)
    hold = models.OneToOneField(Hold, models.SET_NULL, null=True, related_name="offer")
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    appointment = models.OneToOneField(Appointment, models.SET_NULL, null=True, related_name="offer")

    class Meta:
        verbose_name = _("offer")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["refill"], condition=Q(state="sent"), name="offer_one_at_a_time"),
            models.UniqueConstraint(fields=["refill"], condition=Q(state="accepted"), name="offer_accepted_once"),
            models.UniqueConstraint(fields=["refill", "patient"], name="offer_once_to_a_patient"),
            models.CheckConstraint(
                condition=Q(waiting__isnull=False, planned__isnull=True)
                | Q(waiting__isnull=True, planned__isnull=False),
                name="offer_to_who_waits_or_is_planned",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="sent"), name="offer_due")]

    def __str__(self) -> str:
        return str(self.patient)

    @property
    def zone(self) -> str:
        return self.refill.branch.timezone
