"""Online booking: what patients may choose, what each of them typed, whom the clinic has exempted, codes of phones."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from clinic.models import Profession
from core.money import Money, MoneyField
from patients.models import Patient
from scheduling.models.calendar import Appointment


class OnlineService(models.Model):
    """A service that patients book themselves, under a name that they understand (SCH-51)."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="online", verbose_name=_("service"))
    name = models.CharField(
        _("name for patients"), max_length=120, blank=True, help_text=_("Empty: as in the price list.")
    )
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    name_ro = models.CharField(_("name in Romanian"), max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), null=True, blank=True, help_text=_("Empty: as in the price list.")
    )
    professions = models.ManyToManyField(
        Profession, related_name="+", blank=True, verbose_name=_("who does it"), help_text=_("Nobody chosen means every doctor.")
    )  # fmt: skip
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("service booked online")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=5, minutes__lte=720),
                name="online_service_lasts_sensibly",
            )
        ]

    def __str__(self) -> str:
        own = {"en": self.name_en, "ro": self.name_ro}.get(get_language() or "")
        return own or self.name or str(self.service)

    @property
    def length(self) -> int:
        return self.minutes or self.service.duration_min


class OnlineRule(models.Model):
    """What of the rules of online booking is otherwise for one patient (SCH-51)."""

    class Choice(models.TextChoices):
        TRUSTED = "trusted", _("Allowed, without a deposit or a card")
        REFUSED = "refused", _("Not allowed: only through the reception")

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="online_rule")
    choice = models.CharField(_("online booking"), max_length=8, choices=Choice)
    note = models.CharField(_("why"), max_length=200, blank=True)
    set_at = models.DateTimeField(db_default=Now())
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.get_choice_display())


class OnlineBooking(models.Model):
    """What a patient typed when he booked. It stays as typed, whatever card his visit is on.

    The secret link is made of `nonce` and the program's key, so that the table alone opens no door. `request_key`
    makes a second press the same booking.
    """

    class Person(models.TextChoices):
        MATCHED = "matched", _("Known patient")
        NEW = "new", _("New patient")
        UNCLEAR = "unclear", _("To be clarified: may have a card already")

    class Ask(models.TextChoices):
        NOTHING = "none", _("nothing")
        DEPOSIT = "deposit", _("a deposit")
        CARD = "card", _("a bank card")

    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="online")
    nonce = models.CharField(max_length=32)
    request_key = models.CharField(max_length=32)
    last_name = models.CharField(_("last name"), max_length=80)
    first_name = models.CharField(_("first name"), max_length=80)
    middle_name = models.CharField(_("patronymic"), max_length=80, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    language = models.CharField(max_length=5)
    person = models.CharField(max_length=7, choices=Person)
    is_refused = models.BooleanField(default=False, help_text="a card that it may belong to may not book online")
    is_phone_proven = models.BooleanField(default=False)
    wants_reminders = models.BooleanField(default=True)
    ask = models.CharField(max_length=7, choices=Ask, default=Ask.NOTHING)
    deposit: Money | None = MoneyField(_("deposit"), null=True, blank=True)
    consent_text = models.TextField(blank=True)
    consented_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    announced_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("online booking")
        indexes = [
            models.Index(fields=["created_at"], condition=Q(announced_at__isnull=True), name="online_to_announce"),
            models.Index(fields=["created_at"], condition=Q(checked_at__isnull=True), name="online_to_check"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="online_booking_once_a_form"),
            models.CheckConstraint(
                condition=Q(ask="deposit", deposit__isnull=False, deposit__gt=0)
                | (~Q(ask="deposit") & Q(deposit__isnull=True)),
                name="online_deposit_has_a_sum",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))

    @property
    def branch_id(self) -> Any:
        return self.appointment.branch_id


class PhoneCode(models.Model):
    """A code that was sent to a phone to prove that it is the patient's; only its digest is kept here."""

    phone = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["phone", "-sent_at"], name="phone_code_newest")]
