"""One interface for every outer service: its fields, its test, what it tells us. New services are new adapters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from core.slots import Slot

GROUPS: dict[str, Any] = {
    "messages": _("Messages"),
    "calls": _("Telephony"),
    "money": _("Cash registers"),
    "images": _("Images"),
    "other": _("Other"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What a person enters. A `secret` is closed at once and never shown again."""

    name: str
    title: Any
    hint: Any = ""
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    is_rare: bool = False


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test has found; `facts` are kept with the connection and shown."""

    is_right: bool
    text: Any
    facts: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pairing:
    """How far a service is paired with the clinic's phone: a state, words for people, a PNG in base64 to be scanned."""

    state: str
    text: Any
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A request of the service to us, as it came. Header names are in small letters."""

    body: bytes
    headers: Mapping[str, str]
    query: str = ""

    def as_object(self) -> dict[str, Any]:
        """The JSON object that was told, or nothing when it is no such thing."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def part(source: Any, *names: str) -> Any:
    """A value deep in what was told, or None where it is missing or of another shape."""
    for name in names:
        source = source.get(name) if isinstance(source, dict) else None
    return source


class Adapter:
    """Subclass, set `code`, `title`, `fields`, implement `test`; a service that calls us sets `hears` and the rest.

    `values` are settings and opened secrets by name of the field.
    """

    code: ClassVar[str]
    title: ClassVar[Any]
    group: ClassVar[str] = "other"
    icon: ClassVar[str] = "plug"
    hint: ClassVar[Any] = ""
    steps: ClassVar[tuple[Any, ...]] = ()
    fields: ClassVar[tuple[Field, ...]] = ()
    hears: ClassVar[bool] = False
    pairs: ClassVar[bool] = False
    hook_hint: ClassVar[Any] = ""

    def test(self, values: Mapping[str, str]) -> Tested:
        """Ask the service who we are, changing nothing there."""
        raise NotImplementedError

    def connected(self, values: Mapping[str, str], hook_url: str, token: str) -> Mapping[str, Any]:
        """After a good test: tell the service where to call, with a token for its headers; gives more facts."""
        return {}

    def adopted(self, actor: Any) -> None:
        """In the transaction that connects: the clinic's settings begin to use it."""

    def disconnected(self, values: Mapping[str, str], actor: Any) -> None:
        """Before the secrets are forgotten."""

    def pairing(self, values: Mapping[str, str]) -> Pairing:
        """Of a service that `pairs`: the picture to be scanned now, or that it is paired."""
        raise NotImplementedError

    def is_genuine(self, values: Mapping[str, str], told: Told, token: str) -> bool:
        """Whether the request is really the service's; asked on raw bytes, before anything is read."""
        return True

    def key_of(self, told: Told) -> str:
        """What makes the event one and the same however often it is told."""
        raise NotImplementedError

    def hear(self, values: Mapping[str, str], told: Told) -> str:
        """Do what the event asks for, in a worker; gives a sentence of what it was."""
        raise NotImplementedError


ADAPTERS: Slot[Adapter] = Slot("integrations.adapters")


def adapter_named(code: str) -> Adapter | None:
    return next((adapter for adapter in ADAPTERS if adapter.code == code), None)
