"""What is connected, how it does, what was said."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core.errors import NotFound
from integrations.adapters import ADAPTERS, GROUPS, Adapter, adapter_named
from integrations.models import Connection, Exchange

TONES = {Connection.State.OFF: "grey", Connection.State.ON: "green", Connection.State.BROKEN: "red"}


@dataclass(frozen=True, slots=True)
class Service:
    """An adapter with its connection, if there is one."""

    adapter: Adapter
    row: Connection | None

    @property
    def code(self) -> str:
        return self.adapter.code

    @property
    def state(self) -> str:
        return self.row.state if self.row else Connection.State.OFF

    @property
    def is_on(self) -> bool:
        return self.state != Connection.State.OFF

    @property
    def label(self) -> Any:
        return Connection.State(self.state).label

    @property
    def tone(self) -> str:
        return TONES[Connection.State(self.state)]

    @property
    def known_secrets(self) -> bool:
        return bool(self.row and self.row.secrets)


def services_all() -> list[Service]:
    rows = {row.code: row for row in Connection.objects.select_related("connected_by")}
    return [Service(adapter, rows.get(adapter.code)) for adapter in ADAPTERS]


def services_by_group() -> list[tuple[Any, list[Service]]]:
    found = services_all()
    groups = [(title, [each for each in found if each.adapter.group == key]) for key, title in GROUPS.items()]
    return [(title, members) for title, members in groups if members]


def service_named(code: str) -> Service:
    adapter = adapter_named(code)
    if adapter is None:
        raise NotFound
    return Service(adapter, Connection.objects.filter(code=code).select_related("connected_by").first())


def exchanges_all() -> QuerySet[Exchange]:
    return Exchange.objects.all()


def exchanges_of(code: str) -> QuerySet[Exchange]:
    return Exchange.objects.filter(code=code).order_by("-pk")
