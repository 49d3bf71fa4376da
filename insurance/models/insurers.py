"""Insurers, their dated prices, their programmes."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Service
from core.money import NOT_NEGATIVE, MoneyField
from core.trash import Trashable


class Insurer(Trashable):
    """A company with its requisites. `answer_days` 0 means the clinic's setting."""

    class Prices(models.TextChoices):
        MAIN = "main", _("the clinic's price list")
        OWN = "own", _("the insurer's own price list")

    name = models.CharField(_("name"), max_length=120)
    full_name = models.CharField(_("full name"), max_length=300, blank=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    bank = models.CharField(_("bank details"), max_length=500, blank=True)
    contact = models.CharField(_("contact person"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    contract_number = models.CharField(_("contract"), max_length=60, blank=True)
    contract_from = models.DateField(_("contract from"), null=True, blank=True)
    contract_to = models.DateField(_("contract to"), null=True, blank=True)
    prices = models.CharField(_("pays by"), max_length=4, choices=Prices, default=Prices.MAIN)
    answer_days = models.PositiveSmallIntegerField(_("answers within, days"), default=0)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    is_active = models.BooleanField(_("works with us"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("insurer")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="insurer_name_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(contract_from__isnull=True)
                | Q(contract_to__isnull=True)
                | Q(contract_to__gte=models.F("contract_from")),
                name="insurer_contract_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("insurance:insurer", args=[self.pk])


class InsurerPrice(models.Model):
    """What an insurer pays for a service from a day on; without a sum the service left his list on that day."""

    insurer = models.ForeignKey(Insurer, models.CASCADE, related_name="price_rows")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    starts_on = models.DateField(_("from"))
    amount = MoneyField(_("price"), null=True, blank=True, validators=[NOT_NEGATIVE])
    code = models.CharField(_("the insurer's code"), max_length=40, blank=True)
    name = models.CharField(_("the insurer's name"), max_length=300, blank=True)
    set_by_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("price of an insurer")
        ordering = ("-starts_on",)
        constraints = [
            models.UniqueConstraint(fields=["insurer", "service", "starts_on"], name="insurer_price_one_a_day"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="insurer_price_never_negative"
            ),
        ]


class Programme(Trashable):
    """What a policy pays for. `percent` and `needs_approval` hold for services that no row of it names."""

    insurer = models.ForeignKey(Insurer, models.PROTECT, related_name="programmes", verbose_name=_("insurer"))
    name = models.CharField(_("name"), max_length=120)
    percent = models.PositiveSmallIntegerField(
        _("pays for everything else, percent"), default=100, help_text=_("0: only what is listed below is covered.")
    )
    needs_approval = models.BooleanField(_("everything else needs approval"), default=True)
    copay_percent = models.PositiveSmallIntegerField(_("patient's share, percent"), default=0)
    copay_amount = MoneyField(_("patient pays for a visit"), default=0, validators=[NOT_NEGATIVE])
    note = models.TextField(_("note"), max_length=2000, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("programme")
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["insurer", "name"], condition=Q(deleted_at__isnull=True), name="programme_name_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100, copay_percent__lte=100, copay_amount__gte=0),
                name="programme_pays_at_most_all",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Cover(models.Model):
    """A rule of a programme for a service or a whole category; a service's goes before its category's."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="covers")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    percent = models.PositiveSmallIntegerField(_("pays, percent"), default=100)
    needs_approval = models.BooleanField(_("needs approval"), default=False)

    class Meta:
        verbose_name = _("rule of a programme")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=True, service__isnull=False)
                | Q(category__isnull=False, service__isnull=True),
                name="cover_is_of_a_service_or_a_category",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="cover_pays_at_most_all"),
            models.UniqueConstraint(
                fields=["programme", "category", "service"], nulls_distinct=False, name="cover_once_in_a_programme"
            ),
        ]
