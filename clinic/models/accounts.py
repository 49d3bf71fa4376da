"""Roles and users: who may sign in, and what he may."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.models.people import Staff
from clinic.models.places import Branch
from core.access import REGISTRY as PERMISSIONS

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
    name = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("Empty: the usual name in your language.")
    )
    permissions = models.JSONField(default=list)
    scope = models.CharField(_("sees"), max_length=6, choices=Scope, default=Scope.BRANCH)
    days_back = models.PositiveSmallIntegerField(
        _("days of money visible"), null=True, blank=True, help_text=_("1 is today only, empty is any day.")
    )
    is_built_in = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

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
            models.Value("code"),
            "code",
            models.Value("permissions"),
            "permissions",
            models.Value("scope"),
            "scope",
            models.Value("days_back"),
            "days_back",
            models.Value("name"),
            "name",
            function="jsonb_build_object",
            output_field=models.JSONField(),
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

    username = models.CharField(pgettext_lazy("account", "login"), max_length=60, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=200, blank=True)
    staff = models.OneToOneField(
        Staff, models.SET_NULL, null=True, blank=True, related_name="user", verbose_name=_("person")
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    roles = models.ManyToManyField(Role, related_name="users", verbose_name=_("roles"), blank=True)
    branches = models.ManyToManyField(Branch, related_name="users", verbose_name=_("branches"), blank=True)
    granted = models.JSONField(_("own additions"), default=list, blank=True)
    refused = models.JSONField(_("own refusals"), default=list, blank=True)
    days_back = models.PositiveSmallIntegerField(
        _("days of money visible"),
        null=True,
        blank=True,
        help_text=_("Empty: as the roles say. 0 is any day, 1 is today only."),
    )
    partner_id = models.BigIntegerField(null=True, blank=True, editable=False)
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

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

    def get_absolute_url(self) -> str:
        return reverse("clinic:user", args=[self.pk])

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

    @cached_property
    def branch_zones(self) -> dict[int, str]:
        """The time zone of each branch that the user sees, in the order of branches."""
        rows = Branch.objects.filter(pk__in=self.branch_ids).order_by("position", "pk")
        return dict(rows.values_list("pk", "timezone"))

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


class Invitation(models.Model):
    """A link by which a new user sets his password; once, and before it expires. Only a digest of it is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by_id = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_at__isnull=True), name="invitation_one_open_a_user"
            )
        ]
