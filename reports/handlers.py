"""Reports in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.navigation import SECTIONS, Item
from reports import module, permissions  # noqa: F401  declared

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
