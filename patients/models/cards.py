"""The card itself, its directories, families, and whom each user looked at last."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models import Branch, Sex, Staff, age_on
from core.tones import TONES
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


class Stage(Trashable):
    """A step of the patient's way through the clinic, as coordinators name it (PAT-37)."""

    name = models.CharField(_("name"), max_length=80)
    tone = models.CharField(_("colour"), max_length=10, choices=TONES, default="blue")
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("stage")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="stage_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Status(Trashable):
    """A patient status that is given by a rule: all of its conditions hold, the first status in order wins (PAT-23).

    `conditions` is a list of {"fact", "op", "value"}; facts are declared in patients.slots.FACTS.
    """

    name = models.CharField(_("name"), max_length=80)
    tone = models.CharField(_("colour"), max_length=10, choices=TONES, default="grey")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("assigned automatically"), default=True)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)

    class Meta:
        verbose_name = _("patient status")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="patient_status_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Family(models.Model):
    """People who come together and may pay for each other (PAT-13)."""

    name = models.CharField(_("family name"), max_length=120)
    card_number = models.CharField(_("family card"), max_length=40, blank=True)
    guarantor = models.ForeignKey(
        "Patient", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who pays")
    )
    version = models.PositiveIntegerField(default=1, editable=False, db_default=1)

    class Meta:
        verbose_name = _("family")
        constraints = [
            models.UniqueConstraint(
                fields=["card_number"], condition=~Q(card_number=""), name="family_card_number_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


def spoken(*names: str) -> models.expressions.Combinable:
    """« фамилия имя отчество »: a blank before every word, so that a word's beginning can be asked for."""
    parts: list[models.expressions.Combinable] = [Value(" ")]
    for name in names:
        parts += [F(name), Value(" ")]
    return Concat(*parts)


def folded(*names: str) -> models.expressions.Combinable:
    """Lower case, ё as е, Romanian letters without marks; as rules.search.name_folded."""
    return Func(Lower(spoken(*names)), Value("ёăâîșşțţ"), Value("еaaisstt"), function="translate")


class PatientQuerySet(LiveQuerySet):
    def live(self) -> "PatientQuerySet":
        """Neither in the trash nor merged into another card."""
        return self.filter(deleted_at__isnull=True, merged_into__isnull=True)


LIVE = Q(deleted_at__isnull=True, merged_into__isnull=True)


class Patient(Trashable):
    """A card. `search_name` is « фамилия имя отчество » folded, `search_digits` all phones and the card number."""

    class TreatmentStatus(models.TextChoices):
        NONE = "none", _("No treatment yet")
        THINKING = "thinking", _("Thinking")
        IN_TREATMENT = "in_treatment", _("In treatment")
        SANATED = "sanated", _("Sanated")

    class Kind(models.TextChoices):
        PRIMARY = "primary", pgettext_lazy("patient", "Primary")
        SECONDARY = "secondary", pgettext_lazy("patient", "Secondary")

    card_number = models.CharField(_("card number"), max_length=20)
    last_name = models.CharField(_("last name"), max_length=80)
    first_name = models.CharField(_("first name"), max_length=80)
    middle_name = models.CharField(_("patronymic"), max_length=80, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, help_text=_("as +79001234567"))
    home_phone = models.CharField(_("home phone"), max_length=20, blank=True)
    more_phones = models.CharField(
        _("other phones"), max_length=200, blank=True, db_default="", help_text=_("Separated by blanks.")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=4000)
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("branch")
    )
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("marketing channel")
    )
    source_note = models.CharField(_("note to the channel"), max_length=200, blank=True, db_default="")
    acquisition = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="acquired",
        verbose_name=_("measured channel"),
        editable=False,
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("CLV group")
    )
    coordinator = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="coordinated", verbose_name=_("coordinator")
    )
    doctor = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="treated", verbose_name=_("treating doctor")
    )
    family = models.ForeignKey(
        Family, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("family")
    )
    family_role = models.CharField(_("in the family"), max_length=40, blank=True, db_default="")
    mailing_allowed = models.BooleanField(_("marketing messages allowed"), default=False)
    reminders_allowed = models.BooleanField(_("visit reminders allowed"), default=True)
    language = models.CharField(_("language of messages"), max_length=5, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    kind = models.CharField(_("type"), max_length=10, choices=Kind, default=Kind.PRIMARY)
    kind_why = models.JSONField(default=dict, db_default={}, editable=False)
    treatment_status = models.CharField(
        _("treatment"), max_length=12, choices=TreatmentStatus, default=TreatmentStatus.NONE
    )
    status = models.ForeignKey(
        Status,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="patients",
        verbose_name=_("status"),
        editable=False,
    )
    status_since = models.DateField(null=True, editable=False)
    status_why = models.JSONField(default=list, db_default=[], editable=False)
    stage = models.ForeignKey(
        Stage, models.PROTECT, null=True, blank=True, related_name="patients", verbose_name=_("stage")
    )
    next_call_on = models.DateField(_("next call"), null=True, blank=True)
    paper_card_place = models.CharField(_("where the paper card is"), max_length=80, blank=True, db_default="")
    custom = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_cards", editable=False
    )
    erased_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    search_name = models.GeneratedField(
        expression=folded("last_name", "first_name", "middle_name"),
        output_field=models.CharField(max_length=260),
        db_persist=True,
    )
    search_digits = models.GeneratedField(
        expression=Func(
            spoken("card_number", "phone", "home_phone", "more_phones"),
            Value("[^0-9 ]"), Value(""), Value("g"), function="regexp_replace",
        ),
        output_field=models.CharField(max_length=300), db_persist=True,
    )  # fmt: skip
    sort_key = models.GeneratedField(
        expression=Func(spoken("last_name", "first_name", "middle_name"), function="sort_key"),
        output_field=models.CharField(max_length=300, db_collation="C"), db_persist=True,
    )  # fmt: skip

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        indexes = [
            GinIndex(OpClass("search_name", "gin_trgm_ops"), name="patient_search_name"),
            GinIndex(OpClass("search_digits", "gin_trgm_ops"), name="patient_search_digits"),
            models.Index(fields=["sort_key", "id"], condition=LIVE, name="patient_dictionary_order"),
            models.Index(fields=["birth_date"], name="patient_birth_date"),
            models.Index(fields=["created_at"], condition=LIVE, name="patient_flow"),
            models.Index(fields=["next_call_on"], condition=Q(next_call_on__isnull=False), name="patient_next_call"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["card_number"], name="patient_card_number_is_unique"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="patient_never_merged_into_itself"),
            models.CheckConstraint(condition=~Q(last_name="") & ~Q(first_name=""), name="patient_has_a_name"),
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

    @property
    def phones(self) -> list[str]:
        """All of them, the main one first."""
        return [phone for phone in (self.phone, self.home_phone, *self.more_phones.split()) if phone]

    def age_on(self, day: date) -> int | None:
        return age_on(self.birth_date, day) if self.birth_date else None


class RecentPatient(models.Model):
    """When a user last opened a card; the audit gets one line an hour (PAT-45)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()
    audited_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "patient"], name="recent_patient_once_a_user")]
        indexes = [models.Index(fields=["user", "-opened_at"], name="recent_patients_of_a_user")]


class PinnedPatient(models.Model):
    """A card that a user keeps at hand (PAT-45)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    pinned_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "patient"], name="pinned_patient_once_a_user")]
