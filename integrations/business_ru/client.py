"""The wire of Business.ru: sorted JSON signed by md5 with the secret, sent byte for byte as it was signed."""

import hashlib
import json
import threading
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations import wire
from integrations.atol.client import SUM

CODE = "business_ru"
JSON = {"Content-Type": "application/json; charset=utf-8"}
_tokens: dict[tuple[str, str, str], str] = {}
_guard = threading.Lock()


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


class NotLetIn(Exception):
    """No token: nothing has been asked for. `is_wrong` when the app id or the key is."""

    def __init__(self, text: str, *, is_wrong: bool) -> None:
        super().__init__(text)
        self.is_wrong = is_wrong


def written(told: Mapping[str, Any]) -> str:
    """The text that is signed and sent: top-level keys sorted, letters as they are, slashes as the vendor's PHP has them."""
    text = json.dumps(dict(sorted(told.items())), ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return SUM.sub(r"\1", text)


def signature(text: str, secret: str) -> str:
    return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()


def base_of(values: Mapping[str, str]) -> str:
    return f"{values['url'].rstrip('/')}/{values.get('protocol') or 'v2'}"


def key_of(values: Mapping[str, str]) -> tuple[str, str, str]:
    return base_of(values), values["app_id"], values["secret_key"]


def call(values: Mapping[str, str], method: str, path: str, told: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """One signed request. Raises wire.NotSent, wire.NoAnswer, Garbled."""
    full = {**told, "app_id": values["app_id"], "nonce": f"nonce_{uuid.uuid4().hex}"}
    text, url = written(full), f"{base_of(values)}/{path}"
    if method == "GET":
        url += "?" + urlencode(sorted(full.items()))
    reply = wire.call(
        CODE, method, url, body=text.encode() if method == "POST" else None,
        headers={**JSON, "sign": signature(text, values["secret_key"])},
        secrets=[values["secret_key"], str(full.get("token", ""))],
    )  # fmt: skip
    if reply.status >= 500:
        raise Garbled(f"HTTP {reply.status}")
    try:
        answer = json.loads(reply.text)
    except ValueError as error:
        raise Garbled(f"HTTP {reply.status}, the answer is no JSON") from error
    if isinstance(answer, list):
        answer = {"list": answer}
    if not isinstance(answer, dict):
        raise Garbled("the answer is no object")
    return reply.status, answer


def token_of(values: Mapping[str, str]) -> str:
    with _guard:
        known = _tokens.get(key_of(values), "")
    if known:
        return known
    try:
        status, answer = call(values, "GET", "Token", {})
    except (wire.NotSent, wire.NoAnswer, Garbled) as error:
        raise NotLetIn(str(error), is_wrong=False) from error
    token = str(answer.get("token") or "")
    if not token:
        raise NotLetIn(error_of(answer) or f"HTTP {status}", is_wrong=status in (400, 401, 403, 422))
    with _guard:
        _tokens[key_of(values)] = token
    return token


def token_forget(values: Mapping[str, str]) -> None:
    with _guard:
        _tokens.pop(key_of(values), None)


def ask(values: Mapping[str, str], method: str, path: str, told: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """One request with a token, once more with a new one where it has expired. Raises NotLetIn and what `call` does."""
    for attempt in (1, 2):
        status, answer = call(values, method, path, {**told, "token": token_of(values)})
        if status not in (401, 403) or attempt == 2:
            return status, answer
        token_forget(values)
    raise AssertionError("unreachable")


def error_of(answer: Mapping[str, Any]) -> str:
    for name in ("error", "message", "result_msg", "errors"):
        if answer.get(name):
            return str(answer[name])[:300]
    return ""
