"""The wire of the Bot API: JSON both ways, the token in the address."""

import json
from collections.abc import Mapping
from typing import Any

from integrations import wire

CODE = "telegram"
BASE = "https://api.telegram.org"


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


def ask(values: Mapping[str, str], method: str, **params: Any) -> dict[str, Any]:
    """One call; a refusal is an answer with ok = False. Raises wire.NotSent, wire.NoAnswer, Garbled."""
    token = values["token"]
    url = f"{(values.get('url') or BASE).rstrip('/')}/bot{token}/{method}"
    body = json.dumps(params, ensure_ascii=False).encode()
    reply = wire.call(CODE, "POST", url, body=body, headers={"Content-Type": "application/json"}, secrets=[token])
    try:
        answer = json.loads(reply.text)
    except ValueError as error:
        raise Garbled(f"HTTP {reply.status}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise Garbled(f"HTTP {reply.status}")
    return answer


def refusal(answer: Mapping[str, Any]) -> tuple[int, str]:
    """The number and the words of a refusal; 0 when it is none."""
    if answer.get("ok") is True:
        return 0, ""
    code = answer.get("error_code")
    return code if isinstance(code, int) else -1, str(answer.get("description") or "")[:300]
