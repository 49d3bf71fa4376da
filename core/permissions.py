"""Rights over the frame itself."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_DIRECTORIES = permission(
    "core.see_directories", _("Open the directories"),
    "director", "administrator", "senior", "coordinator", "marketer", "sales", "finance",
)  # fmt: skip
SEE_TRASH = permission("core.see_trash", _("See the trash"), "director", "senior")
RESTORE_TRASH = permission("core.restore_trash", _("Restore from the trash"), "director", "senior")
SEE_AUDIT = permission("core.see_audit", _("See who did and looked at what"), "director")
EDIT_POLICIES = permission("core.edit_policies", _("Change the clinic's settings"), "director")
SHARE_VIEWS = permission("core.share_views", _("Share saved views with a role"), "director", "senior", "sales")
SEE_SETTINGS = permission("core.see_settings", _("Open the settings"), "director", "senior", "finance")
SEE_HEALTH = permission("core.see_health", _("See how the installation fares"), "director")
