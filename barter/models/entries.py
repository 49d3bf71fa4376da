"""Beneficiaries of contracts: their steps, grants, extras and sign-offs."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from barter.models.contracts import Contract, Kind
from billing.models import Limit
from catalog.models import Service
from clinic.models import Staff
from clinical.models import TreatmentPlan
from core.money import NOT_NEGATIVE, ZERO, Money, MoneyField
from ledger.models import Payer
from patients.models import Patient


class State(models.TextChoices):
    """Steps of both algorithms of the regulation, in their order; an organisation's people skip those of public persons."""

    ANNOUNCED = "announced", pgettext_lazy("barter entry", "Announced")
    VERIFIED = "verified", pgettext_lazy("barter entry", "Checked")
    ASSIGNED = "assigned", pgettext_lazy("barter entry", "To be called")
    INVITED = "invited", pgettext_lazy("barter entry", "Chosen")
    CONTACT_GIVEN = "contact_given", pgettext_lazy("barter entry", "To be called")
    BOOKED = "booked", pgettext_lazy("barter entry", "Booked")
    MET = "met", pgettext_lazy("barter entry", "Met")
    IN_CHAIR = "in_chair", pgettext_lazy("barter entry", "Consultation")
    PLAN_PROPOSED = "plan_proposed", pgettext_lazy("barter entry", "Plan to agree")
    TREATING = "treating", pgettext_lazy("barter entry", "In treatment")
    ACTIVE = "active", pgettext_lazy("barter entry", "In force")
    FINISHED = "finished", pgettext_lazy("barter entry", "Being closed")
    CLOSED = "closed", pgettext_lazy("barter entry", "Closed")


# States in which services go by barter.
PAYING = (State.BOOKED, State.MET, State.IN_CHAIR, State.PLAN_PROPOSED, State.TREATING, State.ACTIVE)
BEFORE_CARD = (State.ANNOUNCED, State.VERIFIED, State.ASSIGNED, State.INVITED, State.CONTACT_GIVEN)
STATE_TONES = {State.FINISHED: "amber", State.CLOSED: "grey", State.PLAN_PROPOSED: "amber"}
STATE_TONES |= dict.fromkeys((State.BOOKED, State.MET, State.IN_CHAIR, State.TREATING, State.ACTIVE), "pink")


class Beneficiary(models.Model):
    """An entry of the register: `number` counts through the clinic and is the "policy number" of the old register.

    Until the call-centre has made his card only name and phone are known. `announced` is the sum to begin with; once
    the entry pays, its limit is a row of billing. `photo_consent_on` is a public person's, asked when he comes.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="beneficiaries", verbose_name=_("contract"))
    number = models.PositiveBigIntegerField(_("entry"))
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="barter_entries", verbose_name=_("patient")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    announced: Money = MoneyField(_("limit"), default=Decimal(0), validators=[NOT_NEGATIVE])
    state = models.CharField(_("state"), max_length=13, choices=State)
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, editable=False, related_name="+")
    limit = models.OneToOneField(Limit, models.PROTECT, null=True, editable=False, related_name="barter_entry")
    doctor = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chosen doctor")
    )
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("calls him")
    )
    photo_consent_on = models.DateField(_("consent to photographs"), null=True, blank=True)
    plan = models.ForeignKey(
        TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed plan")
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("barter entry")
        ordering = ("-number",)
        indexes = [models.Index(fields=["patient", "state"], name="barter_entry_of_a_patient")]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="barter_entry_number_is_unique"),
            models.UniqueConstraint(
                fields=["contract", "patient"], condition=~Q(state="closed") & Q(patient__isnull=False),
                name="patient_has_one_entry_of_a_barter_contract",
            ),
            models.CheckConstraint(condition=Q(announced__gte=0), name="barter_limit_never_negative"),
            models.CheckConstraint(
                condition=~Q(state__in=PAYING) | Q(patient__isnull=False), name="barter_entry_that_pays_has_a_card"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(_("Barter entry %(number)s: %(name)s")) % {"number": self.number, "name": self.who}

    def get_absolute_url(self) -> str:
        return reverse("barter:entry", args=[self.pk])

    @property
    def who(self) -> str:
        return self.patient.full_name if self.patient else self.name

    @property
    def is_public(self) -> bool:
        return self.contract.kind == Kind.PUBLIC_PERSON

    @property
    def granted(self) -> Money:
        return self.limit.granted if self.limit else self.announced

    @property
    def used(self) -> Money:
        return self.limit.used if self.limit else ZERO

    @property
    def reserved(self) -> Money:
        return self.limit.reserved if self.limit else ZERO

    @property
    def left(self) -> Money:
        return self.granted - self.used

    @property
    def is_paying(self) -> bool:
        return self.state in PAYING and self.contract.status == "active"

    @property
    def is_exhausted(self) -> bool:
        return self.is_paying and self.limit is not None and self.left <= 0

    @property
    def mark(self) -> str:
        """Pink while services go by barter, white when the sum is spent or the entry closed (PAT-19, BAR-10, BAR-18)."""
        return "pink" if self.is_paying and not self.is_exhausted else "white"

    @property
    def tone(self) -> str:
        return "grey" if self.is_exhausted else STATE_TONES.get(State(self.state), "violet")


class Grant(models.Model):
    """One part of an entry's limit, with who gave it and why. Append-only; billing's limit is moved with it (BAR-13)."""

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="grants")
    amount: Money = MoneyField(_("sum"))
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("time"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )

    class Meta:
        verbose_name = _("grant")
        ordering = ("pk",)
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="barter_grant_moves_something")]


class Extra(models.Model):
    """Work outside of a public person's plan: asked for by the doctor, done after the head of sales agrees (BAR-27)."""

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("extra work", "Asked for")
        AGREED = "agreed", pgettext_lazy("extra work", "Agreed")
        REFUSED = "refused", pgettext_lazy("extra work", "Refused")

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="extras")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    reason = models.CharField(_("why"), max_length=300)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("extra work")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "service"], condition=Q(status="asked"), name="extra_work_is_asked_for_once"
            ),
            models.CheckConstraint(
                condition=Q(status="asked") | Q(decided_at__isnull=False), name="extra_work_decided_has_a_time"
            ),
        ]


class SignOff(models.Model):
    """One of the four who close an entry (BAR-28)."""

    class Part(models.TextChoices):
        MARKETER = "marketer", _("Marketer: the treatment is finished")
        SALES = "sales", _("Head of sales: knows of it")
        SENIOR = "senior", _("Senior administrator: announced it")
        FINANCE = "finance", _("Finance manager: the debt is written off")

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="sign_offs")
    part = models.CharField(max_length=8, choices=Part)
    note = models.CharField(_("comment"), max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("sign-off")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "part"], name="barter_entry_is_signed_once_a_part")
        ]
