"""Rights over messages."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

WRITERS = ("director", "administrator", "senior", "callcentre", "coordinator")
SEE_MESSAGES = permission("messaging.see_messages", _("See the message log"), *WRITERS, "marketer", "sales")
SEND_MESSAGES = permission("messaging.send_messages", _("Send and withdraw messages"), *WRITERS)
SEND_MAILINGS = permission(
    "messaging.send_mailings", _("Make and stop mailings"), "director", "administrator", "senior", "marketer"
)
EDIT_TRIGGERS = permission(
    "messaging.edit_triggers", _("Set up triggers of messages"), "director", "senior", "marketer"
)
EDIT_TEMPLATES = permission("messaging.edit_templates", _("Change message templates"), "director", "senior", "marketer")
