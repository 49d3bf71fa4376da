"""What messengers give to cards: a link by which a patient comes to our bot."""

from collections.abc import Callable

from core.slots import Slot

# A provider answers (channel, code) with an address, or "" when its messenger is not connected.
BOT_LINKS: Slot[Callable[[str, str], str]] = Slot("messaging.bot_links")


def bot_link(channel: str, code: str) -> str:
    return next((link for provider in BOT_LINKS if (link := provider(channel, code))), "")
