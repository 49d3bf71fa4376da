"""The wire of SMS-Center: forms out, JSON in, cp1251 where nobody asked for it."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from integrations import wire

CODE = "smsc"
BASE = "https://smsc.ru/sys/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


def ask(values: Mapping[str, str], script: str, **params: Any) -> dict[str, Any]:
    """One request. Raises wire.NotSent, wire.NoAnswer, Garbled; a refusal is an answer with `error_code`."""
    given = {
        "login": values["login"], "psw": values["password"], "fmt": "3", "charset": "utf-8",
        **{name: value for name, value in params.items() if value not in ("", None)},
    }  # fmt: skip
    url = (values.get("url") or BASE).rstrip("/") + f"/{script}.php"
    reply = wire.call(CODE, "POST", url, body=urlencode(given).encode(), headers=FORM, secrets=[values["password"]])
    if reply.status != 200:
        raise Garbled(f"HTTP {reply.status}")
    try:
        answer = json.loads(reply.text)
    except ValueError as error:
        raise Garbled("the answer is no JSON") from error
    if not isinstance(answer, dict):
        raise Garbled("the answer is no object")
    return answer


def error_of(answer: Mapping[str, Any]) -> tuple[int, str]:
    """The number and the words of a refusal; 0 when it is none."""
    if "error" not in answer and "error_code" not in answer:
        return 0, ""
    return number(answer.get("error_code"), -1), str(answer.get("error") or answer.get("error_code"))


def number(value: Any, otherwise: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return otherwise


def money(value: Any) -> Decimal | None:
    """A price as it stands on the wire: "3.50", never a float."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.01")) if found.is_finite() and 0 <= found < 1_000_000 else None
