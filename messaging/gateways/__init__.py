"""Roads out of the clinic: a gateway takes a message with our id and can be asked about it by that id."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import connection

from core.money import Money
from core.slots import Slot
from messaging.choices import Channel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that a provider learns. `number` is our id for those who take only whole numbers.

    `address` is the chat of a messenger; an SMS goes to the phone. `provider_id` is what the provider has called it, where
    it is asked about.
    """

    key: UUID
    phone: str
    text: str
    number: int = 0
    address: str = ""
    provider_id: str = ""


class Outcome(StrEnum):
    SENT = "sent"  # taken
    DELIVERED = "delivered"
    REFUSED = "refused"  # not taken and never will be: bad number, forbidden text
    LATER = "later"  # surely not taken; try again
    LOST = "lost"  # nobody knows; ask before repeating
    CLOSED = "closed"  # the whole road is closed (password, money, address of the service): no fault of the message


class Fate(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSING = "missing"  # the provider has never heard of it
    SILENT = "silent"  # the provider does not answer


@dataclass(frozen=True, slots=True)
class Answer:
    """`cost` where the provider tells it; `is_gone` says that nothing will ever arrive at this address."""

    outcome: Outcome
    provider_id: str = ""
    error: str = ""
    cost: Money | None = None
    is_gone: bool = False
    wait: int = 0  # seconds, where the provider says when to come again


@dataclass(frozen=True, slots=True)
class Report:
    fate: Fate
    provider_id: str = ""
    error: str = ""


class Gateway:
    """Subclass, set `code` and `title`, implement `send` and `ask`; neither may raise for what the network does.

    A road that cannot be asked (`asks = False`) loses no message twice: one whose answer was lost stays unknown for
    ever and people are told to call.
    """

    code: ClassVar[str]
    title: ClassVar[Any]
    channel: ClassVar[str] = Channel.SMS
    asks: ClassVar[bool] = True
    at_once: ClassVar[int] = 1  # how many are handed over side by side, where each waits for a network
    batch: ClassVar[int] = 1  # how many are claimed at a time; more than one only where handing over takes no time
    reports: ClassVar[bool] = False  # whether asking after a while tells of the delivery

    def send(self, envelope: Envelope) -> Answer:
        raise NotImplementedError

    def ask(self, envelope: Envelope) -> Report:
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it has what it needs: messages wait for a road that is not connected yet."""
        return True

    def send_many(self, envelopes: Sequence[Envelope]) -> list[Answer]:
        return self.each(self.send, envelopes)

    def ask_many(self, envelopes: Sequence[Envelope]) -> list[Report]:
        return self.each(self.ask, envelopes)

    def each(self, work: Callable[[Envelope], T], envelopes: Sequence[Envelope]) -> list[T]:
        """One after the other, or some side by side; each thread has one database connection, which it closes."""
        if self.at_once == 1 or len(envelopes) < 2:
            return [work(envelope) for envelope in envelopes]
        todo, found = deque(enumerate(envelopes)), dict[int, T]()

        def apart() -> None:
            try:
                while todo:
                    try:
                        place, envelope = todo.popleft()
                    except IndexError:  # another thread was quicker
                        return
                    found[place] = work(envelope)
            finally:
                connection.close()

        count = min(self.at_once, len(envelopes))
        with ThreadPoolExecutor(count) as pool:
            for done in [pool.submit(apart) for _n in range(count)]:
                done.result()
        return [found[place] for place in range(len(envelopes))]


GATEWAYS: Slot[Gateway] = Slot("messaging.gateways")


def gateway_named(code: str) -> Gateway | None:
    return next((gateway for gateway in GATEWAYS if gateway.code == code), None)
