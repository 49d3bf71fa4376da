"""Sums that a payer may spend and that may run out."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.invoices import Invoice
from core.money import Money, MoneyField
from ledger.models import Payer


class Limit(models.Model):
    """What a payer was granted, what issued invoices took of it, what approved plans hold; moved by LimitMove rows alone.

    A payer may have several: a policy's, a letter's, one line's approval. A closed one gives nothing more.
    """

    payer = models.ForeignKey(Payer, models.PROTECT, related_name="limits", verbose_name=_("payer"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    granted: Money = MoneyField(_("granted"), default=0)
    used: Money = MoneyField(_("used"), default=0)
    reserved: Money = MoneyField(_("reserved"), default=0)
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("limit")
        constraints = [
            models.CheckConstraint(
                condition=Q(used__gte=0, reserved__gte=0, granted__gte=F("used") + F("reserved")),
                name="limit_never_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.payer)

    @property
    def left(self) -> Money:
        """What is not spent yet, reserved or not."""
        return self.granted - self.used

    @property
    def free(self) -> Money:
        """What may still be spent on anything: neither spent nor held by a plan."""
        return self.granted - self.used - self.reserved


class LimitMove(models.Model):
    """One movement of a limit: signed changes of its three sums. Append-only; the limit is the sum of its movements."""

    class Kind(models.TextChoices):
        GRANT = "grant", pgettext_lazy("limit", "Granted")
        RESERVE = "reserve", pgettext_lazy("limit", "Reserved by a plan")
        RELEASE = "release", pgettext_lazy("limit", "Reservation released")
        TAKE = "take", pgettext_lazy("limit", "Used by an invoice")
        GIVE_BACK = "give_back", pgettext_lazy("limit", "Returned by a roll-back")

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="moves", verbose_name=_("limit"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    granted: Money = MoneyField(_("granted"), default=0)
    used: Money = MoneyField(_("used"), default=0)
    reserved: Money = MoneyField(_("reserved"), default=0)
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="limit_moves", verbose_name=_("invoice")
    )
    plan_line_id = models.BigIntegerField(null=True, help_text="of clinical.PlanLine, which may be gone since")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField(_("time"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )

    class Meta:
        verbose_name = _("movement of a limit")
        indexes = [
            models.Index(fields=["limit", "-id"], name="limit_moves_newest"),
            models.Index(fields=["plan_line_id"], condition=~Q(reserved=0), name="limit_held_by_a_line"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(granted=0) | ~Q(used=0) | ~Q(reserved=0), name="limit_move_moves_something"
            ),
        ]
