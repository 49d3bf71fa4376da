"""Promotions and discounts: their terms by versions, who was granted one, what was given on which line."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.invoices import Invoice, InvoiceLine
from clinical.models import TreatmentPlan
from core.money import Money, MoneyField
from core.trash import Trashable
from patients.models import Patient


class Discount(Trashable):
    """A promotion. Its terms are versions; how often and how much it may give in all, and has given, stands here.

    `uses` and `given` are the sum of its DiscountUse rows that were not returned; they move under the row's lock.
    """

    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("in use"), default=True)
    uses_most = models.PositiveIntegerField(_("uses in all"), null=True, blank=True)
    uses_most_patient = models.PositiveIntegerField(_("uses by one patient"), null=True, blank=True)
    budget: Money | None = MoneyField(_("budget"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)
    given: Money = MoneyField(_("given"), default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("promotion")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="discount_name_is_unique"
            ),
            models.CheckConstraint(
                condition=(Q(uses_most__isnull=True) | Q(uses__lte=F("uses_most")))
                & (Q(budget__isnull=True) | Q(given__lte=F("budget")))
                & Q(given__gte=0),
                name="discount_never_over_its_caps",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("billing:discount", args=[self.pk])

    @property
    def now(self) -> Any:
        """The terms as they stand; read with the row by `discounts_live`."""
        return self.current[0] if hasattr(self, "current") else self.terms.get(is_current=True)


class DiscountTerms(models.Model):
    """One version of a promotion's terms; never changed, so that an old invoice shows what it was given by.

    What is listed stands as plain keys: a version is a record of what was meant then. Empty lists mean everything.
    """

    class Source(models.TextChoices):
        ORDER = "order", _("The whole order")
        LISTED = "listed", _("Listed services")
        EXCEPT = "except", _("All but the listed services")

    class Recipients(models.TextChoices):
        EVERYONE = "everyone", _("Every patient")
        AGE = "age", _("Patients of an age")
        PATIENTS = "patients", _("Chosen patients")
        GROUPS = "groups", _("Patients of groups")
        FIRST_VISIT = "first_visit", _("The first visit")
        BIRTHDAY = "birthday", _("Around the birthday")

    class Kind(models.TextChoices):
        PERCENT = "percent", _("Percent")
        SUM = "sum", _("Fixed sum")

    discount = models.ForeignKey(Discount, models.CASCADE, related_name="terms")
    number = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    source = models.CharField(_("applies to"), max_length=8, choices=Source, default=Source.ORDER)
    services = ArrayField(models.BigIntegerField(), default=list, blank=True)
    categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    recipients = models.CharField(_("recipient"), max_length=11, choices=Recipients, default=Recipients.EVERYONE)
    age_from = models.PositiveSmallIntegerField(_("age from"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("age to"), null=True, blank=True)
    groups = ArrayField(models.BigIntegerField(), default=list, blank=True)
    days_before = models.PositiveSmallIntegerField(_("days before the birthday"), default=0)
    days_after = models.PositiveSmallIntegerField(_("days after the birthday"), default=0)
    starts = models.DateField(_("from"), null=True, blank=True)
    ends = models.DateField(_("to"), null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text="Monday is 0")
    from_time = models.TimeField(_("visits from"), null=True, blank=True)
    to_time = models.TimeField(_("visits before"), null=True, blank=True)
    branches = ArrayField(models.BigIntegerField(), default=list, blank=True)
    kind = models.CharField(_("discount in"), max_length=7, choices=Kind, default=Kind.PERCENT)
    value: Money = MoneyField(_("value"))
    most: Money | None = MoneyField(_("at most for one invoice"), null=True, blank=True)
    combines = models.BooleanField(_("adds up with other discounts"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("terms of a promotion")
        ordering = ("discount", "-number")
        constraints = [
            models.UniqueConstraint(fields=["discount", "number"], name="discount_terms_number_is_unique"),
            models.UniqueConstraint(
                fields=["discount"], condition=Q(is_current=True), name="discount_has_one_current_terms"
            ),
            models.CheckConstraint(
                condition=Q(value__gt=0) & (Q(kind="sum") | Q(value__lte=100)) & (Q(most__isnull=True) | Q(most__gt=0)),
                name="discount_value_is_a_discount",
            ),
            models.CheckConstraint(
                condition=(Q(starts__isnull=True) | Q(ends__isnull=True) | Q(ends__gte=F("starts")))
                & (Q(age_from__isnull=True) | Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")))
                & (Q(from_time__isnull=True) | Q(to_time__isnull=True) | Q(to_time__gt=F("from_time"))),
                name="discount_ranges_do_not_end_before_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discount}, {self.number}"


class DiscountGrant(models.Model):
    """A discount ticked on a patient's card: by whom, until when (PAT-11). An ended one stays as a record."""

    discount = models.ForeignKey(Discount, models.CASCADE, related_name="grants", verbose_name=_("promotion"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="discount_grants", verbose_name=_("patient"))
    until = models.DateField(_("until"), null=True, blank=True)
    granted_at = models.DateTimeField(_("granted"), db_default=Now())
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("granted by")
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("individual discount")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["discount", "patient"], condition=Q(ended_at__isnull=True), name="discount_granted_once"
            )
        ]


class DiscountUse(models.Model):
    """One use of a promotion: an approved plan or an issued invoice took so much; returned when that is undone."""

    discount = models.ForeignKey(Discount, models.PROTECT, related_name="used", verbose_name=_("promotion"))
    terms = models.ForeignKey(DiscountTerms, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("patient"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="discount_uses")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, null=True, related_name="discount_uses")
    amount: Money = MoneyField(_("discount"))
    taken_at = models.DateTimeField(_("time"), db_default=Now())
    returned_at = models.DateTimeField(_("returned"), null=True)

    class Meta:
        verbose_name = _("use of a promotion")
        ordering = ("-pk",)
        indexes = [
            models.Index(
                fields=["discount", "patient"], condition=Q(returned_at__isnull=True), name="discount_used_by_a_patient"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="discount_use_gives_something"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, plan__isnull=True) | Q(invoice__isnull=True, plan__isnull=False),
                name="discount_use_is_of_a_plan_or_an_invoice",
            ),
            models.UniqueConstraint(
                fields=["discount", "invoice"],
                condition=Q(returned_at__isnull=True),
                name="discount_used_once_an_invoice",
            ),
            models.UniqueConstraint(
                fields=["discount", "plan"], condition=Q(returned_at__isnull=True), name="discount_used_once_a_plan"
            ),
        ]


class LineDiscount(models.Model):
    """A part of a line's discount: a promotion's by these terms, or without them one given by hand, and why."""

    class Origin(models.TextChoices):
        RULE = "rule", pgettext_lazy("discount", "Promotion")
        HAND = "hand", pgettext_lazy("discount", "By hand")

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="parts")
    discount = models.ForeignKey(Discount, models.PROTECT, null=True, related_name="lines", verbose_name=_("promotion"))
    terms = models.ForeignKey(DiscountTerms, models.PROTECT, null=True, related_name="+")
    amount: Money = MoneyField(_("discount"))
    why = models.CharField(_("why"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("discount of a line")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_discount_gives_something"),
            models.CheckConstraint(
                condition=Q(discount__isnull=True, terms__isnull=True) | Q(discount__isnull=False, terms__isnull=False),
                name="line_discount_of_a_promotion_has_terms",
            ),
        ]

    @property
    def origin(self) -> str:
        return self.Origin.RULE if self.discount_id else self.Origin.HAND

    @property
    def title(self) -> Any:
        return str(self.discount) if self.discount_id else self.Origin.HAND.label
