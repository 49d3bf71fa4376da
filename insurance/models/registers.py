"""What policies pay of invoices, registers of it, payments of insurers."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Invoice, Payment, Share
from clinic.models import LegalEntity
from core.models import StoredFile
from core.money import Money, MoneyField
from core.trash import Trashable
from insurance.models.approvals import ApprovalLine
from insurance.models.insurers import Insurer
from insurance.models.policies import Policy


class CoveredLine(models.Model):
    """A share of an invoice's line that a policy pays: by which approval, how much, what became of it."""

    class Outcome(models.TextChoices):
        OPEN = "open", pgettext_lazy("share of an insurer", "Waits")
        PAID = "paid", pgettext_lazy("share of an insurer", "Paid")
        REFUSED = "refused", pgettext_lazy("share of an insurer", "Refused")
        DISPUTED = "disputed", pgettext_lazy("share of an insurer", "Disputed")
        WRITTEN_OFF = "written_off", pgettext_lazy("share of an insurer", "Written off")
        REBILLED = "rebilled", pgettext_lazy("share of an insurer", "Passed to the patient")
        RETURNED = "returned", pgettext_lazy("share of an insurer", "Rolled back")

    share = models.OneToOneField(Share, models.PROTECT, related_name="covered")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="covered", verbose_name=_("policy"))
    approval_line = models.ForeignKey(ApprovalLine, models.PROTECT, null=True, related_name="covered")
    amount: Money = MoneyField(_("amount"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.OPEN)
    refused: Money = MoneyField(_("refused"), default=0)
    refusal = models.CharField(_("why refused"), max_length=300, blank=True)
    agreement = models.CharField(_("signed agreement"), max_length=200, blank=True)
    agreement_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("share of an insurer")
        indexes = [models.Index(fields=["policy", "outcome"], name="covered_of_a_policy")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, refused__gte=0, refused__lte=models.F("amount")),
                name="covered_sums_make_sense",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="rebilled") | Q(agreement__gt=""), name="rebilled_only_with_a_signed_agreement"
            ),
        ]


class FranchiseUse(models.Model):
    """So much of a policy's franchise was paid by the patient with an invoice."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="franchise_uses")
    amount: Money = MoneyField(_("amount"))
    is_returned = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "policy"], name="franchise_is_used_once_an_invoice"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="franchise_use_is_a_sum"),
        ]


class RegisterTemplate(Trashable):
    """How an insurer wants his registers: words with places, and columns in order (INS-04, INS-05)."""

    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="templates", verbose_name=_("insurer"))
    name = models.CharField(_("name"), max_length=120)
    head = models.TextField(_("text above the table"), max_length=4000, blank=True)
    foot = models.TextField(_("text below the table"), max_length=4000, blank=True)
    columns = ArrayField(models.CharField(max_length=30), verbose_name=_("columns"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("template of registers")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["insurer", "name"], condition=Q(deleted_at__isnull=True), name="template_name_is_one_an_insurer"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Register(models.Model):
    """A numbered list of services for an insurer. Sent, it and its lines are frozen by the database."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("register", "Draft")
        SENT = "sent", pgettext_lazy("register", "Sent")
        SETTLED = "settled", pgettext_lazy("register", "Settled")

    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="registers", verbose_name=_("insurer"))
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    number = models.PositiveBigIntegerField(_("number"), null=True)
    date_from = models.DateField(_("from"))
    date_to = models.DateField(_("to"))
    template = models.ForeignKey(RegisterTemplate, models.PROTECT, related_name="+", verbose_name=_("template"))
    head = models.TextField(blank=True)
    foot = models.TextField(blank=True)
    columns = ArrayField(models.CharField(max_length=30), default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    total: Money = MoneyField(_("total"), default=0)
    count = models.PositiveIntegerField(_("services"), default=0)
    sent_on = models.DateField(_("sent"), null=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("register")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="register_number_is_unique_in_entity"),
            models.CheckConstraint(
                condition=Q(date_to__gte=models.F("date_from")), name="register_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number__isnull=True, sent_on__isnull=True)
                | (~Q(status="draft") & Q(number__isnull=False, sent_on__isnull=False)),
                name="register_sent_has_a_number_and_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}" if self.number else str(_("draft"))

    def get_absolute_url(self) -> str:
        return reverse("insurance:register", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class RegisterLine(models.Model):
    """A service in a register as it was told: `data` holds every column that a template may show."""

    register = models.ForeignKey(Register, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    covered = models.OneToOneField(CoveredLine, models.PROTECT, related_name="register_line")
    amount: Money = MoneyField(_("sum"))
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("register", "position")
        constraints = [models.UniqueConstraint(fields=["register", "position"], name="register_line_has_its_place")]


class InsurerPayment(models.Model):
    """Money of an insurer for a register, as his bank order says."""

    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="payments", verbose_name=_("insurer"))
    register = models.ForeignKey(Register, models.PROTECT, related_name="payments", verbose_name=_("register"))
    number = models.CharField(_("number of the order"), max_length=60)
    paid_on = models.DateField(_("day"))
    amount: Money = MoneyField(_("amount"))
    refused: Money = MoneyField(_("refused"), default=0)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("payment of an insurer")
        ordering = ("-paid_on", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["insurer", "number", "paid_on"], name="insurer_payment_is_entered_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, refused__gte=0), name="insurer_payment_never_negative"),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"


class Allocation(models.Model):
    """How much of an insurer's payment went to a line, and how much of the line he refused. Append-only."""

    payment = models.ForeignKey(InsurerPayment, models.CASCADE, related_name="allocations")
    covered = models.ForeignKey(CoveredLine, models.PROTECT, related_name="allocations")
    amount: Money = MoneyField(default=0)
    refused: Money = MoneyField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    settlement = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "covered"], name="allocation_one_a_line")]
