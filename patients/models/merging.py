"""What a merge of two cards has moved, so that it can be taken back exactly (PAT-40)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.cards import Patient


class Merge(models.Model):
    """One card retired into another. `moved` is [{"table", "column", "ids"}], `filled` is {field: [before, after]}."""

    survivor = models.ForeignKey(Patient, models.PROTECT, related_name="merges")
    retired = models.ForeignKey(Patient, models.PROTECT, related_name="retirements")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    moved = models.JSONField(default=list)
    kept = models.JSONField(default=list)
    filled = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict)
    merged_at = models.DateTimeField(db_default=Now())
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("merge")
        constraints = [
            models.UniqueConstraint(
                fields=["retired"], condition=Q(undone_at__isnull=True), name="merge_retires_a_card_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("retired")), name="merge_of_two_different_cards"),
        ]


class Duplicate(models.Model):
    """Two cards that may be of one person, found by the night; a person may say that they are not (PAT-41)."""

    class Sign(models.TextChoices):
        PHONE = "phone", _("Same phone")
        BIRTH = "birth", _("Same name and birth date")
        ALIKE = "alike", _("Same birth date, names much alike")

    first = models.ForeignKey(Patient, models.CASCADE, related_name="+", verbose_name=_("first card"))
    second = models.ForeignKey(Patient, models.CASCADE, related_name="+", verbose_name=_("second card"))
    sign = models.CharField(_("sign"), max_length=5, choices=Sign)
    likeness = models.PositiveSmallIntegerField(_("likeness"))
    found_at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("possible duplicate")
        indexes = [
            models.Index(fields=["-likeness", "id"], condition=Q(dismissed_at__isnull=True), name="duplicate_likeliest")
        ]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_in_order_of_ids"),
        ]

    def __str__(self) -> str:
        return f"№ {self.first.card_number}, № {self.second.card_number}"
