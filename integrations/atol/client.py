"""The wire of ATOL Online: a token for a day, JSON out and in, sums as numbers with two places and never floats."""

import json
import re
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from core import clock
from integrations import wire

TOKEN_LIVES = 23 * 3600  # seconds; the service gives a day
TOKEN_EXPIRED, WRONG_LOGIN, TWICE = 11, 12, 33
NO_NUMBER, TIMED_OUT = -1, 1
UNSURE = frozenset({NO_NUMBER, TIMED_OUT})  # such a refusal does not say that nothing was taken
JSON = {"Content-Type": "application/json; charset=utf-8"}
_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}
_guard = threading.Lock()


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


class NotLetIn(Exception):
    """No token: nothing has been asked for. `is_wrong` when the login or the password is."""

    def __init__(self, text: str, *, is_wrong: bool) -> None:
        super().__init__(text)
        self.is_wrong = is_wrong


SUM = re.compile(r'"\\u0000(-?\d+\.\d\d)"')


def sum_of(value: Decimal) -> str:
    """A mark for a number, which `body_of` writes without quotes: money never becomes a float."""
    return f"\x00{value:.2f}"


def body_of(told: Mapping[str, Any]) -> bytes:
    written = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return SUM.sub(r"\1", written).encode()


def base_of(values: Mapping[str, str]) -> str:
    return f"{values['url'].rstrip('/')}/{values.get('protocol') or 'v5'}"


def object_of(reply: wire.Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.text)
    except ValueError as error:
        raise Garbled(f"HTTP {reply.status}, the answer is no JSON") from error
    if not isinstance(found, dict):
        raise Garbled("the answer is no object")
    return found


def error_of(answer: Mapping[str, Any]) -> tuple[int, str]:
    """Number and words of a refusal; 0 when it is none."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return 0, ""
    code = error.get("code")
    return code if isinstance(code, int) and code else NO_NUMBER, str(error.get("text") or code)[:300]


def token_of(code: str, values: Mapping[str, str]) -> str:
    """The token of these login and password, asked for once a day. Raises NotLetIn."""
    key = (base_of(values), values["login"], values["password"])
    with _guard:
        token, until = _tokens.get(key, ("", 0.0))
    if token and time.monotonic() < until:
        return token
    body = json.dumps({"login": values["login"], "pass": values["password"]}).encode()
    try:
        reply = wire.call(
            code, "POST", f"{base_of(values)}/getToken", body=body, headers=JSON, secrets=[values["password"]]
        )
        answer = object_of(reply)
    except (wire.NotSent, wire.NoAnswer, Garbled) as error:
        raise NotLetIn(str(error), is_wrong=False) from error
    number, text = error_of(answer)
    token = str(answer.get("token") or "")
    if number or not token:
        raise NotLetIn(text or f"HTTP {reply.status}", is_wrong=number == WRONG_LOGIN)
    with _guard:
        _tokens[key] = (token, time.monotonic() + TOKEN_LIVES)
    return token


def token_forget(values: Mapping[str, str]) -> None:
    with _guard:
        _tokens.pop((base_of(values), values["login"], values["password"]), None)


def ask(
    code: str, values: Mapping[str, str], method: str, path: str, told: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One request with a token, once more with a new one when it has expired.

    Raises NotLetIn, wire.NotSent, wire.NoAnswer, Garbled; a refusal is an answer with `error`.
    """
    for attempt in (1, 2):
        token = token_of(code, values)
        reply = wire.call(
            code, method, f"{base_of(values)}/{quote(values['group'], safe='')}/{path}",
            body=body_of(told) if told is not None else None, headers={**JSON, "Token": token},
            secrets=[values["password"], token],
        )  # fmt: skip
        if reply.status >= 500:
            raise Garbled(f"HTTP {reply.status}")
        answer = object_of(reply)
        if error_of(answer)[0] == TOKEN_EXPIRED and attempt == 1:
            token_forget(values)
            continue
        return answer
    raise AssertionError("unreachable")


def stamp() -> str:
    return clock.now().strftime("%d.%m.%Y %H:%M:%S")
