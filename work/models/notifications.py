"""What people should know: a fact for one user, kept as code and facts so that everybody reads it in his own language.

Each user may mute kinds, and put a notification off (TSK-11).
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from work.notices import REGISTRY


class Notification(models.Model):
    """`kind` names a declared notice; `facts` fill its sentence."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)

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
