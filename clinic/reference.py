"""The eleven roles of a new clinic, and how rights that a new version declares reach an old one."""

from clinic.models import BUILT_IN_ROLES, Role
from core.access import REGISTRY as PERMISSIONS
from core.models import Setting

WIDE, BRANCH, OWN = Role.Scope.ALL, Role.Scope.BRANCH, Role.Scope.OWN
# code: (scope, days of money visible; None is any day)
SHAPES = {
    "director": (WIDE, None),
    "administrator": (BRANCH, 1),
    "senior": (BRANCH, None),
    "callcentre": (WIDE, 1),
    "doctor": (OWN, None),
    "assistant": (BRANCH, 1),
    "coordinator": (BRANCH, None),
    "marketer": (WIDE, None),
    "sales": (WIDE, None),
    "finance": (WIDE, None),
    "partner": (OWN, 1),
}
KNOWN = "roles.known_permissions"


def load_roles() -> None:
    """Create missing built-in roles; give each newly declared right to its default roles, once.

    What the clinic has taken from a role stays taken: a right is only ever handed out when it first appears.
    """
    known, _created = Setting.objects.get_or_create(key=KNOWN, defaults={"value": []})
    fresh = set(PERMISSIONS) - set(known.value)
    for code in BUILT_IN_ROLES:
        scope, days_back = SHAPES[code]
        role, is_new = Role.objects.get_or_create(
            code=code, defaults={"scope": scope, "days_back": days_back, "is_built_in": True}
        )
        wanted = set(PERMISSIONS) if is_new else fresh
        added = {name for name in wanted if code in PERMISSIONS[name].roles}
        if added - set(role.permissions):
            role.permissions = sorted(set(role.permissions) | added)
            role.save(update_fields=["permissions"])
    if fresh:
        known.value = sorted(PERMISSIONS)
        known.save(update_fields=["value"])
