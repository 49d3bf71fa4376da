"""Certificates of what was paid for treatment (KND 1151156), and registers of them for the tax office (KND 1184043).

A **number** is one taxpayer, one patient, one year, one legal entity. A **certificate** is what was said under it: the
first one, each correction, the cancellation; it is never changed. Its **payments** are what makes its sums. A payment
is **certified** under one number at most, so that no rouble is deducted twice. A **register** holds certificates as
they were given to the tax office, each once.
"""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Payment
from clinic.models import Branch, LegalEntity
from core.models import StoredFile
from core.money import Money, MoneyField
from patients.models import Patient

CANCELS = 999  # the correction number that annuls a certificate (KND 1184043)


class Relation(models.TextChoices):
    """Who the taxpayer is to the patient (tax code, article 219)."""

    SELF = "self", _("The patient")
    SPOUSE = "spouse", _("Spouse")
    PARENT = "parent", _("Parent")
    CHILD = "child", _("Son or daughter")
    GUARDIAN = "guardian", _("Guardian")


class CertificateNumber(models.Model):
    """One taxpayer, patient, year and legal entity; `payer_key` is «patient/17» or «representative/5»."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="tax_numbers", verbose_name=_("patient"))
    payer_key = models.CharField(max_length=40)
    correction = models.PositiveSmallIntegerField(_("correction"), default=0)
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "year", "number"], name="certificate_number_is_unique_in_entity_and_year"
            ),
            models.UniqueConstraint(
                fields=["legal_entity", "year", "patient", "payer_key"], condition=Q(is_cancelled=False),
                name="certificate_is_one_a_payer_patient_and_year",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.year % 100:02}{self.number:06}"


class Certificate(models.Model):
    """What was said under a number; append-only. `payer` and `subject` keep the persons as they were written then."""

    number = models.ForeignKey(CertificateNumber, models.PROTECT, related_name="certificates")
    correction = models.PositiveSmallIntegerField(_("correction"), default=0)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="tax_certificates", verbose_name=_("patient"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    relation = models.CharField(_("who pays"), max_length=10, choices=Relation)
    payer_name = models.CharField(_("taxpayer"), max_length=250)
    payer = models.JSONField(help_text="rules.Person as it stands in the certificate")
    subject = models.JSONField(help_text="the patient, likewise")
    code1: Money = MoneyField(_("code 1"))
    code2: Money = MoneyField(_("code 2"))
    signer = models.CharField(_("signer"), max_length=200)
    authority = models.CharField(_("on what ground"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    issued_on = models.DateField(_("issued"))
    issued_at = models.DateTimeField(db_default=Now())
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = _("tax certificate")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["patient", "-id"], name="certificate_of_a_patient"),
            models.Index(fields=["branch", "-issued_on"], name="certificate_of_a_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number", "correction"], name="certificate_correction_is_one"),
            models.CheckConstraint(
                condition=Q(code1__gte=0, code2__gte=0)
                & (Q(correction=CANCELS, code1=0, code2=0) | (Q(correction__lt=CANCELS) & ~Q(code1=0, code2=0))),
                name="certificate_speaks_of_money_unless_it_cancels",
            ),
            models.CheckConstraint(
                condition=Q(correction=0) | Q(reason__gt=""), name="certificate_is_corrected_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}" if not self.correction else f"№ {self.number}/{self.correction}"

    def get_absolute_url(self) -> str:
        return reverse("taxes:certificate", args=[self.pk])

    @property
    def total(self) -> Money:
        return self.code1 + self.code2

    @property
    def cancels(self) -> bool:
        return self.correction == CANCELS

    @property
    def is_last(self) -> bool:
        """The one that stands: neither corrected nor cancelled since."""
        return not self.number.is_cancelled and self.correction == self.number.correction

    @property
    def state(self) -> tuple[str, Any, str]:
        """Its code, what people call it, its tone."""
        if self.cancels:
            return "cancellation", pgettext_lazy("tax certificate", "Cancellation"), "red"
        if self.number.is_cancelled:
            return "cancelled", pgettext_lazy("tax certificate", "Cancelled"), "grey"
        if not self.is_last:
            return "corrected", pgettext_lazy("tax certificate", "Corrected"), "amber"
        return "valid", pgettext_lazy("tax certificate", "Valid"), "green"

    def born(self, person: str) -> date | None:
        """The birth date of «payer» or «subject» as kept."""
        told = getattr(self, person).get("birth_date")
        return date.fromisoformat(told) if told else None


class CertificatePayment(models.Model):
    """So much of a payment, refunds taken off, stands in a certificate; append-only."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="payments")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+", verbose_name=_("payment"))
    paid_on = models.DateField(_("paid"))
    code1: Money = MoneyField(_("code 1"))
    code2: Money = MoneyField(_("code 2"))

    class Meta:
        ordering = ("paid_on", "payment")
        constraints = [
            models.UniqueConstraint(fields=["certificate", "payment"], name="certificate_names_a_payment_once"),
            models.CheckConstraint(
                condition=Q(code1__gte=0, code2__gte=0) & ~Q(code1=0, code2=0),
                name="certificate_payment_is_money",
            ),
        ]


class CertifiedPayment(models.Model):
    """A payment for a patient stands under this number now; gone when that is cancelled or corrected without it."""

    number = models.ForeignKey(CertificateNumber, models.CASCADE, related_name="certified")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "patient"], name="payment_is_certified_once")]


class TaxRegister(models.Model):
    """A file for the tax office, kept as it was made; append-only."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    year = models.PositiveSmallIntegerField(_("year"))
    count = models.PositiveIntegerField(_("certificates"))
    code1: Money = MoneyField(_("code 1"))
    code2: Money = MoneyField(_("code 2"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_on = models.DateField(_("day"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("register of certificates")
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(condition=Q(count__gte=1), name="tax_register_is_not_empty")]

    def __str__(self) -> str:
        return f"{self.made_on:%d.%m.%Y} № {self.pk}"


class TaxRegisterEntry(models.Model):
    """A certificate stands in one register at most; append-only."""

    register = models.ForeignKey(TaxRegister, models.PROTECT, related_name="entries")
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="sent")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certificate"], name="certificate_is_sent_once")]
