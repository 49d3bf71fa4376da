"""The link by which a patient writes to the clinic's WhatsApp with his one-time code."""

from urllib.parse import quote

from integrations.models import Connection
from integrations.whatsapp.client import CODE

START = "/start"  # the same word as a bot's link carries


def chat_link(channel: str, code: str) -> str:
    """Empty while no phone is paired."""
    if channel != CODE:
        return ""
    row = Connection.objects.filter(code=CODE).exclude(state=Connection.State.OFF).first()
    number = str(row.facts.get("number", "")) if row else ""
    return f"https://wa.me/{number}?text={quote(f'{START} {code}')}" if number else ""
