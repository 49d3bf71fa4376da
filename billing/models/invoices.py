"""Invoices, their lines and who pays which share."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Service
from clinic.models import Branch, LegalEntity, Staff
from clinical.models import PlanLine, TreatmentPlan
from core.money import MoneyField
from ledger.models import Payer
from patients.models import Patient
from scheduling.models import Appointment


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    ROLLED_BACK = "rolled_back", _("Rolled back")


TONES = {
    Status.DRAFT: "grey", Status.ISSUED: "blue", Status.PARTLY_PAID: "amber", Status.PAID: "green",
    Status.ROLLED_BACK: "red",
}  # fmt: skip
PAYABLE = (Status.ISSUED, Status.PARTLY_PAID)
STANDING = (*PAYABLE, Status.PAID)


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def payable(self) -> "InvoiceQuerySet":
        return self.filter(status__in=PAYABLE)

    def owed(self) -> "InvoiceQuerySet":
        """Those of which a patient still owes something."""
        return self.payable().filter(due__gt=0)


class Invoice(models.Model):
    """`total` is after discounts, `paid` by whomever, `due` what the patient himself has still to pay."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    number = models.PositiveBigIntegerField(_("number"), null=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="invoices", verbose_name=_("branch"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invoices", verbose_name=_("patient"))
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name=_("appointment")
    )
    plan = models.ForeignKey(
        TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name=_("treatment plan")
    )
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.DRAFT)
    is_prepared = models.BooleanField(
        default=False, help_text="made by the end of its visit, gone when that is put back"
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_discounts = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="promotions picked by a person; null: the best ones by themselves",
    )
    list_total = MoneyField(_("by the price list"), default=0)
    total = MoneyField(_("total"), default=0)
    paid = MoneyField(_("paid"), default=0)
    due = MoneyField(_("to pay"), default=0)
    issued_on = models.DateField(_("day"), null=True)
    issued_at = models.DateTimeField(_("issued"), null=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    rolled_back_on = models.DateField(null=True)
    rolled_back_at = models.DateTimeField(null=True)
    rolled_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rollback_reason = models.CharField(_("reason"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        indexes = [
            models.Index(fields=["branch", "-issued_on"], name="invoice_of_a_day"),
            models.Index(fields=["-issued_at", "-id"], name="invoice_newest_first"),
            models.Index(fields=["patient", "-issued_at"], name="invoice_of_a_patient"),
            models.Index(fields=["patient", "issued_at"], condition=Q(due__gt=0), name="invoice_owed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="invoice_number_is_unique_in_entity"),
            models.CheckConstraint(
                condition=Q(status="draft", number__isnull=True, issued_on__isnull=True)
                | (~Q(status="draft") & Q(number__isnull=False, issued_on__isnull=False, issued_at__isnull=False)),
                name="invoice_issued_has_a_number_and_a_day",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("total"), due__gte=0, due__lte=F("total")),
                name="invoice_paid_never_over_total",
            ),
            models.CheckConstraint(
                condition=~Q(status="rolled_back")
                | Q(paid=0, due=0, rolled_back_on__isnull=False, rollback_reason__gt=""),
                name="invoice_rolled_back_with_a_reason_owes_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid=F("total")), name="invoice_called_paid_is_paid"
            ),
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(is_prepared=True, status="draft"), name="visit_prepares_one_invoice"
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}" if self.number else str(_("draft"))

    def get_absolute_url(self) -> str:
        return reverse("billing:invoice", args=[self.pk])

    @property
    def tone(self) -> str:
        return TONES[Status(self.status)]

    @property
    def discount(self):
        return self.list_total - self.total

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING

    @property
    def is_payable(self) -> bool:
        return self.status in PAYABLE


class InvoiceLine(models.Model):
    """A service as sold: its name and price stay as they were whatever the price list becomes."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    direction = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("direction"))
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=300)
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("doctor"))
    assistant = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("assistant")
    )
    teeth = models.JSONField(_("teeth"), default=list)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    list_price = MoneyField(_("price by the list"))
    price = MoneyField(_("price"))
    discount = MoneyField(_("discount"), default=0)
    discount_reason = models.CharField(_("why"), max_length=200, blank=True)
    sum = MoneyField(_("sum"))
    service_on = models.DateField(_("day of the service"))
    plan_line = models.ForeignKey(PlanLine, models.PROTECT, null=True, related_name="invoice_lines")
    holds_plan_line = models.BooleanField(default=True, help_text="no longer once the invoice is rolled back")
    asked_payer = models.CharField(max_length=20, blank=True, help_text="a kind or a payer's key; empty: as usual")
    reasons = models.JSONField(default=list, help_text="what the payer engine decided: [[about, sentence], ...]")

    class Meta:
        verbose_name = _("invoice line")
        ordering = ("position", "pk")
        indexes = [models.Index(fields=["doctor", "service_on"], name="invoice_line_of_a_doctor")]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0, list_price__gte=0), name="line_price_never_negative"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_sells_at_least_one"),
            models.UniqueConstraint(
                fields=["plan_line"], condition=Q(holds_plan_line=True), name="plan_line_is_invoiced_once"
            ),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=F("price") * F("quantity")),
                name="line_discount_within_its_price",
            ),
            models.CheckConstraint(
                condition=Q(sum=F("price") * F("quantity") - F("discount")), name="line_sum_is_price_minus_discount"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """How much of a line a payer pays, why, and how much of it he has paid."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="shares")
    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="shares")
    payer = models.ForeignKey(Payer, models.PROTECT, related_name="shares", verbose_name=_("payer"))
    kind = models.CharField(max_length=20)
    amount = MoneyField(_("amount"))
    paid = MoneyField(_("paid"), default=0)
    why = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("share")
        ordering = ("line__position", "pk")
        indexes = [models.Index(fields=["payer", "invoice"], name="share_of_a_payer")]
        constraints = [
            models.UniqueConstraint(fields=["line", "payer"], name="share_one_a_payer_of_a_line"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="share_never_negative"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("amount")), name="share_paid_within_its_amount"
            ),
        ]

    @property
    def left(self):
        return self.amount - self.paid


class PlanPayer(models.Model):
    """Who was chosen to pay for a line of a plan; without a row the usual payer does."""

    plan_line = models.OneToOneField(PlanLine, models.CASCADE, related_name="payer_asked")
    asked = models.CharField(max_length=20, help_text="a kind or a payer's key")
