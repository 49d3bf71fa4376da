"""The wire of the QR gateway (Green-API): the account's number and token in the address, JSON both ways."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.text import digits
from integrations import wire

CODE = "whatsapp"
BASE = "https://api.green-api.com"
PAIRED = "authorized"


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: dict[str, Any]

    @property
    def is_right(self) -> bool:
        return 200 <= self.status < 300

    @property
    def why(self) -> str:
        return str(self.body.get("message") or self.body.get("description") or f"HTTP {self.status}")[:300]


def ask(values: Mapping[str, str], method: str, given: Mapping[str, Any] | None = None) -> Answered:
    """One call, a GET without a body. Raises wire.NotSent, wire.NoAnswer, Garbled; a refusal is an answer."""
    token = values["token"]
    base = (values.get("url") or BASE).rstrip("/")
    url = f"{base}/waInstance{values['instance']}/{method}/{token}"
    body = None if given is None else json.dumps(given, ensure_ascii=False).encode()
    way, headers = ("GET", {}) if body is None else ("POST", {"Content-Type": "application/json"})
    reply = wire.call(CODE, way, url, body=body, headers=headers, secrets=[token])
    try:
        answer = json.loads(reply.text) if reply.body else {}
    except ValueError as error:
        if reply.status >= 400:
            return Answered(reply.status, {})
        raise Garbled(f"HTTP {reply.status}") from error
    if not isinstance(answer, dict):
        raise Garbled(f"HTTP {reply.status}")
    return Answered(reply.status, answer)


def chat_of(phone: str) -> str:
    return f"{digits(phone)}@c.us"


def phone_of(chat: Any) -> str:
    """The phone of a person's chat; of a group, or of what is no chat, nothing."""
    number, _at, kind = str(chat or "").partition("@")
    return f"+{number}" if kind == "c.us" and number.isascii() and number.isdigit() else ""
