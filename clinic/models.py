"""The clinic itself.

A legal entity owns branches; a branch has a zone, opening hours and chairs. A person on the staff may be a doctor
and an employee at once and works in the branches listed, or in any when none is (SCH-36). A user is an account:
it belongs to the clinic or to one partner, never to both. Rights come from roles that the clinic edits, plus a
person's own additions, minus his own refusals; a refusal always wins.
"""

from datetime import date, time
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import REGISTRY as PERMISSIONS
from core.trash import Trashable


class Sex(models.TextChoices):
    MALE = "m", pgettext_lazy("sex", "Male")
    FEMALE = "f", pgettext_lazy("sex", "Female")


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

    class Meta:
        verbose_name = _("legal entity")

    def __str__(self) -> str:
        return self.short_name


class Branch(Trashable):
    """A place with its own clock and hours."""

    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="branches", verbose_name=_("legal entity"))
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Moscow")
    area_sqm = models.PositiveIntegerField(_("area, m²"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    trash_children = ("chairs",)

    class Meta:
        verbose_name = _("branch")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="branch_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


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
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__isnull=False, closes__gt=models.F("opens")),
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


class Profession(Trashable):
    """A direction of doctors or a position of employees (HR-20)."""

    class Kind(models.TextChoices):
        DOCTOR = "doctor", _("Doctors")
        STAFF = "staff", _("Employees")

    name = models.CharField(_("name"), max_length=120)
    code = models.SlugField(max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.DOCTOR)

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
        Branch, related_name="staff", verbose_name=_("branches"), blank=True,
        help_text=_("Nobody ticked means every branch."),
    )
    tone = models.CharField(max_length=10, default="blue")
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    dismissed_on = models.DateField(_("dismissed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("employee")
        ordering = ("last_name", "first_name", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(is_doctor=True) | Q(is_employee=True), name="staff_is_doctor_or_employee")
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))

    @property
    def short_name(self) -> str:
        """«Соколова М. А.»"""
        letters = " ".join(f"{word[0]}." for word in (self.first_name, self.middle_name) if word)
        return f"{self.last_name} {letters}".strip()


BUILT_IN_ROLES = {
    "director": _("Director"),
    "administrator": _("Administrator"),
    "senior": _("Senior administrator"),
    "callcentre": _("Call-centre administrator"),
    "doctor": _("Doctor"),
    "assistant": _("Assistant"),
    "coordinator": _("Coordinator"),
    "marketer": _("Marketer"),
    "sales": _("Head of sales"),
    "finance": _("Finance manager"),
    "partner": _("Partner user"),
}


class Role(models.Model):
    """A group of rights that the clinic edits (SET-05). Codes that are no longer declared count for nothing."""

    class Scope(models.TextChoices):
        ALL = "all", _("All branches")
        BRANCH = "branch", _("Own branches")
        OWN = "own", _("Own patients and visits")

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True, help_text=_("Empty: the usual name in your language."))
    permissions = models.JSONField(default=list)
    scope = models.CharField(_("sees"), max_length=6, choices=Scope, default=Scope.BRANCH)
    days_back = models.PositiveSmallIntegerField(
        _("days of money visible"), null=True, blank=True, help_text=_("1 is today only, empty is any day.")
    )
    is_built_in = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("role")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name or str(BUILT_IN_ROLES.get(self.code, self.code))


class UserQuerySet(models.QuerySet["User"]):
    def with_rights(self) -> "UserQuerySet":
        """Rights, role codes, scopes and branches in the same statement as the user."""
        roles = Role.objects.filter(users=OuterRef("pk")).order_by("pk")
        facts = models.Func(
            models.Value("code"), "code", models.Value("permissions"), "permissions", models.Value("scope"), "scope",
            models.Value("days_back"), "days_back", models.Value("name"), "name",
            function="jsonb_build_object", output_field=models.JSONField(),
        )
        branches = User.branches.through.objects.filter(user_id=OuterRef("pk")).values("branch_id")
        return self.select_related("staff").annotate(
            loaded_roles=ArraySubquery(roles.values(facts=facts).values("facts")),
            loaded_branches=ArraySubquery(branches),
            loaded_all_branches=ArraySubquery(Branch.objects.live().order_by("pk").values("pk")),
        )


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """An account. Its rights are read once a request, together with it (UserQuerySet.with_rights)."""

    username = models.CharField(_("login"), max_length=60, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    staff = models.OneToOneField(Staff, models.SET_NULL, null=True, blank=True, related_name="user", verbose_name=_("person"))
    is_active = models.BooleanField(_("may sign in"), default=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    roles = models.ManyToManyField(Role, related_name="users", verbose_name=_("roles"), blank=True)
    branches = models.ManyToManyField(Branch, related_name="users", verbose_name=_("branches"), blank=True)
    granted = models.JSONField(_("own additions"), default=list, blank=True)
    refused = models.JSONField(_("own refusals"), default=list, blank=True)
    days_back = models.PositiveSmallIntegerField(
        _("days of money visible"), null=True, blank=True, help_text=_("Empty: as the roles say. 0 is any day, 1 is today only.")
    )
    partner_id = models.BigIntegerField(null=True, blank=True, editable=False)
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        ordering = ("username",)
        constraints = [
            models.CheckConstraint(
                condition=Q(partner_id__isnull=True) | Q(staff__isnull=True), name="user_belongs_to_clinic_or_partner"
            ),
            models.UniqueConstraint(models.functions.Lower("username"), name="user_login_is_unique_whatever_the_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    @property
    def is_partner_user(self) -> bool:
        return self.partner_id is not None

    @cached_property
    def role_facts(self) -> list[dict[str, Any]]:
        """Roles as read with the user; a query only for a user who was loaded without them."""
        if "loaded_roles" in self.__dict__:
            return self.__dict__["loaded_roles"]
        return list(self.roles.order_by("pk").values("code", "name", "permissions", "scope", "days_back"))

    @property
    def role_names(self) -> list[str]:
        return [role["name"] or str(BUILT_IN_ROLES.get(role["code"], role["code"])) for role in self.role_facts]

    @property
    def role_codes(self) -> list[str]:
        return [role["code"] for role in self.role_facts]

    @cached_property
    def permission_codes(self) -> frozenset[str]:
        """Effective rights: roles and additions, minus refusals, of those that are declared."""
        given = {code for role in self.role_facts for code in role["permissions"]} | set(self.granted)
        return frozenset((given - set(self.refused)) & set(PERMISSIONS))

    @property
    def scope(self) -> str:
        """The widest of the roles: all, branch, or own."""
        scopes = {role["scope"] for role in self.role_facts}
        return next((wide for wide in (Role.Scope.ALL, Role.Scope.BRANCH) if wide in scopes), Role.Scope.OWN)

    @cached_property
    def branch_ids(self) -> list[int]:
        """Branches that the user sees; all of them when his scope is all or none is ticked."""
        loaded = self.__dict__
        own = loaded["loaded_branches"] if "loaded_branches" in loaded else self.branches.values_list("pk", flat=True)
        if own and self.scope != Role.Scope.ALL:
            return sorted(own)
        if "loaded_all_branches" in loaded:
            return list(loaded["loaded_all_branches"])
        return list(Branch.objects.live().order_by("pk").values_list("pk", flat=True))

    @property
    def money_days_back(self) -> int | None:
        """How many days of money are visible: None is any, 1 is today only (SET-14, BIL-18)."""
        if self.days_back is not None:
            return self.days_back or None
        windows = [role["days_back"] for role in self.role_facts]
        return None if not windows or None in windows else max(windows)

    def language_choose(self, code: str) -> None:
        self.language = code
        self.save(update_fields=["language"])


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


def age_on(birth: date, day: date) -> int:
    """Whole years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
