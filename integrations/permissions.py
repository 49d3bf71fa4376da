"""Rights over integrations."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

MANAGE = permission("integrations.manage", _("Connect outer services"), "director")
