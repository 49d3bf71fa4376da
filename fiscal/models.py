"""Cash registers, whose services they sell as agents, receipts with their positions, and what happened to each.

    waiting -> claimed -> sent -> done | failed
    claimed -> waiting      the register surely has not taken it: again after a pause
    claimed -> unknown      a time-out, or the worker was killed while it was handing over
    unknown -> sent | waiting, by what the register says of our id, and never without asking
    failed -> waiting       a person has mended the reason; the receipt goes under another id of ours

A receipt is a row of the same transaction as its payment. It carries all that a register is told, so that what is
printed later is what was true then.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import CashDesk, Payment, Share
from catalog.models import Category
from clinic.models import Branch
from core.money import MoneyField
from fiscal import rules
from patients.models import Patient


class TaxSystem(models.TextChoices):
    """Tag 1055, in the words of the ATOL protocol."""

    OSN = "osn", _("general (OSN)")
    USN_INCOME = "usn_income", _("simplified, income (USN)")
    USN_INCOME_OUTCOME = "usn_income_outcome", _("simplified, income minus expenses (USN)")
    ESN = "esn", _("agricultural (ESHN)")
    PATENT = "patent", _("patent")


class Register(models.Model):
    """A cash register in the cloud, bound to a branch, or to one desk of it (INT-06: key, cash name, branch)."""

    name = models.CharField(_("name"), max_length=80)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="registers", verbose_name=_("branch"))
    desk = models.ForeignKey(
        CashDesk, models.PROTECT, null=True, blank=True, related_name="registers", verbose_name=_("cash desk"),
        help_text=_("Empty: all desks of the branch that have no register of their own."),
    )  # fmt: skip
    device = models.CharField(_("service"), max_length=40)
    group = models.CharField(
        _("group of registers"), max_length=60, blank=True, help_text=_("ATOL and Evotor: the group's code.")
    )
    account = models.CharField(
        _("own login or app id"), max_length=120, blank=True, help_text=_("Empty: as the service is connected.")
    )
    sealed = models.TextField(blank=True, editable=False)
    tax_system = models.CharField(_("tax system"), max_length=20, choices=TaxSystem, default=TaxSystem.USN_INCOME)
    address = models.CharField(
        _("place of settlement"), max_length=200, blank=True, help_text=_("Empty: the branch's address.")
    )
    email = models.EmailField(
        _("e-mail of the clinic"), help_text=_("Receipts of people without a phone and an e-mail go there.")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("cash register")
        ordering = ("branch__position", "branch_id", "pk")
        constraints = [models.UniqueConstraint(fields=["name"], name="register_is_one_of_its_name")]

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """Services of a direction that the clinic sells for somebody else: tags 1222, 1225, 1226, 1171."""

    direction = models.OneToOneField(Category, models.PROTECT, related_name="+", verbose_name=_("direction"))
    supplier = models.CharField(_("supplier"), max_length=200)
    inn = models.CharField(_("INN"), max_length=12)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("agent's service")
        ordering = ("supplier", "pk")

    def __str__(self) -> str:
        return self.supplier


class Receipt(models.Model):
    """One receipt. `external_id` is our id, which the register gets and by which it knows a repetition."""

    class Operation(models.IntegerChoices):
        SALE = rules.SALE, pgettext_lazy("tag 1054", "Receipt")
        REFUND = rules.REFUND, pgettext_lazy("tag 1054", "Refund receipt")

    class Cause(models.TextChoices):
        PAYMENT = "payment", pgettext_lazy("cause", "Payment")
        RENDERED = "rendered", pgettext_lazy("cause", "Service done, prepayment set off")
        UNRENDERED = "unrendered", pgettext_lazy("cause", "Service not done after all")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("receipt", "Waits")
        CLAIMED = "claimed", pgettext_lazy("receipt", "Being sent")
        SENT = "sent", pgettext_lazy("receipt", "With the register")
        UNKNOWN = "unknown", pgettext_lazy("receipt", "No answer, being asked")
        DONE = "done", pgettext_lazy("receipt", "Issued")
        FAILED = "failed", pgettext_lazy("receipt", "Not issued")

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    external_id = models.CharField(_("our id"), max_length=60, unique=True)
    issue = models.PositiveSmallIntegerField(default=1, help_text="how often it was begun anew after a refusal")
    operation = models.PositiveSmallIntegerField(_("sign of settlement"), choices=Operation)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause, default=Cause.PAYMENT)
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, related_name="fiscal_receipt", verbose_name=_("payment")
    )
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    desk = models.ForeignKey(CashDesk, models.PROTECT, null=True, related_name="+", verbose_name=_("cash desk"))
    register = models.ForeignKey(
        Register, models.PROTECT, null=True, related_name="receipts", verbose_name=_("cash register")
    )
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, related_name="fiscal_receipts", verbose_name=_("patient")
    )
    buyer = models.CharField(_("buyer"), max_length=260, blank=True)
    contact = models.CharField(_("buyer's phone or e-mail"), max_length=254, blank=True)
    cashier = models.CharField(_("cashier"), max_length=120, blank=True)
    vat = models.CharField(_("VAT"), max_length=8, default="none")
    total = MoneyField(_("total"))
    cash = MoneyField(_("cash"), default=0)
    electronic = MoneyField(_("cashless"), default=0)
    advance = MoneyField(_("set-off of an advance"), default=0)
    credit = MoneyField(_("on credit"), default=0)
    other = MoneyField(_("other provision"), default=0)
    made_on = models.DateField(_("day"))
    made_at = models.DateTimeField(_("time"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    state = models.CharField(_("status"), max_length=8, choices=State, default=State.WAITING)
    send_after = models.DateTimeField(_("not before"), db_default=Now())
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(_("the service's id"), max_length=100, blank=True)
    error = models.CharField(_("why not issued"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("taken by the register"), null=True)
    done_at = models.DateTimeField(_("issued"), null=True)
    facts = models.JSONField(default=dict, help_text="what the register printed: fn, fd, fp, shift, number, at, url")

    class Meta:
        verbose_name = _("fiscal receipt")
        ordering = ("-made_at", "-pk")
        indexes = [
            models.Index(fields=["send_after", "id"], condition=Q(state="waiting"), name="receipt_due"),
            models.Index(fields=["lease_until"], condition=Q(state="claimed"), name="receipt_lease"),
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="receipt_to_ask"),
            models.Index(fields=["branch", "-made_at"], name="receipt_of_a_branch"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="receipt_of_provider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("cash") + F("electronic") + F("advance") + F("credit") + F("other")),
                name="receipt_forms_make_its_total",
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="receipt_is_for_something"),
            models.CheckConstraint(
                condition=Q(cause="payment", payment__isnull=False) | ~Q(cause="payment") & Q(payment__isnull=True),
                name="receipt_of_a_payment_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(claim__isnull=False, lease_until__isnull=False),
                name="receipt_claimed_by_somebody_for_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False, register__isnull=False),
                name="receipt_done_at_a_time_by_a_register",
            ),
            models.UniqueConstraint(fields=["reverses"], condition=Q(cause="payment"), name="receipt_is_reversed_once"),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("fiscal:receipt", args=[self.pk])

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def may_be_retried(self) -> bool:
        return self.state in (self.State.FAILED, self.State.WAITING)

    def forms(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in rules.FORMS}


class ReceiptItem(models.Model):
    """Tag 1059. `credit` and `prepaid` add up over the receipts of a share to what stands open of it. Append-only."""

    class Method(models.IntegerChoices):
        FULL_PREPAYMENT = rules.FULL_PREPAYMENT, _("full prepayment")
        PREPAYMENT = rules.PREPAYMENT, _("prepayment")
        ADVANCE = rules.ADVANCE, _("advance")
        FULL = rules.FULL, _("full settlement")
        PARTIAL = rules.PARTIAL, _("partial settlement and credit")
        CREDIT = rules.CREDIT, _("on credit")
        CREDIT_PAYMENT = rules.CREDIT_PAYMENT, _("payment of a credit")

    class Subject(models.IntegerChoices):
        SERVICE = rules.SERVICE, _("service")
        PAYMENT = rules.PAYMENT, pgettext_lazy("subject", "payment")

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="items")
    share = models.ForeignKey(Share, models.PROTECT, null=True, related_name="receipt_items")
    name = models.CharField(_("name"), max_length=rules.NAME_LETTERS)
    price = MoneyField(_("price"))
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    sum = MoneyField(_("sum"))
    method = models.PositiveSmallIntegerField(_("settlement method"), choices=Method)
    subject = models.PositiveSmallIntegerField(_("subject"), choices=Subject)
    credit = MoneyField(default=0)
    prepaid = MoneyField(default=0)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(sum=F("price") * F("quantity"), sum__gt=0), name="receipt_item_sum_is_price_by_quantity"
            )
        ]


class ReceiptStep(models.Model):
    """What happened to a receipt on its way. Append-only."""

    class What(models.TextChoices):
        TAKEN = "taken", _("The service took it")
        LATER = "later", _("Not taken, again later")
        LOST = "lost", _("No answer")
        ABANDONED = "abandoned", _("The program stopped while sending")
        MISSING = "missing", _("The service does not know it: sent again")
        REFUSED = "refused", _("Refused")
        DONE = "done", _("Issued")
        RETRIED = "retried", _("Sent once more by a person")

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="steps")
    at = models.DateTimeField(db_default=Now())
    what = models.CharField(max_length=10, choices=What)
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("at", "pk")
