"""Roads out of the clinic: a gateway takes a message with our id and can be asked about it by that id."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that a provider learns."""

    key: UUID
    phone: str
    text: str


class Outcome(StrEnum):
    SENT = "sent"  # taken
    DELIVERED = "delivered"
    REFUSED = "refused"  # not taken and never will be: bad number, forbidden text
    LATER = "later"  # surely not taken; try again
    LOST = "lost"  # nobody knows; ask before repeating


class Fate(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSING = "missing"  # the provider has never heard of it
    SILENT = "silent"  # the provider does not answer


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    provider_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    fate: Fate
    provider_id: str = ""
    error: str = ""


class Gateway:
    """Subclass, set `code` and `title`, implement `send` and `ask`; neither may raise for what the network does."""

    code: ClassVar[str]
    title: ClassVar[Any]
    channel: ClassVar[str] = "sms"
    batch: ClassVar[int] = 1  # how many are claimed at a time; more than one only where handing over takes no time
    reports: ClassVar[bool] = False  # whether asking after a while tells of the delivery

    def send(self, envelope: Envelope) -> Answer:
        raise NotImplementedError

    def ask(self, key: UUID) -> Report:
        raise NotImplementedError

    def send_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        return [self.send(envelope) for envelope in envelopes]

    def ask_many(self, keys: Sequence[UUID]) -> list[Report]:
        return [self.ask(key) for key in keys]


GATEWAYS: Slot[Gateway] = Slot("messaging.gateways")


def gateway_named(code: str) -> Gateway | None:
    return next((gateway for gateway in GATEWAYS if gateway.code == code), None)
