"""Reports in the sidebar, and the dashboard as the place where a manager's day begins."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.navigation import SECTIONS, Item
from reports import module, permissions  # noqa: F401  declared
from scheduling.slots import HOMES

SECTIONS.register(
    Item("home", _("Overview"), "layout-dashboard", "reports:home", permissions.SEE_HOME), module="reports", order=10
)
SECTIONS.register(
    Item("day", _("Close of the day"), "report", "reports:day", permissions.SEE_MONEY, group="money"),
    module="reports", order=105,
)  # fmt: skip
SECTIONS.register(
    Item("reports", _("Reports"), "chart-bar", "reports:index", permissions.SEE_BOOKINGS, group="clinic"),
    module="reports", order=540,
)  # fmt: skip


def home(user: Any) -> str:
    return reverse("reports:home") if is_allowed(user, permissions.SEE_HOME) else ""


HOMES.register(home, module="reports", order=10)
