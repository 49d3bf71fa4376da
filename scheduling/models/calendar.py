"""The calendar.

A shift says that a doctor works in a chair for a range of time; one chair never has two shifts at once, while one
doctor may serve two chairs. An appointment is a patient in a chair with a doctor. **What is taken stands in one
table**, Occupancy: a visit writes rows for its chair (with clean-up), its doctor (his own minutes) and its patient;
a hold and a block write theirs. One exclusion constraint keeps ranges of a resource from overlapping, whoever books:
reception, portal, online page, API. Advisory locks on the resources come first, so that a rush on one slot queues
instead of deadlocking; the constraint is the last word.

State is fixed in code, labels are the clinic's (C7). Occupying: every state but no_show and cancelled.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.models import Branch, Chair, Staff
from core import clock
from core.tones import TONES
from core.trash import Trashable
from patients.models import Patient


class TimeRange(Func):
    """tstzrange(starts_at, ends_at), half open."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class State(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("appointment", "Booked")
    CONFIRMED = "confirmed", pgettext_lazy("appointment", "Confirmed")
    ARRIVED = "arrived", pgettext_lazy("appointment", "Arrived")
    IN_CHAIR = "in_chair", pgettext_lazy("appointment", "In the chair")
    COMPLETED = "completed", pgettext_lazy("appointment", "Completed")
    NO_SHOW = "no_show", pgettext_lazy("appointment", "Did not come")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled")


class Timed(models.Model):
    """A row with a start and an end, told by the clock of its branch (`zone`)."""

    class Meta:
        abstract = True

    @property
    def zone(self) -> str:
        raise NotImplementedError

    @property
    def local_start(self) -> datetime:
        return clock.local(self.starts_at, self.zone)

    @property
    def local_end(self) -> datetime:
        return clock.local(self.ends_at, self.zone)

    @property
    def wall_start(self) -> datetime:
        """What the clock on the branch's wall says; for screens and files, which know no zones."""
        return self.local_start.replace(tzinfo=None)

    @property
    def wall_end(self) -> datetime:
        return self.local_end.replace(tzinfo=None)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class VisitType(Trashable):
    """Primary, repeat and so on: default length and tone (SCH-21)."""

    name = models.CharField(_("name"), max_length=80)
    duration_min = models.PositiveSmallIntegerField(_("minutes"), default=30)
    tone = models.CharField(_("colour"), max_length=10, choices=TONES, default="blue")
    is_first_visit = models.BooleanField(_("first visit"), default=False)
    is_urgent = models.BooleanField(
        _("urgent"), default=False, help_text=_("May take the time that is kept for emergencies.")
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("visit type")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="visit_type_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class StatusLabel(Trashable):
    """The clinic's word and colour for a state, and after how many minutes in it to alert (SCH-09, SCH-32)."""

    state = models.CharField(_("state"), max_length=10, choices=State)
    name = models.CharField(_("name"), max_length=80)
    tone = models.CharField(_("colour"), max_length=10, choices=TONES, blank=True)
    alert_minutes = models.PositiveSmallIntegerField(_("alert after, minutes"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("appointment status")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


class ShiftRule(models.Model):
    """A repeat by which shifts were generated; the dated rows are the truth (SCH-17)."""

    doctor = models.ForeignKey(Staff, models.CASCADE, related_name="shift_rules")
    chair = models.ForeignKey(Chair, models.CASCADE, related_name="shift_rules")
    weekdays = models.JSONField(default=list)
    first_date = models.DateField()
    last_date = models.DateField()
    start_time = models.TimeField()
    end_time = models.TimeField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    pattern = models.CharField(max_length=6, default="weekly")
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())


class Shift(Timed):
    """A doctor works in a chair."""

    doctor = models.ForeignKey(Staff, models.PROTECT, related_name="shifts", verbose_name=_("doctor"))
    chair = models.ForeignKey(Chair, models.PROTECT, related_name="shifts", verbose_name=_("chair"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    rule = models.ForeignKey(ShiftRule, models.SET_NULL, null=True, blank=True, related_name="shifts")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("shift")
        indexes = [
            models.Index(fields=["chair", "starts_at"], name="shift_calendar_day"),
            models.Index(fields=["doctor", "starts_at"], name="shift_doctor_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
            ExclusionConstraint(
                name="shift_chair_never_overlaps",
                expressions=[
                    ("chair", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_start:%d.%m.%Y %H:%M}–{self.local_end:%H:%M}"

    @property
    def zone(self) -> str:
        return self.chair.branch.timezone


class Series(models.Model):
    """Visits that were booked as a repeat; each is a row of its own (SCH-44)."""

    created_at = models.DateTimeField(db_default=Now())
    rule = models.JSONField(default=dict)


class Appointment(Timed):
    """A patient in a chair with a doctor. `branch` is the chair's and kept here for scope and indexes."""

    class Source(models.TextChoices):
        STAFF = "staff", _("Reception")
        ONLINE = "online", _("Online")
        PARTNER = "partner", _("Partner")
        API = "api", _("Another program")
        WAITING = "waiting_list", _("Waiting list")

    class Then(models.TextChoices):
        REBOOK = "rebook", _("Book anew: to the list of calls")
        PLAN = "plan", _("Plan for later, without a date")
        WAIT = "wait", _("To the waiting list")
        LOST = "lost", _("Lost: does not want to come")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", verbose_name=_("patient"))
    doctor = models.ForeignKey(Staff, models.PROTECT, related_name="appointments", verbose_name=_("doctor"))
    chair = models.ForeignKey(Chair, models.PROTECT, related_name="appointments", verbose_name=_("chair"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="appointments", verbose_name=_("branch"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    own_minutes = models.PositiveSmallIntegerField(
        _("doctor's own minutes"), null=True, blank=True, help_text=_("Empty: the whole visit.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.BOOKED)
    label = models.ForeignKey(
        StatusLabel, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("status")
    )
    visit_type = models.ForeignKey(
        VisitType, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("visit type")
    )
    services = models.ManyToManyField(Service, related_name="appointments", blank=True, verbose_name=_("services"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    source_kind = models.CharField(max_length=12, choices=Source, default=Source.STAFF)
    series = models.ForeignKey(Series, models.SET_NULL, null=True, blank=True, related_name="appointments")
    is_overbooked = models.BooleanField(default=False)
    overbook_reason = models.CharField(max_length=200, blank=True)
    cancel_reason = models.CharField(_("reason"), max_length=200, blank=True)
    cancel_then = models.CharField(max_length=6, choices=Then, blank=True)
    is_mistake = models.BooleanField(default=False)
    state_since = models.DateTimeField(db_default=Now())
    moves = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("appointment")
        indexes = [
            models.Index(fields=["branch", "starts_at"], name="appointment_calendar_day"),
            models.Index(fields=["doctor", "starts_at"], name="appointment_doctor_day"),
            models.Index(fields=["chair", "starts_at"], name="appointment_chair_day"),
            models.Index(fields=["patient", "-starts_at"], name="appointment_patient_card"),
            models.Index(fields=["starts_at"], name="appointment_reminders"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
            models.CheckConstraint(
                condition=Q(is_overbooked=False) | ~Q(overbook_reason=""), name="appointment_overbooked_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_start:%d.%m.%Y %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:appointment", args=[self.pk])

    @property
    def zone(self) -> str:
        return self.branch.timezone

    @property
    def is_occupying(self) -> bool:
        return self.state not in (State.NO_SHOW, State.CANCELLED)

    @property
    def is_open(self) -> bool:
        """Not over yet: it can be moved and cancelled."""
        return self.state in (State.BOOKED, State.CONFIRMED, State.ARRIVED, State.IN_CHAIR)


class Hold(models.Model):
    """A slot kept for five minutes while a form is open (SCH-39)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="holds", help_text="nobody: of an offer"
    )
    doctor = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    chair = models.ForeignKey(Chair, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class Block(Timed):
    """Time that is taken by no patient: lunch, meeting, repair, kept for emergencies (SCH-55)."""

    class Kind(models.TextChoices):
        LUNCH = "lunch", _("Lunch")
        MEETING = "meeting", _("Meeting")
        REPAIR = "repair", _("Repair")
        EMERGENCY = "emergency", _("Kept for emergencies")
        PRIMARY = "primary", _("Kept for first visits")
        OTHER = "other", _("Other")

    chair = models.ForeignKey(Chair, models.CASCADE, null=True, blank=True, related_name="blocks")
    doctor = models.ForeignKey(Staff, models.CASCADE, null=True, blank=True, related_name="blocks")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OTHER)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    # Who may book into it instead of being kept out: such a block writes no occupancy.
    KEPT_FOR = {Kind.EMERGENCY: "is_urgent", Kind.PRIMARY: "is_first_visit"}

    class Meta:
        verbose_name = _("blocked time")
        indexes = [
            models.Index(fields=["chair", "starts_at"], name="block_chair_day"),
            models.Index(fields=["doctor", "starts_at"], name="block_doctor_day"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="block_ends_after_start"),
            models.CheckConstraint(
                condition=Q(chair__isnull=False) | Q(doctor__isnull=False), name="block_of_chair_or_doctor"
            ),
        ]

    def __str__(self) -> str:
        return str(self.Kind(self.kind).label)

    @property
    def zone(self) -> str:
        return self.chair.branch.timezone if self.chair else settings.TIME_ZONE

    @property
    def is_kept(self) -> bool:
        return self.kind in self.KEPT_FOR


class Occupancy(models.Model):
    """What is taken, from when to when, by what. Written only by scheduling.services."""

    class Kind(models.TextChoices):
        CHAIR = "chair"
        DOCTOR = "doctor"
        PATIENT = "patient"
        # A pool has so many: its rows lie over each other up to that count, so they stand outside the constraint as what
        # is overbooked does; the count is checked under the pool's lock.
        POOL = "pool"

    resource_kind = models.CharField(max_length=8, choices=Kind)
    resource_id = models.BigIntegerField()
    during = DateTimeRangeField()
    appointment = models.ForeignKey(Appointment, models.CASCADE, null=True, related_name="occupancy")
    hold = models.ForeignKey(Hold, models.CASCADE, null=True, related_name="occupancy")
    block = models.ForeignKey(Block, models.CASCADE, null=True, related_name="occupancy")
    is_overbooked = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # The constraint's own index knows only rows that are not overbooked.
            GistIndex(
                fields=["resource_kind", "resource_id", "during"],
                name="occupancy_overbooked",
                condition=Q(is_overbooked=True),
            )
        ]
        constraints = [
            ExclusionConstraint(
                name="occupancy_never_overlaps",
                expressions=[
                    ("resource_kind", RangeOperators.EQUAL),
                    ("resource_id", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(is_overbooked=False),
            ),
            models.CheckConstraint(
                condition=~Q(resource_kind="patient", is_overbooked=True), name="occupancy_patient_never_overbooked"
            ),
            models.CheckConstraint(
                condition=~Q(resource_kind="pool", is_overbooked=False), name="occupancy_of_a_pool_is_counted"
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, hold__isnull=True, block__isnull=True)
                | Q(appointment__isnull=True, hold__isnull=False, block__isnull=True)
                | Q(appointment__isnull=True, hold__isnull=True, block__isnull=False),
                name="occupancy_by_one_thing",
            ),
        ]


class WaitingEntry(models.Model):
    """A patient who wants to come but has no date yet, with his wishes (SCH-13, SCH-16)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        BOOKED = "booked", _("Booked")
        REMOVED = "removed", _("Removed")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waiting", verbose_name=_("patient"))
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting",
        verbose_name=_("branch"),
        help_text=_("Empty: any branch."),
    )
    doctors = models.ManyToManyField(
        Staff, related_name="+", blank=True, verbose_name=_("doctors"), help_text=_("Nobody: any doctor.")
    )
    services = models.ManyToManyField(Service, related_name="+", blank=True, verbose_name=_("services"))
    duration_min = models.PositiveSmallIntegerField(_("minutes"), default=30)
    weekdays = models.JSONField(_("weekdays"), default=list, blank=True)
    time_from = models.TimeField(_("not before"), null=True, blank=True)
    time_to = models.TimeField(_("not after"), null=True, blank=True)
    earliest = models.DateField(_("from"), null=True, blank=True)
    latest = models.DateField(_("until"), null=True, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    no_offers = models.BooleanField(_("no automatic offers"), default=False)
    origin = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="waits_after")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    appointment = models.OneToOneField(Appointment, models.SET_NULL, null=True, related_name="waited")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("waiting patient")
        indexes = [models.Index(fields=["created_at"], condition=Q(outcome="waiting"), name="waiting_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(time_from__isnull=True) | Q(time_to__isnull=True) | Q(time_to__gt=F("time_from")),
                name="waiting_hours_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(earliest__isnull=True) | Q(latest__isnull=True) | Q(latest__gte=F("earliest")),
                name="waiting_dates_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(duration_min__gte=5, duration_min__lte=720), name="waiting_lasts_sensibly"
            ),
            models.UniqueConstraint(
                fields=["origin"], condition=Q(outcome="waiting"), name="waiting_once_after_a_cancelled_visit"
            ),
        ]

    def __str__(self) -> str:
        return str(self.patient)

    @property
    def wish_words(self) -> str:
        """Days and hours in a few words: «пн, ср, с 17:00, до 05.12»."""
        names = (_("mon"), _("tue"), _("wed"), _("thu"), _("fri"), _("sat"), _("sun"))
        parts = [", ".join(str(names[day]) for day in sorted(self.weekdays))] if self.weekdays else []
        if self.time_from:
            parts.append(str(_("after %(time)s") % {"time": f"{self.time_from:%H:%M}"}))
        if self.time_to:
            parts.append(str(_("before %(time)s") % {"time": f"{self.time_to:%H:%M}"}))
        if self.earliest:
            parts.append(str(_("from %(date)s") % {"date": f"{self.earliest:%d.%m}"}))
        if self.latest:
            parts.append(str(_("until %(date)s") % {"date": f"{self.latest:%d.%m}"}))
        return ", ".join(parts)
