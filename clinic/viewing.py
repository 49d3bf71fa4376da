"""Looking through the eyes of a role or a person (SET-16): the same user for the audit, with the rights of another."""

from copy import copy
from typing import Any

from clinic.models import Role, User
from clinic.selectors import user_loaded

COMPUTED = ("role_facts", "permission_codes", "branch_ids", "branch_zones")


def shadow_of(user: Any, chosen: dict[str, Any]) -> User | None:
    """A copy of the user that may what `{"role": code, "branch": id}` or `{"user": id}` may; None when that is gone."""
    shadow = copy(user._wrapped if hasattr(user, "_wrapped") else user)
    for name in COMPUTED:
        shadow.__dict__.pop(name, None)
    return (
        as_person(shadow, chosen["user"])
        if "user" in chosen
        else as_role(shadow, chosen.get("role", ""), chosen.get("branch"))
    )


def as_role(shadow: User, code: str, branch_id: int | None) -> User | None:
    role = Role.objects.filter(code=code).first()
    if role is None:
        return None
    shadow.__dict__["loaded_roles"] = [
        {
            "code": role.code,
            "permissions": role.permissions,
            "scope": role.scope,
            "days_back": role.days_back,
            "name": role.name,
        }
    ]
    shadow.__dict__["loaded_branches"] = [branch_id] if branch_id else []
    shadow.granted, shadow.refused, shadow.days_back, shadow.staff = [], [], None, None
    shadow.viewing_as = str(role)  # type: ignore[attr-defined]
    return shadow


def as_person(shadow: User, pk: int) -> User | None:
    other = user_loaded(pk)
    if other is None or other.is_partner_user:
        return None
    for name in ("loaded_roles", "loaded_branches", "loaded_all_branches"):
        shadow.__dict__[name] = other.__dict__[name]
    shadow.granted, shadow.refused, shadow.days_back, shadow.staff = (
        other.granted,
        other.refused,
        other.days_back,
        other.staff,
    )
    shadow.viewing_as = str(other)  # type: ignore[attr-defined]
    return shadow
