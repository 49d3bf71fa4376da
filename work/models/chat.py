"""Talk inside the clinic: between people, in groups, and about a record, whose own rights hold (TSK-07, TSK-13)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile


class Room(models.Model):
    """Of two people (`pair`), of a group with a title, or about a record (`subject_kind`, `subject_id`)."""

    title = models.CharField(_("title"), max_length=120, blank=True)
    pair = models.CharField(max_length=50, blank=True)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("chat")
        constraints = [
            models.UniqueConstraint(fields=["pair"], condition=~Q(pair=""), name="room_of_two_people_is_one"),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"], condition=~Q(subject_kind=""), name="room_of_a_record_is_one"
            ),
            models.CheckConstraint(
                condition=~Q(title="") | ~Q(pair="") | (~Q(subject_kind="") & Q(subject_id__isnull=False)),
                name="room_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(_("chat"))

    def get_absolute_url(self) -> str:
        return reverse("work:room", args=[self.pk])

    @property
    def name(self) -> Any:
        """As its reader sees it; selectors name pairs and records."""
        return getattr(self, "shown_name", "") or str(self)


class RoomMember(models.Model):
    """Who takes part, and up to which message he has read."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rooms")
    last_read = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="room_member_once")]


class RoomMessage(models.Model):
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("message"), max_length=4000, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="room_messages")
    mention_ids = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | Q(file__isnull=False), name="room_message_says_something")
        ]
        indexes = [models.Index(fields=["room", "-id"], name="room_message_newest")]

    def __str__(self) -> str:
        return self.text[:80]
