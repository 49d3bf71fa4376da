"""Who may see which figures; money figures obey the money window of the user besides."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_HOME = permission(
    "reports.see_home", _("See the dashboard"), "director", "senior", "administrator", "callcentre", "coordinator",
    "marketer", "sales", "finance",
)  # fmt: skip
SEE_MONEY = permission(
    "reports.see_money", _("See reports about money"), "director", "senior", "administrator", "finance",
    compartment="financial",
)  # fmt: skip
SEE_FLOW = permission(
    "reports.see_flow", _("See the patient flow"), "director", "senior", "administrator", "callcentre", "coordinator",
    "marketer", "sales",
)  # fmt: skip
SEE_BOOKINGS = permission(
    "reports.see_bookings", _("See reports about bookings"), "director", "senior", "administrator", "callcentre",
    "coordinator", "marketer", "sales", "finance",
)  # fmt: skip
EXPORT = permission(
    "reports.export", _("Export reports"), "director", "senior", "administrator", "finance", "marketer", "sales",
)  # fmt: skip
