"""Outer services: one page to connect them, one inbox for what they tell, an adapter each."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        from core.navigation import Item
        from core.setting_pages import PAGES
        from fiscal.devices import DEVICES
        from integrations import permissions
        from integrations.adapters import ADAPTERS
        from integrations.atol.adapter import AtolAdapter, EvotorAdapter
        from integrations.atol.device import AtolDevice, EvotorDevice
        from integrations.beeline.adapter import BeelineAdapter
        from integrations.beeline.gateway import BeelineGateway
        from integrations.business_ru.adapter import BusinessRuAdapter
        from integrations.business_ru.device import BusinessRuDevice
        from integrations.plain.adapter import PlainAdapter, PlainGateway
        from integrations.smsc.adapter import SmscAdapter
        from integrations.smsc.gateway import SmscGateway
        from integrations.telegram.adapter import TelegramAdapter
        from integrations.telegram.gateway import TelegramGateway
        from integrations.telegram.links import bot_link
        from integrations.whatsapp.adapter import WhatsAppAdapter
        from integrations.whatsapp.gateway import WhatsAppGateway
        from integrations.whatsapp.links import chat_link
        from messaging.gateways import GATEWAYS
        from messaging.slots import BOT_LINKS

        adapters = (
            SmscAdapter(), BeelineAdapter(), TelegramAdapter(), WhatsAppAdapter(), PlainAdapter(), AtolAdapter(),
            EvotorAdapter(), BusinessRuAdapter(),
        )  # fmt: skip
        for order, adapter in enumerate(adapters):
            ADAPTERS.register(adapter, module="integrations", order=order)
        gateways = (SmscGateway(), BeelineGateway(), TelegramGateway(), WhatsAppGateway(), PlainGateway())
        for order, gateway in enumerate(gateways):
            GATEWAYS.register(gateway, module="integrations", order=20 + order)
        for order, device in enumerate((AtolDevice(), EvotorDevice(), BusinessRuDevice())):
            DEVICES.register(device, module="integrations", order=order)
        for order, link in enumerate((bot_link, chat_link)):
            BOT_LINKS.register(link, module="integrations", order=order)
        page = Item("integrations", _("Integrations"), "plug-connected", "integrations:connections", permissions.MANAGE)
        PAGES.register(page, module="integrations", order=700)
