"""What people of the clinic should do, and what they should know.

A task is for one person, or for a group (a role or a profession): of a group whoever takes it first has it. Its states
are the columns of the board (C7): new, in work, waiting, review, done, cancelled. Tasks that the program makes itself
carry a `key`: while one is open there is no second. A notification is a fact for one user, kept as code and facts so that
everybody reads it in his own language; each user may mute kinds.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch, Profession


class Task(models.Model):
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
    executor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("executor"),
    )
    role = models.CharField(_("or anybody of the role"), max_length=40, blank=True)
    profession = models.ForeignKey(
        Profession,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("or anybody of the profession"),
    )
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
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
            models.CheckConstraint(
                condition=Q(executor__isnull=False) | ~Q(role="") | Q(profession__isnull=False),
                name="task_is_for_somebody",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=~Q(key="") & ~Q(state__in=["done", "cancelled"]),
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
                fields=["role", "due_at"], condition=~Q(state__in=["done", "cancelled"]), name="task_open_of_role"
            ),
            models.Index(fields=["patient_id"], condition=Q(patient_id__isnull=False), name="task_of_patient"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("work:task", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def for_whom(self) -> Any:
        """The person, or the group while nobody of it has taken the task."""
        from clinic.models import BUILT_IN_ROLES  # noqa: PLC0415

        return self.executor or self.profession or BUILT_IN_ROLES.get(self.role, self.role)


class Notification(models.Model):
    """`kind` names a declared notice; `facts` fill its sentence."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="notification_once_by_its_key")
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_newest"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def notice(self) -> Any:
        from work.notices import REGISTRY  # noqa: PLC0415

        return REGISTRY.get(self.kind)

    @property
    def title(self) -> str:
        return str(self.notice.title) if self.notice else self.kind

    @property
    def text(self) -> str:
        return self.notice.say(self.facts) if self.notice else ""

    @property
    def icon(self) -> str:
        return self.notice.icon if self.notice else "bell"

    @property
    def tone(self) -> str:
        return self.notice.tone if self.notice else "grey"

    @property
    def at(self) -> Any:
        return self.created_at

    @property
    def is_unread(self) -> bool:
        return self.read_at is None


class MutedKind(models.Model):
    """A kind that a user does not want to hear of (MSG-07, TSK-11)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="muted_kinds")
    kind = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="muted_kind_once_a_user")]


class Snooze(models.Model):
    """An item of the queue that a user wants to see later."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="snoozes")
    key = models.CharField(max_length=120)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="snooze_once_an_item")]
