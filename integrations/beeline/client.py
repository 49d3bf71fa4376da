"""The wire of Beeline SMS: a form with `action`, an XML answer whose identifiers are kept as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from integrations import wire

CODE = "beeline"
BASE = "https://beeline.amega-inform.ru/sms_send/"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
# Refusals have no numbers, only words; these mean the account, not the message.
OF_ACCOUNT = (
    "парол", "логин", "авториз", "доступ", "баланс", "средств", "заблокирован", "password", "login", "auth", "balance", "denied",
)  # fmt: skip


class Garbled(Exception):
    """An answer that is no answer: nobody knows what was done."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The tree of an answer and the refusals that it names; both may stand in one answer."""

    root: ElementTree.Element
    errors: tuple[str, ...]

    @property
    def is_of_account(self) -> bool:
        return any(word in text.lower() for text in self.errors for word in OF_ACCOUNT)

    @property
    def why(self) -> str:
        return "; ".join(self.errors)[:300]


def ask(values: Mapping[str, str], action: str, **params: Any) -> Answered:
    """One request. Raises wire.NotSent, wire.NoAnswer, Garbled; a refusal is an answer with `errors`."""
    told = {"user": values["login"], "pass": values["password"], "action": action, **params}
    body = urlencode({name: value for name, value in told.items() if value not in ("", None)}).encode()
    reply = wire.call(CODE, "POST", values.get("url") or BASE, body=body, headers=FORM, secrets=[values["password"]])
    if reply.status != 200:
        raise Garbled(f"HTTP {reply.status}")
    return read(reply.body)


def read(body: bytes) -> Answered:
    """The XML of an answer, in the alphabet that it declares; one that brings its own definitions is refused."""
    if b"<!" in body.replace(b"<![CDATA[", b""):
        raise Garbled("the answer brings definitions")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Garbled("the answer is no XML") from error
    if root.tag != "output":
        raise Garbled("the answer is of another kind")
    return Answered(root, tuple(words(each) for each in root.iter("error") if words(each)))


def words(element: ElementTree.Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def digits_of(phone: str | None) -> str:
    return "".join(letter for letter in phone or "" if letter.isdigit())
