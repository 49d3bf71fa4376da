"""What people of the clinic should do.

A task is for persons, roles and professions. When several are named, either whoever takes it first has it, or each gets
one of his own, and those of one giving share a `bundle` (TSK-02). Its states are the columns of the board (C7). Tasks
that the program makes itself carry a `key`: while one is open there is no second (TSK-05).
"""

from datetime import time
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import BUILT_IN_ROLES, Branch
from core.trash import Trashable
from work.kinds import BY_HAND, KINDS

SOMEBODY = Q(person_ids__len__gt=0) | Q(roles__len__gt=0) | Q(profession_ids__len__gt=0)


class Addressed(models.Model):
    """To whom it is: persons, roles, professions. Ids without foreign keys: none of these is ever erased."""

    person_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    profession_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )

    class Meta:
        abstract = True

    @property
    def is_for_one(self) -> bool:
        return len(self.person_ids) == 1 and not self.roles and not self.profession_ids

    @property
    def addressees(self) -> tuple[list[int], list[str], list[int]]:
        return list(self.person_ids), list(self.roles), list(self.profession_ids)


class Task(Addressed, Trashable):
    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("task", "New")
        IN_WORK = "in_work", pgettext_lazy("task", "In work")
        WAITING = "waiting", pgettext_lazy("task", "Waiting")
        REVIEW = "review", pgettext_lazy("task", "Under review")
        DONE = "done", pgettext_lazy("task", "Done")
        CANCELLED = "cancelled", pgettext_lazy("task", "Cancelled")

    OPEN = (State.NEW, State.IN_WORK, State.WAITING, State.REVIEW)

    title = models.CharField(_("what to do"), max_length=200)
    text = models.TextField(_("details"), max_length=4000, blank=True)
    kind = models.CharField(_("kind"), max_length=60, default=BY_HAND.code)
    executor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("executor"),
    )
    bundle = models.UUIDField(null=True)
    rule = models.ForeignKey("work.TaskRule", models.SET_NULL, null=True, related_name="tasks")
    patient_id = models.BigIntegerField(null=True)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    url = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    result = models.CharField(_("result"), max_length=500, blank=True)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("task")
        constraints = [
            models.CheckConstraint(condition=Q(executor__isnull=False) | SOMEBODY, name="task_is_for_somebody"),
            models.UniqueConstraint(
                fields=["key"],
                condition=~Q(key="") & ~Q(state__in=["done", "cancelled"]) & Q(deleted_at__isnull=True),
                name="task_open_once_by_its_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "cancelled"], ended_at__isnull=False)
                | (~Q(state__in=["done", "cancelled"]) & Q(ended_at__isnull=True)),
                name="task_ended_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["executor", "due_at"], condition=~Q(state__in=["done", "cancelled"]), name="task_open_of_user"
            ),
            models.Index(
                fields=["due_at"],
                condition=~Q(state__in=["done", "cancelled"]) & Q(executor__isnull=True),
                name="task_open_and_free",
            ),
            models.Index(fields=["patient_id"], condition=Q(patient_id__isnull=False), name="task_of_patient"),
            models.Index(fields=["bundle"], condition=Q(bundle__isnull=False), name="task_of_bundle"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("work:task", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def status(self) -> str:
        return self.state

    @property
    def kind_name(self) -> Any:
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def for_whom(self) -> Any:
        """The person, or the groups while nobody of them has taken the task; a list names them all (see `named`)."""
        if self.executor:
            return self.executor
        return ", ".join([*getattr(self, "names", ()), *(str(BUILT_IN_ROLES.get(code, code)) for code in self.roles)])


class TaskStep(models.Model):
    """One line of a checklist (TSK-12)."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.text


class TaskRule(Addressed):
    """A task that comes again by itself (TSK-12). `next_on` is the day of the next one; none when the rule has ended."""

    class Rhythm(models.TextChoices):
        DAILY = "daily", _("Every day")
        WORKDAYS = "workdays", _("Monday to Friday")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    title = models.CharField(_("what to do"), max_length=200)
    text = models.TextField(_("details"), max_length=4000, blank=True)
    each = models.BooleanField(default=False)
    is_urgent = models.BooleanField(default=False)
    checklist = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    rhythm = models.CharField(_("repeat"), max_length=8, choices=Rhythm)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    due_time = models.TimeField(_("by what time"), default=time(18))
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    next_on = models.DateField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("repeating task")
        constraints = [
            models.CheckConstraint(condition=SOMEBODY, name="task_rule_is_for_somebody"),
            models.CheckConstraint(
                condition=~Q(rhythm="weekly") | Q(weekdays__len__gt=0), name="task_rule_weekly_has_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="task_rule_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(next_on__isnull=False), name="task_rule_due")]

    def __str__(self) -> str:
        return self.title
