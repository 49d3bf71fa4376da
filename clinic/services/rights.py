"""Roles, and rights of single people (SET-05, SET-06)."""

from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic.errors import RoleInUse
from clinic.models import Role, User
from clinic.services.accounts import KeysAreKept, account_locked
from clinic.services.common import changed, labels, locked
from core.access import REGISTRY as PERMISSIONS
from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid

QUIET = {"is_timeline": False}
sentence("clinic.role.added", _("Role %(object)s was added"), "shield-plus", "violet", **QUIET)
sentence("clinic.role.changed", _("Role %(object)s was changed: %(fields)s"), "shield", "violet", **QUIET)
sentence("clinic.role.given", _("Role %(object)s got the right “%(right)s”"), "shield-check", "green", **QUIET)
sentence("clinic.role.taken", _("Role %(object)s lost the right “%(right)s”"), "shield-x", "red", **QUIET)
sentence("clinic.role.deleted", _("Role %(object)s was deleted"), "shield-off", "red", **QUIET)
sentence("clinic.right.granted", _("%(object)s got the right “%(right)s” of his own"), "shield-check", "green", **QUIET)
sentence("clinic.right.refused", _("%(object)s is refused the right “%(right)s”"), "shield-x", "red", **QUIET)
sentence("clinic.right.by_role", _("The right “%(right)s” of %(object)s is as the roles say"), "shield", **QUIET)

OWN_STATES = ("role", "granted", "refused")


@command
def role_save(
    *, pk: int | None = None, name: str, scope: str, days_back: int | None, start_from: Role | None = None, actor: Any,
    version: int | None = None,
) -> Role:  # fmt: skip
    """Add a role, with the rights of another to start from, or change its name and reach. Reverse: role_delete."""
    values = {"name": name.strip(), "scope": scope, "days_back": days_back}
    if pk is None:
        if not values["name"]:
            raise Invalid(fields={"name": say("Give the role a name.")})
        rights = sorted(set(start_from.permissions) & set(PERMISSIONS)) if start_from else []
        role = Role.objects.create(**values, code=free_code(), permissions=rights)
        audit(actor, "clinic.role.added", role, start_from=str(start_from or ""))
        return role
    with KeysAreKept():
        role = locked(Role.objects.all(), pk, version)
        names = changed(role, values)
    if names:
        audit(actor, "clinic.role.changed", role, fields=labels(role, names))
    return role


def free_code() -> str:
    """Codes of own roles are numbers: the name may change, the code may not."""
    taken = set(Role.objects.filter(code__startswith="own-").values_list("code", flat=True))
    return next(code for number in range(1, len(taken) + 2) if (code := f"own-{number}") not in taken)


@command
def role_right_set(*, pk: int, code: str, on: bool, actor: Any) -> Role:
    """Give a role a right or take it; a repeated call changes nothing. Reverse: itself."""
    known(code)
    with KeysAreKept():
        role = locked(Role.objects.all(), pk)
        held = set(role.permissions)
        if (code in held) == on:
            return role
        changed(role, {"permissions": sorted(held | {code} if on else held - {code})})
    audit(
        actor,
        "clinic.role.given" if on else "clinic.role.taken",
        role,
        right=str(PERMISSIONS[code].label),
        right_code=code,
    )
    return role


@command
def role_delete(*, pk: int, actor: Any) -> None:
    """Only a role of the clinic's own that nobody has; the eleven of the product stay. Reverse: role_save."""
    role = locked(Role.objects.all(), pk)
    people = list(role.users.order_by("username")[:5])
    if role.is_built_in or people:
        raise RoleInUse(people=[str(user) for user in people])
    audit(actor, "clinic.role.deleted", role, permissions=role.permissions)
    role.delete()


@command
def right_own_set(*, pk: int, code: str, state: str, actor: Any) -> User:
    """A person's own addition or refusal of one right, or back to what his roles say (SET-06, HR-09)."""
    known(code)
    if state not in OWN_STATES:
        raise Invalid(fields={"state": say("Choose one of the three.")})
    with KeysAreKept():
        user = account_locked(pk, actor)
        granted, refused = set(user.granted) - {code}, set(user.refused) - {code}
        granted |= {code} if state == "granted" else set()
        refused |= {code} if state == "refused" else set()
        if not changed(user, {"granted": sorted(granted), "refused": sorted(refused)}):
            return user
    word = "by_role" if state == "role" else state
    audit(actor, f"clinic.right.{word}", user, right=str(PERMISSIONS[code].label), right_code=code)
    return user


def known(*codes: str) -> None:
    if unknown := [code for code in codes if code not in PERMISSIONS]:
        raise Invalid(fields={"code": say("There is no such right: %(codes)s") % {"codes": ", ".join(unknown)}})


def roles_of_codes(codes: list[str]) -> list[Role]:
    return list(Role.objects.filter(code__in=codes))
