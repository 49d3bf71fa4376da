"""Rights over messages."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

WRITERS = ("director", "administrator", "senior", "callcentre", "coordinator")
SEE_MESSAGES = permission("messaging.see_messages", _("See the message log"), *WRITERS, "marketer", "sales")
SEND_MESSAGES = permission("messaging.send_messages", _("Send and withdraw messages"), *WRITERS)
EDIT_TEMPLATES = permission("messaging.edit_templates", _("Change message templates"), "director", "senior", "marketer")
