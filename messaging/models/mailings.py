"""One text to many (MSG-04): an audience taken from a list's filters, frozen, then told portion by portion."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch
from messaging.choices import Kind
from messaging.models.outbox import Message


class Mailing(models.Model):
    """draft -> ready (audience counted) -> going <-> paused -> done; any of them -> stopped; going -> ready by undo."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("mailing", "Draft")
        COUNTING = "counting", pgettext_lazy("mailing", "Audience is being counted")
        READY = "ready", pgettext_lazy("mailing", "Ready to go")
        GOING = "going", pgettext_lazy("mailing", "Going")
        PAUSED = "paused", pgettext_lazy("mailing", "Paused")
        STOPPED = "stopped", pgettext_lazy("mailing", "Stopped")
        DONE = "done", pgettext_lazy("mailing", "Done")

    name = models.CharField(_("name"), max_length=120)
    text = models.TextField(_("text"), max_length=1000)
    kind = models.CharField(_("consent"), max_length=10, choices=Kind, default=Kind.MARKETING)
    per_minute = models.PositiveIntegerField(_("messages a minute"), default=60)
    listing = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.DRAFT)
    goes_at = models.DateTimeField(_("goes at"), null=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    counted_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="when the next portion may be queued")
    ended_at = models.DateTimeField(_("ended"), null=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        verbose_name = _("mailing")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="mailing_has_a_text"),
            models.CheckConstraint(condition=Q(per_minute__gte=1, per_minute__lte=3000), name="mailing_is_throttled"),
            models.CheckConstraint(
                condition=~Q(state__in=["going", "paused"]) | Q(goes_at__isnull=False), name="mailing_goes_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="going"), name="mailing_due")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("messaging:mailing", args=[self.pk])


class MailingPerson(models.Model):
    """One of the audience, and why he gets nothing if he does not."""

    class State(models.TextChoices):
        IN = "in", pgettext_lazy("mailing", "Will get it")
        OUT = "out", pgettext_lazy("mailing", "Left out")
        QUEUED = "queued", pgettext_lazy("mailing", "Queued")
        DROPPED = "dropped", pgettext_lazy("mailing", "Not sent")

    class Why(models.TextChoices):
        NO_PHONE = "no_phone", _("No phone")
        NO_CONSENT = "no_consent", _("Has not allowed such messages")
        SAME_PHONE = "same_phone", _("The same phone as another of the list")
        LATELY = "lately", _("Had a mailing lately")
        GONE = "gone", _("The card is in the trash or merged")
        BY_HAND = "by_hand", _("Taken out by hand")

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="people")
    patient_id = models.BigIntegerField()
    name = models.CharField(max_length=260, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=5, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.IN)
    why = models.CharField(max_length=12, choices=Why, blank=True)
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["mailing", "patient_id"], name="mailing_person_once"),
            models.CheckConstraint(condition=~Q(state="out") | ~Q(why=""), name="mailing_person_left_out_for_a_reason"),
            models.UniqueConstraint(
                fields=["mailing", "phone"], condition=Q(state__in=["in", "queued"]), name="mailing_phone_once"
            ),
        ]
        indexes = [models.Index(fields=["mailing", "state", "id"], name="mailing_next")]
