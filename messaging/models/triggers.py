"""Messages that go by themselves, as data: event, condition, delay, words, approval (MSG-12..16)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable
from messaging.choices import Channel, Kind
from messaging.happenings import title_of


class Trigger(Trashable):
    """`event` is declared in messaging.happenings; what happened before `since` is not told of.

    `conditions` maps names of the event's own conditions to lists of accepted values.
    """

    class Unit(models.TextChoices):
        MINUTES = "minutes", pgettext_lazy("delay", "minutes")
        HOURS = "hours", pgettext_lazy("delay", "hours")
        DAYS = "days", pgettext_lazy("delay", "days")
        MONTHS = "months", pgettext_lazy("delay", "months")

    name = models.CharField(_("name"), max_length=120)
    event = models.CharField(_("when"), max_length=40)
    conditions = models.JSONField(_("only if"), default=dict, blank=True)
    delay = models.PositiveSmallIntegerField(_("after"), default=0)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.HOURS)
    kind = models.CharField(_("consent"), max_length=10, choices=Kind, default=Kind.SERVICE)
    channel = models.CharField(_("first by"), max_length=10, choices=Channel, blank=True)
    text = models.TextField(_("text"), max_length=1000)
    is_approved_by_people = models.BooleanField(
        _("a person approves each"),
        default=False,
        help_text=_("It is proposed to the reception and goes when they agree."),
    )
    is_active = models.BooleanField(_("works"), default=False)
    since = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, db_default=1)

    class Meta:
        verbose_name = _("trigger")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="trigger_name_is_unique"
            ),
            models.CheckConstraint(condition=Q(is_active=False) | Q(since__isnull=False), name="trigger_works_since"),
            models.CheckConstraint(condition=~Q(text=""), name="trigger_has_a_text"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def delay_text(self) -> str:
        """«через 3 дня», or at once."""
        if not self.delay:
            return gettext("at once")
        words = {
            "minutes": ngettext("%(n)s minute later", "%(n)s minutes later", self.delay),
            "hours": ngettext("%(n)s hour later", "%(n)s hours later", self.delay),
            "days": ngettext("%(n)s day later", "%(n)s days later", self.delay),
            "months": ngettext("%(n)s month later", "%(n)s months later", self.delay),
        }
        return words[self.unit] % {"n": self.delay}

    @property
    def event_title(self) -> Any:
        return title_of(self.event)
