"""Roles, the matrix of rights, and what a person may and why (SET-05, SET-06, SET-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Count, Q, QuerySet

from clinic import rules
from clinic.models import Role, User
from core import modules
from core.access import REGISTRY as PERMISSIONS
from core.access import Permission
from core.errors import NotFound


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right and, for each role shown, whether it has it."""

    permission: Permission
    cells: tuple[tuple[Role, bool], ...]

    @property
    def differs(self) -> bool:
        return len({is_held for _role, is_held in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class RightGroup:
    """The rights over one app."""

    title: Any
    rows: list[RightRow]


def roles_all() -> QuerySet[Role]:
    """Every role of the clinic's own people; that of partners has the portal only and no rights to choose."""
    active = Count("users", filter=Q(users__is_active=True))
    return Role.objects.exclude(code="partner").annotate(people=active).order_by("-is_built_in", "pk")


def role_of(pk: int) -> Role:
    role = roles_all().filter(pk=pk).first()
    if role is None:
        raise NotFound
    return role


def permissions_by_module() -> dict[str, list[Permission]]:
    """Declared rights of the modules that are on, in the order of the layers."""
    order = [config.name for config in apps.get_app_configs()]
    found: dict[str, list[Permission]] = {}
    for permission in sorted(PERMISSIONS.values(), key=lambda each: order.index(each.module)):
        if modules.is_on(permission.module):
            found.setdefault(permission.module, []).append(permission)
    return found


def rights_matrix(roles: Sequence[Role], only_different: bool = False) -> list[RightGroup]:
    held = [(role, set(role.permissions)) for role in roles]
    groups = []
    for module, permissions in permissions_by_module().items():
        rows = [RightRow(each, tuple((role, each.code in codes) for role, codes in held)) for each in permissions]
        rows = [row for row in rows if row.differs] if only_different else rows
        if rows:
            groups.append(RightGroup(modules.title_of(module), rows))
    return groups


@dataclass(frozen=True, slots=True)
class PersonalRight:
    """One right of a person: what counts and where it comes from."""

    permission: Permission
    effective: rules.Effective
    own: str  # role, granted, refused


@dataclass(frozen=True, slots=True)
class PersonalGroup:
    title: Any
    rows: list[PersonalRight]


def rights_of(user: User) -> list[PersonalGroup]:
    """Every right, whether this person has it, and its origin: a role, an own addition, an own refusal."""
    roles = {str(role): role.permissions for role in user.roles.order_by("pk")}
    groups = []
    for module, permissions in permissions_by_module().items():
        rows = [
            PersonalRight(
                each, rules.effective_right(each.code, roles, user.granted, user.refused, True), own_state(user, each)
            )
            for each in permissions
        ]
        groups.append(PersonalGroup(modules.title_of(module), rows))
    return groups


def own_state(user: User, permission: Permission) -> str:
    if permission.code in user.refused:
        return "refused"
    return "granted" if permission.code in user.granted else "role"


def holders_of(code: str, limit: int = 5) -> list[dict[str, str]]:
    """Active people who have a right, for the page that says whom to ask: name and roles."""
    users = User.objects.with_rights().filter(is_active=True, partner_id__isnull=True).order_by("name", "username")
    found = [user for user in users if code in user.permission_codes]
    return [{"name": str(user), "role": ", ".join(user.role_names)} for user in found[:limit]]
