"""Organisations, their contracts, what the clinic got in exchange."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Service
from clinic.models import LegalEntity
from core.models import StoredFile
from core.money import NOT_NEGATIVE, Money, MoneyField
from ledger.models import Payer


class Organisation(models.Model):
    """Who exchanges with the clinic, and pays by invoice what is over the limits where the contract says so."""

    name = models.CharField(_("name"), max_length=200)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    contact = models.CharField(_("contact person"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    payer = models.ForeignKey(Payer, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("organisation")
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["name"], name="barter_organisation_is_one_of_its_name")]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    ORGANISATION = "organisation", _("Organisation")
    PUBLIC_PERSON = "public_person", _("Public person")


class OverLimit(models.TextChoices):
    BLOCK = "block", _("Nothing may be sold")
    PATIENT = "patient", _("The patient pays")
    ORGANISATION = "organisation", _("The organisation pays by invoice")


class ContractStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("barter contract", "Proposed")
    TERMS_SENT = "terms_sent", pgettext_lazy("barter contract", "Regulation sent")
    SIGNED = "signed", pgettext_lazy("barter contract", "Signed")
    ACTIVE = "active", pgettext_lazy("barter contract", "In force")
    CLOSED = "closed", pgettext_lazy("barter contract", "Closed")


TONES = {"proposed": "grey", "terms_sent": "amber", "signed": "violet", "active": "green", "closed": "grey"}


class Contract(models.Model):
    """Numbered in its legal entity without gaps. Without allowed services all are; `over_limit` is who pays the excess."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+", verbose_name=_("legal entity"))
    number = models.PositiveBigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=13, choices=Kind)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("organisation")
    )
    status = models.CharField(_("status"), max_length=10, choices=ContractStatus, default=ContractStatus.PROPOSED)
    over_limit = models.CharField(_("over the limit"), max_length=12, choices=OverLimit)
    allowed_services = models.ManyToManyField(Service, blank=True, related_name="+", verbose_name=_("allowed services"))
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("till"), null=True, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    regulation = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signed regulation")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("barter contract")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="barter_contract_number_is_unique"),
            models.CheckConstraint(
                condition=Q(kind="public_person") | Q(organisation__isnull=False),
                name="barter_contract_of_an_organisation_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(over_limit="organisation") | Q(organisation__isnull=False),
                name="barter_excess_is_billed_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="barter_contract_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("signed", "active")) | Q(signed_on__isnull=False),
                name="barter_contract_in_force_was_signed",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Barter contract %(number)s")) % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("barter:contract", args=[self.pk])

    @property
    def partner(self) -> str:
        """«Radio», or what a public person's contract is called."""
        return str(self.organisation) if self.organisation else str(_("public person"))

    @property
    def tone(self) -> str:
        return TONES[self.status]

    @property
    def is_open(self) -> bool:
        return self.status != ContractStatus.CLOSED


class Receipt(models.Model):
    """Something that the clinic gets in exchange: airtime, posts, goods; planned, then received by an act (BAR-29)."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="receipts")
    title = models.CharField(_("what"), max_length=200)
    planned: Money = MoneyField(_("planned, at its price"), default=Decimal(0), validators=[NOT_NEGATIVE])
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    received: Money | None = MoneyField(_("received, at its price"), null=True, blank=True, validators=[NOT_NEGATIVE])
    received_on = models.DateField(_("received on"), null=True, blank=True)
    act_number = models.CharField(_("act"), max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("received in exchange")
        ordering = ("planned_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(planned__gte=0) & (Q(received__isnull=True) | Q(received__gte=0)),
                name="barter_receipt_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(received__isnull=True, received_on__isnull=True)
                | Q(received__isnull=False, received_on__isnull=False),
                name="barter_receipt_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.title
