"""The sidebar, the tab bar and the New menu: each app adds its own items, rights and modules decide what shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission, is_allowed
from core.slots import Slot

GROUPS: dict[str, Any] = {
    "": "",
    "money": pgettext_lazy("sidebar group", "Money"),
    "clinic": _("Clinic"),
    "system": _("System"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One screen. `count(user)` may give a number for the badge; `tab` puts it on the phone's tab bar."""

    key: str
    title: Any
    icon: str
    url_name: str
    permission: Permission
    group: str = ""
    tab: bool = False
    panel: bool = False
    shortcut: str = ""
    count: Callable[[Any], int] | None = field(default=None, compare=False)
    hot: bool = False


SECTIONS: Slot[Item] = Slot("navigation.sections")
CREATE: Slot[Item] = Slot("navigation.create")


def _shown(item: Item, user: Any) -> dict[str, Any] | None:
    if not is_allowed(user, item.permission):
        return None
    try:
        url = reverse(item.url_name)
    except NoReverseMatch:
        return None
    count = item.count(user) if item.count else 0
    return {
        "key": item.key,
        "title": item.title,
        "icon": item.icon,
        "url": url,
        "count": count or "",
        "hot": item.hot,
        "tab": item.tab,
        "panel": item.panel,
        "shortcut": item.shortcut,
        "group": item.group,
    }


def shown(slot: Slot[Item], user: Any) -> list[dict[str, Any]]:
    return [entry for item in slot if (entry := _shown(item, user))]


def sections(user: Any) -> list[dict[str, Any]]:
    items = shown(SECTIONS, user)
    groups = [
        {"title": title, "items": [item for item in items if item["group"] == key]} for key, title in GROUPS.items()
    ]
    return [group for group in groups if group["items"]]


def create_items(user: Any) -> list[dict[str, Any]]:
    return shown(CREATE, user)
