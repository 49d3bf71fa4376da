"""The link by which a patient comes to the clinic's bot with his one-time code."""

from integrations.models import Connection
from integrations.telegram.client import CODE


def bot_link(channel: str, code: str) -> str:
    """Empty while no bot is connected."""
    if channel != CODE:
        return ""
    row = Connection.objects.filter(code=CODE).exclude(state=Connection.State.OFF).first()
    bot = row.facts.get("bot", "") if row else ""
    return f"https://t.me/{bot}?start={code}" if bot else ""
