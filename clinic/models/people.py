"""Who works here: professions and staff."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models.places import Branch
from core.trash import Trashable


class Sex(models.TextChoices):
    MALE = "m", pgettext_lazy("sex", "Male")
    FEMALE = "f", pgettext_lazy("sex", "Female")


class Profession(Trashable):
    """A direction of doctors or a position of employees (HR-20)."""

    class Kind(models.TextChoices):
        DOCTOR = "doctor", _("Doctors")
        STAFF = "staff", _("Employees")

    name = models.CharField(_("name"), max_length=120)
    code = models.SlugField(max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.DOCTOR)
    is_active = models.BooleanField(_("offered"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("profession")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["name", "kind"], condition=Q(deleted_at__isnull=True), name="profession_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Staff(Trashable):
    """A person who works here: doctor, employee, or both (HR-01, HR-02)."""

    last_name = models.CharField(_("last name"), max_length=80)
    first_name = models.CharField(_("first name"), max_length=80)
    middle_name = models.CharField(_("patronymic"), max_length=80, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_doctor = models.BooleanField(_("doctor"), default=False)
    is_employee = models.BooleanField(_("employee"), default=True)
    professions = models.ManyToManyField(Profession, related_name="staff", verbose_name=_("professions"), blank=True)
    branches = models.ManyToManyField(
        Branch,
        related_name="staff",
        verbose_name=_("branches"),
        blank=True,
        help_text=_("Nobody ticked means every branch."),
    )
    tone = models.CharField(max_length=10, default="blue")
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    dismissed_on = models.DateField(_("dismissed on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("employee")
        ordering = ("last_name", "first_name", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_doctor=True) | Q(is_employee=True), name="staff_is_doctor_or_employee"
            )
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("clinic:person", args=[self.pk])

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))

    @property
    def short_name(self) -> str:
        """«Соколова М. А.»"""
        letters = " ".join(f"{word[0]}." for word in (self.first_name, self.middle_name) if word)
        return f"{self.last_name} {letters}".strip()


def age_on(birth: date, day: date) -> int:
    """Whole years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
