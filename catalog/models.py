"""The price list and the diagnoses.

A service belongs to a category and has dated prices: the price of a day is that of the newest row whose
`starts_on` is not after it. Prices of the past are never edited, a new one starts on a day (BIL-34). A service's code is the
clinic's own and unique; `code_804n` is that of Order 804n. A direction is what income is grouped by.
Diagnoses are ICD-10 with names that the clinic may change (CLN-28).
"""

from datetime import date

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.models import Profession
from core.money import NOT_NEGATIVE, Money, MoneyField
from core.search import folded_column
from core.trash import LiveQuerySet, Trashable

LONGEST_HEALING = 730  # days


class Category(Trashable):
    """A section of the price list; its code is the direction that income is grouped by."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    code = models.SlugField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    trash_children = ("services",)

    class Meta:
        verbose_name = _("category")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="category_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name


class ServiceQuerySet(LiveQuerySet):
    def priced(self, on: date) -> "ServiceQuerySet":
        """Adds `price` as of a day, None where the service has none yet; one statement."""
        newest = ServicePrice.objects.filter(service=OuterRef("pk"), starts_on__lte=on).order_by("-starts_on")
        return self.annotate(price=Subquery(newest.values("amount")[:1]))


class Service(Trashable):
    """What the clinic sells."""

    class TaxCode(models.TextChoices):
        ORDINARY = "1", _("ordinary treatment (code 1)")
        EXPENSIVE = "2", _("expensive treatment (code 2)")

    category = models.ForeignKey(Category, models.PROTECT, related_name="services", verbose_name=_("category"))
    code = models.CharField(_("code"), max_length=40)
    code_804n = models.CharField(_("code of Order 804n"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    duration_min = models.PositiveSmallIntegerField(_("minutes"), default=30)
    buffer_min = models.PositiveSmallIntegerField(_("minutes after"), default=0)
    tax_code = models.CharField(_("tax deduction code"), max_length=1, choices=TaxCode, default=TaxCode.ORDINARY)
    profession = models.ForeignKey(
        Profession, models.PROTECT, null=True, blank=True, related_name="services", verbose_name=_("who does it"),
        help_text=_("Empty: the doctor of the plan."),
    )  # fmt: skip
    chair_purpose = models.CharField(
        _("chair is equipped for"), max_length=80, blank=True,
        help_text=_("As in the directory of chairs; empty: any chair."),
    )  # fmt: skip
    healing_days = models.PositiveSmallIntegerField(
        _("healing after it, days"), default=0, validators=[MaxValueValidator(LONGEST_HEALING)],
        help_text=_("The next visit of a treatment plan is that much later."),
    )  # fmt: skip
    healing_most = models.PositiveSmallIntegerField(
        _("but not more than, days"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_HEALING)]
    )
    is_active = models.BooleanField(_("offered"), default=True)
    diagnoses = models.ManyToManyField("Diagnosis", related_name="services", blank=True, verbose_name=_("diagnoses"))
    version = models.PositiveIntegerField(default=1, editable=False)
    search_text = folded_column("code", "code_804n", "name", "name_en", max_length=720)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        ordering = ("category__position", "code", "pk")
        indexes = [GinIndex(OpClass("search_text", "gin_trgm_ops"), name="service_search_text")]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(deleted_at__isnull=True), name="service_code_is_unique"
            ),
            models.CheckConstraint(condition=Q(duration_min__lte=720), name="service_lasts_at_most_twelve_hours"),
            models.CheckConstraint(
                condition=Q(healing_days__lte=LONGEST_HEALING)
                & (
                    Q(healing_most__isnull=True)
                    | Q(healing_most__gte=F("healing_days"), healing_most__lte=LONGEST_HEALING)
                ),
                name="service_heals_from_least_to_most",
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name


class PriceChange(models.Model):
    """Prices of many services moved at once (BIL-34); `rule` holds what was asked for, for people."""

    starts_on = models.DateField(_("from"))
    rule = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of prices")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return str(_("Change of %(count)s prices from %(day)s")) % {
            "count": self.count,
            "day": f"{self.starts_on:%d.%m.%Y}",
        }


class ServicePrice(models.Model):
    """A price from a day on. One that has begun before today stays for ever; later ones may still be withdrawn."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="prices")
    starts_on = models.DateField(_("from"))
    amount: Money = MoneyField(_("price"), validators=[NOT_NEGATIVE])
    set_by_id = models.BigIntegerField(null=True)
    set_at = models.DateTimeField(auto_now_add=True)
    change = models.ForeignKey(PriceChange, models.PROTECT, null=True, blank=True, related_name="prices")

    class Meta:
        ordering = ("-starts_on",)
        constraints = [
            models.UniqueConstraint(fields=["service", "starts_on"], name="service_price_one_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="service_price_never_negative"),
        ]


class DiagnosisGroup(Trashable):
    """A category of diagnoses; a group may stand in a parent group."""

    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    code = models.CharField(_("code"), max_length=10, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )

    class Meta:
        verbose_name = _("group of diagnoses")
        ordering = ("code", "name")

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name


class Diagnosis(Trashable):
    """An ICD-10 code with the name that the clinic uses; one that is not offered stays where it was given."""

    group = models.ForeignKey(DiagnosisGroup, models.PROTECT, related_name="diagnoses", verbose_name=_("group"))
    code = models.CharField(_("code"), max_length=12)
    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    search_text = folded_column("code", "name", "name_en", max_length=640)

    class Meta:
        verbose_name = _("diagnosis")
        ordering = ("code",)
        indexes = [GinIndex(OpClass("search_text", "gin_trgm_ops"), name="diagnosis_search_text")]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(deleted_at__isnull=True), name="diagnosis_code_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def title(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name
