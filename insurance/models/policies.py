"""Policies of patients with their limits, and guarantee letters."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Limit
from catalog.models import Category
from core.models import StoredFile
from core.money import NOT_NEGATIVE, ZERO, Money, MoneyField
from insurance.models.insurers import Insurer, Programme
from patients.models import Patient


class PolicyQuerySet(models.QuerySet["Policy"]):
    def in_force(self, day: date) -> "PolicyQuerySet":
        return self.filter(is_active=True, insurer__is_active=True, valid_from__lte=day, valid_to__gte=day)


class Policy(models.Model):
    """A patient's policy. `elsewhere` is what other clinics have used of its limit (INS-20)."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="policies", verbose_name=_("patient"))
    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="policies", verbose_name=_("insurer"))
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="policies", verbose_name=_("programme")
    )
    number = models.CharField(_("number of the policy"), max_length=60)
    holder = models.CharField(_("policy holder"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    limit = MoneyField(_("limit"), null=True, blank=True, validators=[NOT_NEGATIVE])
    purse = models.OneToOneField(Limit, models.PROTECT, null=True, editable=False, related_name="policy")
    elsewhere: Money = MoneyField(_("used elsewhere"), default=0, validators=[NOT_NEGATIVE])
    franchise: Money = MoneyField(_("franchise"), default=0, validators=[NOT_NEGATIVE])
    franchise_used: Money = MoneyField(default=0)
    copay_percent = models.PositiveSmallIntegerField(_("patient's share, percent"), null=True, blank=True)
    copay_amount = MoneyField(_("patient pays for a visit"), null=True, blank=True, validators=[NOT_NEGATIVE])
    is_active = models.BooleanField(_("active"), default=True)
    verified_on = models.DateField(_("verified"), null=True, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.TextField(_("note"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        ordering = ("-valid_to", "-pk")
        indexes = [models.Index(fields=["valid_to"], name="policy_that_ends")]
        constraints = [
            models.UniqueConstraint(fields=["patient", "insurer", "number"], name="policy_is_one_of_a_patient"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="policy_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(elsewhere__gte=0, franchise__gte=0, franchise_used__gte=0)
                & (Q(limit__isnull=True) | Q(limit__gte=F("elsewhere"))),
                name="policy_sums_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(purse__isnull=False), name="policy_with_a_limit_has_its_purse"
            ),
            models.CheckConstraint(
                condition=Q(copay_percent__isnull=True) | Q(copay_percent__lte=100), name="policy_copay_at_most_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insurer} № {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("insurance:patient-policies", args=[self.patient_id])

    @property
    def left(self) -> Money | None:
        """What remains of the limit; None where there is no limit (domain 4, rule 4)."""
        return self.purse.left if self.purse and self.limit is not None else None

    @property
    def free(self) -> Money | None:
        """What nothing is reserved for yet."""
        return self.purse.free if self.purse and self.limit is not None else None

    @property
    def own_percent(self) -> int:
        given = self.copay_percent
        return given if given is not None else (self.programme.copay_percent if self.programme else 0)

    @property
    def own_amount(self) -> Money:
        given = self.copay_amount
        return given if given is not None else (self.programme.copay_amount if self.programme else ZERO)

    def state_on(self, day: date) -> str:
        if not self.is_active:
            return "off"
        if day < self.valid_from:
            return "future"
        return "ended" if day > self.valid_to else "active"


class CategoryLimit(models.Model):
    """A limit of a policy for one category of services."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="category_limits")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))
    limit: Money = MoneyField(_("limit"), validators=[NOT_NEGATIVE])
    purse = models.OneToOneField(Limit, models.PROTECT, editable=False, related_name="+")

    class Meta:
        verbose_name = _("limit of a category")
        ordering = ("category__position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["policy", "category"], name="category_limit_one_a_policy"),
            models.CheckConstraint(condition=Q(limit__gte=0), name="category_limit_never_negative"),
        ]


class GuaranteeLetter(models.Model):
    """An insurer's promise to pay: its sum is a limit of its own, its last day that of the approval (INS-18)."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="letters", verbose_name=_("policy"))
    number = models.CharField(_("number"), max_length=60)
    issued_on = models.DateField(_("of"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    sum = MoneyField(_("sum"), null=True, blank=True, validators=[NOT_NEGATIVE])
    purse = models.OneToOneField(Limit, models.PROTECT, null=True, editable=False, related_name="+")
    services = models.CharField(_("services and teeth"), max_length=500, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("scan")
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("guarantee letter")
        ordering = ("-issued_on", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="letter_number_is_one_a_policy"),
            models.CheckConstraint(
                condition=Q(sum__isnull=True) | Q(sum__gte=0, purse__isnull=False),
                name="letter_with_a_sum_has_its_purse",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("issued_on")), name="letter_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"
