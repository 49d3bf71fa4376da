"""Desks, shifts, and cash put in or taken out by article."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, LegalEntity
from core.money import MoneyField
from core.trash import Trashable


class CashDesk(Trashable):
    """A drawer with money in a branch; its account is `cash/<id>`."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="desks", verbose_name=_("branch"))
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("cash desk")
        ordering = ("branch__position", "branch_id", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "name"], condition=Q(deleted_at__isnull=True), name="desk_name_is_unique_in_branch"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Article(Trashable):
    """Why cash is put in or taken out, and where it stands in the clinic's result (BIL-17)."""

    class Direction(models.TextChoices):
        IN = "in", _("Pay in")
        OUT = "out", _("Pay out")
        BOTH = "both", _("Both ways")

    class Result(models.TextChoices):
        NONE = "", _("not in the result (own money moves)")
        EXPENSES = "expenses", _("clinic expenses")
        RENT = "rent", _("rent")
        MARKETING = "marketing", _("marketing")
        PAY = "pay", _("pay")
        OTHER_INCOME = "other_income", _("other income")

    name = models.CharField(_("name"), max_length=120)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction, default=Direction.OUT)
    result = models.CharField(_("counts as"), max_length=12, choices=Result, default=Result.EXPENSES, blank=True)

    class Meta:
        verbose_name = _("cash article")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="article_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CashShift(models.Model):
    """From counting to counting: what the drawer should hold and what was found in it (BIL-16)."""

    desk = models.ForeignKey(CashDesk, models.PROTECT, related_name="shifts", verbose_name=_("cash desk"))
    number = models.PositiveIntegerField(_("number"))
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opening = MoneyField(_("cash at the start"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    expected = MoneyField(_("expected"), null=True)
    counted = MoneyField(_("counted"), null=True)
    difference = MoneyField(_("difference"), null=True)
    explanation = models.CharField(_("explanation"), max_length=500, blank=True)
    notes = models.JSONField(_("notes by value"), default=dict)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("cash shift")
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["desk"], condition=Q(closed_at__isnull=True), name="desk_has_one_open_shift"
            ),
            models.UniqueConstraint(fields=["desk", "number"], name="shift_number_is_unique_at_a_desk"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, counted__isnull=True)
                | Q(closed_at__isnull=False, counted__gte=0, difference=F("counted") - F("expected")),
                name="shift_closed_with_a_count",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk} № {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("billing:shift", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def branch_id(self) -> int:
        return self.desk.branch_id


class CashMovement(models.Model):
    """Cash put in (positive) or taken out (negative) by an article. Append-only; a mistake is mirrored.

    On paper it is a cash receipt order (KO-1) or a cash expense order (KO-2); each has its own numbers without gaps.
    """

    desk = models.ForeignKey(CashDesk, models.PROTECT, related_name="movements")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="+")
    shift = models.ForeignKey(CashShift, models.PROTECT, null=True, related_name="movements")
    article = models.ForeignKey(Article, models.PROTECT, null=True, related_name="movements", verbose_name=_("article"))
    number = models.PositiveIntegerField(_("order"))
    amount = MoneyField(_("amount"))
    made_on = models.DateField(_("day"))
    made_at = models.DateTimeField(_("time"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    person = models.CharField(_("from whom, to whom"), max_length=200, blank=True)
    note = models.CharField(_("comment"), max_length=300, blank=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="mirrors")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("cash order")
        indexes = [models.Index(fields=["branch", "made_on"], name="cash_movement_of_a_day")]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="cash_movement_moves_something"),
            models.UniqueConstraint(fields=["reverses"], name="cash_movement_is_mirrored_once"),
            models.UniqueConstraint(
                fields=["legal_entity", "number"],
                condition=Q(amount__gt=0),
                name="cash_receipt_number_is_unique_in_entity",
            ),
            models.UniqueConstraint(
                fields=["legal_entity", "number"],
                condition=Q(amount__lt=0),
                name="cash_expense_number_is_unique_in_entity",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_receipt(self) -> bool:
        return self.amount > 0
