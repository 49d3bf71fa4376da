"""Rights over the clinic, its people and its settings."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

EVERYBODY = (
    "director",
    "administrator",
    "senior",
    "callcentre",
    "doctor",
    "assistant",
    "coordinator",
    "marketer",
    "sales",
    "finance",
)

SEE_STAFF = permission("clinic.see_staff", _("See the staff list"), *EVERYBODY)
EDIT_STAFF = permission("clinic.edit_staff", _("Change staff"), "director", "senior")
EDIT_BRANCHES = permission("clinic.edit_branches", _("Change branches, hours and chairs"), "director")
EDIT_ENTITIES = permission("clinic.edit_entities", _("Change legal entities"), "director", "finance")
EDIT_ROLES = permission("clinic.edit_roles", _("Change roles and personal rights"), "director")
EDIT_USERS = permission("clinic.edit_users", _("Invite users and end their sessions"), "director")
VIEW_AS = permission("clinic.view_as", _("Look at the program as another role"), "director")
EDIT_DIRECTORIES = permission("clinic.edit_directories", _("Change directories"), "director", "senior")
CLOSE_PERIODS = permission(
    "clinic.close_periods", _("Close periods and open them again"), "director", "finance", compartment="financial"
)
SET_UP = permission("clinic.set_up", _("Set the clinic up at the first start"), "director")
