"""Patient cards.

A card is one person. Names are searched through folded, stored columns with trigram indexes; every phone's digits
stand in one column. A card merged into another is retired: it stays, points to its survivor (`merged_into`) and is
never shown as a patient. A family shares a phone and a guarantor; a child's representative pays and signs.
"""

from datetime import date

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Now, Replace
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch, Sex, Staff, age_on
from core.trash import LiveQuerySet, Trashable


class Source(Trashable):
    """A marketing channel: what the patient named (PAT-03, PAT-20)."""

    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("marketing channel")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="source_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Group(Trashable):
    """A CLV group («направление»)."""

    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("CLV group")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="group_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Family(models.Model):
    """People who come together and may pay for each other (PAT-13)."""

    name = models.CharField(_("family name"), max_length=120)
    card_number = models.CharField(_("family card"), max_length=40, blank=True)
    guarantor = models.ForeignKey("Patient", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who pays"))

    class Meta:
        verbose_name = _("family")

    def __str__(self) -> str:
        return self.name


def folded(*names: str) -> models.expressions.Combinable:
    parts: list[models.expressions.Combinable] = [Value(" ")]
    for name in names:
        parts += [F(name), Value(" ")]
    return Replace(Lower(Concat(*parts)), Value("ё"), Value("е"))


class PatientQuerySet(LiveQuerySet):
    def live(self) -> "PatientQuerySet":
        """Neither in the trash nor merged into another card."""
        return self.filter(deleted_at__isnull=True, merged_into__isnull=True)


class Patient(Trashable):
    """A card. `search_name` is « фамилия имя отчество » folded; `phone_digits` holds every phone's digits."""

    class TreatmentStatus(models.TextChoices):
        NONE = "none", _("No treatment yet")
        THINKING = "thinking", _("Thinking")
        IN_TREATMENT = "in_treatment", _("In treatment")
        SANATED = "sanated", _("Sanated")

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("Primary")
        SECONDARY = "secondary", _("Secondary")

    card_number = models.CharField(_("card number"), max_length=20)
    last_name = models.CharField(_("last name"), max_length=80)
    first_name = models.CharField(_("first name"), max_length=80)
    middle_name = models.CharField(_("patronymic"), max_length=80, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("as +79001234567"))
    home_phone = models.CharField(_("home phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=4000)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("branch"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("marketing channel"))
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("CLV group"))
    coordinator = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="coordinated", verbose_name=_("coordinator"))
    doctor = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="treated", verbose_name=_("treating doctor"))
    family = models.ForeignKey(Family, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("family"))
    mailing_allowed = models.BooleanField(_("marketing messages allowed"), default=False)
    reminders_allowed = models.BooleanField(_("visit reminders allowed"), default=True)
    language = models.CharField(_("language of messages"), max_length=5, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    kind = models.CharField(_("type"), max_length=10, choices=Kind, default=Kind.PRIMARY)
    treatment_status = models.CharField(_("treatment"), max_length=12, choices=TreatmentStatus, default=TreatmentStatus.NONE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_cards", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)
    phone_digits = models.CharField(max_length=120, blank=True, editable=False)
    search_name = models.GeneratedField(
        expression=folded("last_name", "first_name", "middle_name"), output_field=models.CharField(max_length=260), db_persist=True
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        indexes = [
            GinIndex(OpClass("search_name", "gin_trgm_ops"), name="patient_search_name"),
            GinIndex(OpClass("phone_digits", "gin_trgm_ops"), name="patient_phone_digits"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["card_number"], name="patient_card_number_is_unique"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="patient_never_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("patients:card", args=[self.pk])

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))

    @property
    def short_name(self) -> str:
        letters = " ".join(f"{word[0]}." for word in (self.first_name, self.middle_name) if word)
        return f"{self.last_name} {letters}".strip()

    def age_on(self, day: date) -> int | None:
        return age_on(self.birth_date, day) if self.birth_date else None
