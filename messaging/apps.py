"""Messages to people: outbox, gateways, templates, log."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from core.navigation import CREATE, SECTIONS, Item
        from core.reference import LOADERS
        from messaging import permissions, policies, purposes, selectors  # noqa: F401  declared
        from messaging.gateways import GATEWAYS
        from messaging.gateways.file import FileGateway
        from messaging.recipients import VOID
        from messaging.services import templates_load
        from messaging.services.triggers import void

        GATEWAYS.register(FileGateway(), module="messaging", order=0)
        VOID.register(void, module="messaging")
        LOADERS.register(templates_load, module="messaging", order=50)
        SECTIONS.register(
            Item("messages", _("Messages"), "message-2", "messaging:messages-list", permissions.SEE_MESSAGES, "clinic"),
            module="messaging", order=60,
        )  # fmt: skip
        SECTIONS.register(
            Item("incoming", _("Replies"), "inbox", "messaging:incoming-list", permissions.SEE_MESSAGES, "clinic",
                 count=selectors.waiting_count, hot=True),
            module="messaging", order=61,
        )  # fmt: skip
        SECTIONS.register(
            Item("mailings", _("Mailings"), "speakerphone", "messaging:mailings-list", permissions.SEND_MAILINGS, "clinic"),
            module="messaging", order=62,
        )  # fmt: skip
        CREATE.register(
            Item("message", _("Message"), "message-2", "messaging:message-new", permissions.SEND_MESSAGES, panel=True),
            module="messaging", order=60,
        )  # fmt: skip
