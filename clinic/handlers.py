"""The clinic's places in the frame: sections, whom to ask for a right, what holds a row back from the trash."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic import directories, permissions  # noqa: F401  declared
from clinic.models import Branch, LegalEntity
from clinic.permissions import EDIT_ROLES, EDIT_STAFF, SEE_STAFF
from clinic.reference import load_roles
from clinic.selectors import branches_of_entity, holders_of, other_branches_exist, start_left
from core.access import is_allowed
from core.context import EXTRAS
from core.navigation import CREATE, SECTIONS, Item
from core.reference import LOADERS
from core.refusals import GRANTORS
from core.setting_pages import PAGES
from core.trash import OBSTACLES


def grantors() -> list[dict[str, str]]:
    """Who can give a missing right: the holders of «Change roles and personal rights» (SET-19)."""
    return holders_of(EDIT_ROLES.code)


def start_card(request: HttpRequest) -> dict[str, Any]:
    """The card «finish setting up» at the foot of the sidebar, for those who may."""
    may = is_allowed(request.user, permissions.SET_UP)
    return {"start_card": SimpleLazyObject(start_left) if may else None}


def obstacles(row: Model) -> list[str]:
    """A legal entity with branches and the last branch of all cannot be thrown away."""
    if isinstance(row, LegalEntity):
        names = branches_of_entity(row.pk)
        return [say("It has branches: %(names)s.") % {"names": ", ".join(names)}] if names else []
    if isinstance(row, Branch) and not other_branches_exist(row.pk):
        return [say("It is the only branch.")]
    return []


def pages() -> tuple[Item, ...]:
    """What stands in the settings beside the sections of fields."""
    return (
        Item("entities", _("Legal entities"), "building-bank", "clinic:entities-list", permissions.EDIT_ENTITIES),
        Item("branches", _("Branches and hours"), "building", "clinic:branches-list", permissions.EDIT_BRANCHES),
        Item("chairs", _("Chairs"), "armchair", "clinic:chairs-list", permissions.EDIT_BRANCHES),
        Item("users", _("Users"), "users", "clinic:users-list", permissions.EDIT_USERS),
        Item("roles", _("Roles and rights"), "shield", "clinic:roles", permissions.EDIT_ROLES),
        Item("periods", _("Closed periods"), "lock-square-rounded", "clinic:periods", permissions.CLOSE_PERIODS),
    )


def register() -> None:
    LOADERS.register(load_roles, module="clinic", order=0)
    EXTRAS.register(start_card, module="clinic")
    GRANTORS.register(grantors, module="clinic")
    OBSTACLES.register(obstacles, module="clinic")
    SECTIONS.register(
        Item("staff", _("Staff"), "id-badge-2", "clinic:staff-list", SEE_STAFF, "clinic"), module="clinic", order=500
    )
    for order, item in enumerate(pages()):
        PAGES.register(item, module="clinic", order=order)
    CREATE.register(
        Item("staff-new", _("Person on the staff"), "user-plus", "clinic:person-new", EDIT_STAFF, panel=True),
        module="clinic", order=900,
    )  # fmt: skip
