"""The slot of cash registers: a service takes a receipt by our id, and tells what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from core.money import Money
from core.slots import Slot


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    price: Money
    quantity: int
    sum: Money
    method: int
    subject: int
    supplier: str = ""
    supplier_inn: str = ""
    supplier_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that a register is told. `account` and `secret` are the register's own, empty where the service's serve."""

    external_id: str
    provider_id: str
    operation: int
    items: Sequence[Item]
    forms: Mapping[str, Money]
    total: Money
    vat: str
    tax_system: str
    inn: str
    place: str
    email: str
    contact: str
    buyer: str
    cashier: str
    at: datetime
    group: str
    account: str
    secret: str


class Outcome(Enum):
    TAKEN = "taken"
    REFUSED = "refused"  # surely not, and it never will as it is
    CLOSED = "closed"  # surely not, nor any other now
    LATER = "later"  # surely not, this one
    LOST = "lost"  # nobody knows


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    provider_id: str = ""
    error: str = ""


class Fate(Enum):
    DONE = "done"
    WAITS = "waits"
    FAILED = "failed"
    MISSING = "missing"  # surely not there: it may be sent again under the same id
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Report:
    """`facts`: fn, fd, fp, shift, number, at, kkt, url."""

    fate: Fate
    provider_id: str = ""
    error: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Device:
    """One service of cash registers. Called outside of transactions; raises nothing."""

    code: str
    title: Any

    def is_ready(self) -> bool:
        raise NotImplementedError

    def send(self, order: Order) -> Answer:
        raise NotImplementedError

    def ask(self, order: Order) -> Report:
        """By the service's id where it is known, else by ours."""
        raise NotImplementedError


DEVICES: Slot[Device] = Slot("fiscal.devices")


def device_named(code: str) -> Device | None:
    return next((device for device in DEVICES if device.code == code), None)


def device_choices() -> list[tuple[str, Any]]:
    return [(device.code, device.title) for device in DEVICES]
