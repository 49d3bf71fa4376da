"""Instalments: days and sums by which a patient has agreed to pay an invoice (BIL-37)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from core.money import MoneyField


class Schedule(models.Model):
    """What was agreed for an invoice; locked when agreed: another agreement ends this one.

    What is paid of it is nowhere kept: it follows from what the invoice still owes.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="schedules", verbose_name=_("invoice"))
    total = MoneyField(_("total"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    agreed_at = models.DateTimeField(_("agreed"))
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("instalments")
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(ended_at__isnull=True), name="invoice_has_one_schedule"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(end_reason__gt=""), name="schedule_ended_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.invoice)


class Instalment(models.Model):
    """So much by this day."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="dues")
    due_on = models.DateField(_("day"))
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("instalment")
        ordering = ("due_on",)
        indexes = [models.Index(fields=["due_on"], name="instalment_of_a_day")]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_on"], name="instalment_is_one_a_day"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_is_a_sum"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on:%d.%m.%Y}"
