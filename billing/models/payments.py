"""Payments and what their parts went to."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.cash import CashDesk, CashShift
from billing.models.invoices import Invoice, Share
from clinic.models import Branch
from core.money import MoneyField
from ledger.models import Payer
from patients.models import Patient


class Method(models.TextChoices):
    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    DEPOSIT = "deposit", _("From the deposit")
    BANK = "bank", _("Bank transfer")
    OFFSET = "offset", _("Offset")


MONEY = (Method.CASH, Method.CARD, Method.BANK)  # what counts as receipts
AT_THE_DESK = (Method.CASH, Method.CARD)


class Payment(models.Model):
    """One act at the desk. `cash` and `card` are what the drawer and the terminal got, below zero what they gave."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", pgettext_lazy("money", "Payment")
        DEPOSIT = "deposit", pgettext_lazy("money", "Prepayment")
        WITHDRAWAL = "withdrawal", pgettext_lazy("money", "Deposit given back")
        RETURN = "return", pgettext_lazy("money", "Return of a rolled back invoice")
        VOID = "void", pgettext_lazy("money", "Payment cancelled")
        SETTLEMENT = "settlement", pgettext_lazy("money", "Payer's settlement")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PAYMENT)
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="payments", verbose_name=_("patient"))
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="payments", verbose_name=_("payer"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="payments", verbose_name=_("branch"))
    desk = models.ForeignKey(CashDesk, models.PROTECT, null=True, related_name="payments", verbose_name=_("cash desk"))
    shift = models.ForeignKey(
        CashShift, models.PROTECT, null=True, related_name="payments", verbose_name=_("cash shift")
    )
    cash = MoneyField(_("cash"), default=0)
    card = MoneyField(_("card"), default=0)
    taken_on = models.DateField(_("day"))
    taken_at = models.DateTimeField(_("time"))
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken by")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="mirrors", verbose_name=_("cancels"))

    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="corrections", verbose_name=_("instead of")
    )

    class Meta:
        verbose_name = _("payment")
        indexes = [
            models.Index(fields=["branch", "-taken_on"], name="payment_of_a_day"),
            models.Index(fields=["patient", "-taken_at"], name="payment_of_a_patient"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reverses"], name="payment_is_voided_once"),
            models.UniqueConstraint(fields=["corrects"], name="payment_is_corrected_once"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(reverses__isnull=True), name="payment_mirrors_or_replaces"
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("billing:receipt", args=[self.pk])

    @property
    def money(self):
        """What came in over the desk, below zero what went out."""
        return self.cash + self.card


CHANGEABLE = (Payment.Kind.PAYMENT, Payment.Kind.DEPOSIT, Payment.Kind.WITHDRAWAL)  # may have come by another method
MOVABLE = (Payment.Kind.PAYMENT, Payment.Kind.DEPOSIT)  # may have been another patient's


class PaymentPart(models.Model):
    """So much by this method to a share, or to the deposit where there is none; negative goes back. Append-only."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="parts")
    share = models.ForeignKey(Share, models.PROTECT, null=True, related_name="parts")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="parts")
    method = models.CharField(_("method"), max_length=8, choices=Method)
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("part of a payment")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="payment_part_moves_something"),
            models.CheckConstraint(
                condition=Q(share__isnull=True, invoice__isnull=True) | Q(share__isnull=False, invoice__isnull=False),
                name="payment_part_of_a_share_names_its_invoice",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=False) | ~Q(method="deposit"),
                name="payment_part_never_from_deposit_to_deposit",
            ),
        ]
