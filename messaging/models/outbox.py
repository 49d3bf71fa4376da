"""The outbox: what the clinic tells people, and what became of it.

A message is a row of the same transaction as the fact that it tells. Its `key` is our own id, which the provider gets
too. States:

    proposed -> waiting | withdrawn     a person has to approve it first (MSG-16)
    waiting -> claimed -> sent -> delivered | failed
    claimed | sent -> waiting           refused or not delivered on one channel: the next one of the person's order
    claimed -> waiting      the provider surely has not taken it: again after a pause
    claimed -> unknown      a time-out, or the worker was killed while it was handing over
    unknown -> sent | waiting | withdrawn, by what the provider says of our key, and never without asking
    waiting | unknown -> withdrawn, waiting -> failed (too late)

A message is about something (`subject`), for some reason (`purpose`), once (`window`): the constraint
`message_once_per_window` makes a second one impossible, whoever asks for it, unless the first was withdrawn.
While a message is claimed it cannot be withdrawn any more, only marked; then it is never repeated.

Messages of one `bundle` to one phone leave as one SMS (a family's reminders): the first of them carries the text of all
in `handed_text`, the others are `joined_to` it and share its fate. They are joined at the moment of handing over, so
each can be withdrawn alone until then.
"""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch
from core.money import Money, MoneyField
from messaging.choices import Channel, Kind, Language
from messaging.gateways import gateway_named
from messaging.purposes import title_of


class Message(models.Model):
    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("message", "To be approved")
        WAITING = "waiting", pgettext_lazy("message", "Waiting")
        CLAIMED = "claimed", pgettext_lazy("message", "Being sent")
        SENT = "sent", pgettext_lazy("message", "Accepted by the operator")
        DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
        FAILED = "failed", pgettext_lazy("message", "Not delivered")
        WITHDRAWN = "withdrawn", pgettext_lazy("message", "Withdrawn")
        UNKNOWN = "unknown", pgettext_lazy("message", "Fate unknown")

    key = models.UUIDField(_("our id"), default=uuid.uuid4, unique=True)
    purpose = models.CharField(_("reason"), max_length=40)
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    window = models.CharField(max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SERVICE)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    patient_id = models.BigIntegerField(null=True)
    name = models.CharField(_("to whom"), max_length=260, blank=True)
    phone = models.CharField(_("phone"), max_length=20)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.RU)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.SMS, db_default="sms")
    wanted = models.CharField(_("first by"), max_length=10, choices=Channel, blank=True, db_default="")
    tried = ArrayField(models.CharField(max_length=10, choices=Channel), default=list, db_default=[])
    address = models.CharField(_("address"), max_length=100, blank=True, db_default="")
    text = models.TextField(_("text"))
    handed_text = models.TextField(_("text as sent"), blank=True, db_default="")
    bundle = models.CharField(max_length=80, blank=True, db_default="")
    line = models.CharField(max_length=300, blank=True, db_default="", help_text="its part of a text for several")
    joint_text = models.TextField(blank=True, db_default="", help_text="a text for several, with {{lines}}")
    joined_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="joined", verbose_name=_("goes with")
    )
    mailing = models.ForeignKey(
        "messaging.Mailing", models.PROTECT, null=True, related_name="messages", verbose_name=_("mailing")
    )
    trigger = models.ForeignKey(
        "messaging.Trigger", models.PROTECT, null=True, related_name="messages", verbose_name=_("trigger")
    )
    segments = models.PositiveSmallIntegerField(_("SMS parts"))
    cost: Money = MoneyField(_("cost"), default=0)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING)
    is_urgent = models.BooleanField(default=False, help_text="goes out in quiet hours too")
    send_after = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("pointless after"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)
    gateway = models.CharField(_("gateway"), max_length=40, blank=True)
    provider_id = models.CharField(_("the operator's id"), max_length=100, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    withdrawal_asked_at = models.DateTimeField(null=True)
    withdraw_reason = models.CharField(_("why withdrawn"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "purpose", "window"],
                condition=Q(subject_id__isnull=False) & ~Q(state="withdrawn"),
                name="message_once_per_window",
            ),
            models.CheckConstraint(condition=~Q(phone=""), name="message_has_a_phone"),
            models.CheckConstraint(condition=~Q(text=""), name="message_has_a_text"),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(claim__isnull=False, lease_until__isnull=False),
                name="message_claimed_by_somebody_for_a_time",
            ),
            models.CheckConstraint(condition=~Q(joined_to=F("id")), name="message_never_joined_to_itself"),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False), name="message_sent_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["send_after", "id"], condition=Q(state="waiting"), name="message_due"),
            models.Index(
                fields=["phone", "bundle"], condition=Q(state="waiting") & ~Q(bundle=""), name="message_bundle"
            ),
            models.Index(fields=["joined_to"], condition=Q(joined_to__isnull=False), name="message_joined"),
            models.Index(fields=["mailing", "state"], condition=Q(mailing__isnull=False), name="message_of_mailing"),
            models.Index(fields=["phone", "-id"], name="message_of_phone"),
            models.Index(fields=["lease_until"], condition=Q(state="claimed"), name="message_lease"),
            models.Index(
                fields=["ask_at"],
                condition=Q(state__in=["unknown", "sent"], ask_at__isnull=False),
                name="message_to_ask",
            ),
            models.Index(
                fields=["patient_id", "-id"], condition=Q(patient_id__isnull=False), name="message_of_patient"
            ),
            models.Index(fields=["-created_at", "-id"], name="message_log"),
            models.Index(fields=["gateway", "provider_id"], condition=~Q(provider_id=""), name="message_of_provider"),
            models.Index(fields=["gateway", "address"], condition=Q(state="unknown"), name="message_lost_with"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.phone}: {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return reverse("messaging:message", args=[self.pk])

    @property
    def purpose_title(self) -> Any:
        return title_of(self.purpose)

    @property
    def gateway_title(self) -> Any:
        road = gateway_named(self.gateway)
        return road.title if road else self.gateway

    @property
    def shown_text(self) -> str:
        """What the person reads: for one of a family's, the text of them all."""
        return self.handed_text or self.text

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DELIVERED, self.State.FAILED, self.State.WITHDRAWN}


class Attempt(models.Model):
    """What happened with a message besides a plain success: a refusal, a lost answer, what the provider said."""

    class What(models.TextChoices):
        REFUSED = "refused", _("The operator refused")
        LATER = "later", _("Not taken, again later")
        LOST = "lost", _("No answer")
        NEXT = "next", _("Did not go, the next channel")
        REPORTED = "reported", _("The operator reported")
        ABANDONED = "abandoned", _("The program stopped while sending")
        ASKED = "asked", _("Asked the operator")

    message = models.ForeignKey(Message, models.CASCADE, related_name="history")
    at = models.DateTimeField(db_default=Now())
    what = models.CharField(max_length=10, choices=What)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("at", "pk")
