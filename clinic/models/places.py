"""Legal entities, branches with their hours, chairs, and the numbers of their documents."""

from datetime import time

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable


class LegalEntity(Trashable):
    """Who signs contracts and gives receipts (SET-11)."""

    name = models.CharField(_("full name"), max_length=300)
    short_name = models.CharField(_("short name"), max_length=120)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    address = models.CharField(_("legal address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    licence = models.CharField(_("medical licence"), max_length=200, blank=True)
    director_name = models.CharField(_("head"), max_length=200, blank=True)
    bank_details = models.TextField(_("bank details"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("legal entity")

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("clinic:entity", args=[self.pk])


class Branch(Trashable):
    """A place with its own clock and hours."""

    legal_entity = models.ForeignKey(
        LegalEntity, models.PROTECT, related_name="branches", verbose_name=_("legal entity")
    )
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Moscow")
    area_sqm = models.PositiveIntegerField(_("area, m²"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    trash_children = ("chairs",)

    class Meta:
        verbose_name = _("branch")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="branch_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("clinic:branch", args=[self.pk])


class BranchHours(models.Model):
    """When a branch opens on a weekday (0 is Monday); no row means closed (SCH-19)."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    opens = models.TimeField(_("opens"), default=time(9))
    closes = models.TimeField(_("closes"), default=time(21))

    class Meta:
        ordering = ("weekday",)
        constraints = [
            models.UniqueConstraint(fields=["branch", "weekday"], name="branch_hours_one_row_a_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=models.F("opens")), name="branch_hours_end_after_start"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="branch_hours_weekday_is_one_of_seven"),
        ]


class BranchDay(models.Model):
    """A date that differs from the weekly rule: other hours, or closed when both are empty (SCH-54)."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="days")
    date = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ("date",)
        constraints = [
            models.UniqueConstraint(fields=["branch", "date"], name="branch_day_one_exception_a_date"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__gt=models.F("opens")),
                name="branch_day_is_closed_or_has_hours",
            ),
        ]


class Chair(Trashable):
    """A column of the calendar."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="chairs", verbose_name=_("branch"))
    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("purpose"), max_length=80, blank=True)
    buffer_minutes = models.PositiveSmallIntegerField(_("clean-up after a visit, minutes"), default=0)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("chair")
        ordering = ("branch__position", "branch_id", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "name"], condition=Q(deleted_at__isnull=True), name="chair_name_is_unique_in_branch"
            )
        ]

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """The last number given to a kind of document of a legal entity in a period; no gaps, no races."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="sequences")
    kind = models.CharField(max_length=40)
    period = models.CharField(max_length=10, blank=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "kind", "period"], name="number_sequence_is_one_a_period")
        ]


class LockDate(models.Model):
    """Documents dated on or before `closed_until` are closed: everywhere, in a branch, for a role, or both (SET-20)."""

    branch = models.ForeignKey(Branch, models.CASCADE, null=True, related_name="lock_dates")
    role = models.ForeignKey("clinic.Role", models.CASCADE, null=True, related_name="lock_dates")
    closed_until = models.DateField(_("closed up to and including"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "role"], nulls_distinct=False, name="lock_date_once_a_branch_and_role"
            )
        ]
