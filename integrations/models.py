"""Connections to outer services, what was said on them, and what they have told us."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from integrations.adapters import adapter_named


class Connection(models.Model):
    """One service. `options` may be shown; `secrets` is a closed box (core.vault)."""

    class State(models.TextChoices):
        OFF = "off", pgettext_lazy("connection", "Not connected")
        ON = "on", pgettext_lazy("connection", "Works")
        BROKEN = "broken", pgettext_lazy("connection", "Does not work")

    code = models.CharField(_("service"), max_length=40, unique=True)
    state = models.CharField(_("status"), max_length=6, choices=State, default=State.OFF)
    options = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    nonce = models.CharField(max_length=40, blank=True, help_text="its change makes another address for callbacks")
    facts = models.JSONField(default=dict, help_text="what the service tells of itself: balance, name of the bot")
    connected_at = models.DateTimeField(null=True)
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    last_event = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True)
    broken_since = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("integration")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="off") | Q(connected_at__isnull=False), name="connection_connected_at_a_time"
            )
        ]

    def __str__(self) -> str:
        known = adapter_named(self.code)
        return str(known.title) if known else self.code

    @property
    def is_on(self) -> bool:
        return self.state != self.State.OFF


class Exchange(models.Model):
    """The raw log: a request and its answer, without secrets."""

    class Way(models.TextChoices):
        OUT = "out", _("We asked")
        IN = "in", _("They told")

    code = models.CharField(_("service"), max_length=40)
    way = models.CharField(_("direction"), max_length=3, choices=Way)
    at = models.DateTimeField(_("when"), db_default=Now())
    method = models.CharField(max_length=8)
    url = models.CharField(_("address"), max_length=300)
    asked = models.TextField(_("request"), blank=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    answered = models.TextField(_("text of the answer"), blank=True)
    ms = models.PositiveIntegerField(_("milliseconds"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("exchange")
        indexes = [models.Index(fields=["code", "-id"], name="exchange_log")]


class Received(models.Model):
    """The inbox: what a service told, as it came, once for each `key`; dealt with by a worker."""

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("event", "Waits")
        DONE = "done", pgettext_lazy("event", "Done")
        FAILED = "failed", pgettext_lazy("event", "Failed")

    code = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=6, choices=State, default=State.NEW)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "key"], name="received_once")]
        indexes = [models.Index(fields=["next_at", "id"], condition=Q(state="new"), name="received_due")]

    @property
    def raw(self) -> bytes:
        return bytes(self.body)

    def header(self, name: str) -> Any:
        return self.headers.get(name.lower(), "")
