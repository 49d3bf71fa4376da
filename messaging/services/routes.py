"""By which channel a message goes: the person's order, what he has there, what has not worked already (MSG-10)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core import clock
from messaging import policies
from messaging.gateways import GATEWAYS, Gateway, gateway_named
from messaging.models import Address, Channel, Preference

Roads = Mapping[str, Gateway]


class Routed(Protocol):
    """What is asked of a message: a row, or what a worker has claimed of it."""

    pk: int
    phone: str
    patient_id: int | None
    tried: list[str]
    wanted: str


@dataclass(frozen=True, slots=True)
class Route:
    road: Gateway
    address: str


def roads_now(only: Gateway | None = None) -> dict[str, Gateway]:
    """The gateway of each channel: of SMS the one that the clinic has chosen, of a messenger its only one."""
    found: dict[str, Gateway] = {each.channel: each for each in GATEWAYS if each.channel != Channel.SMS}
    chosen = only or gateway_named(policies.GATEWAY.get())
    if chosen is not None:
        found[chosen.channel] = chosen
    return found


def ready(roads: Roads, closed: Collection[str] = ()) -> dict[str, Gateway]:
    return {channel: road for channel, road in roads.items() if channel not in closed and road.is_ready()}


def orders_of(patient_ids: Iterable[int]) -> dict[int, list[str]]:
    """The channels of those who have an order of their own."""
    return dict(Preference.objects.filter(patient_id__in=set(patient_ids)).values_list("patient_id", "channels"))


def addresses_of(patient_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    rows = Address.objects.filter(patient_id__in=set(patient_ids), ended_at__isnull=True)
    return {(row.patient_id, row.channel): row.address for row in rows}


def order_for(row: Routed, order: Sequence[str]) -> Sequence[str]:
    """The channel that the message itself wants goes first; a person without a card has only a phone."""
    if row.patient_id is None:
        return [Channel.SMS]
    return [row.wanted, *(each for each in order if each != row.wanted)] if row.wanted else order


def routes_of(rows: Sequence[Routed], roads: Roads, closed: Collection[str] = ()) -> tuple[dict[int, Route], set[int]]:
    """The way of each message by its pk, and those that only wait for a road that is not connected or closed just now."""
    open_roads = ready(roads, closed)
    people = {row.patient_id for row in rows if row.patient_id}
    orders = orders_of(people) if people else {}
    usual = policies.CHANNELS.get()  # once: a setting costs a way to the cache
    chats = addresses_of(people) if people and set(roads) - {Channel.SMS} else {}
    routes: dict[int, Route] = {}
    waiting: set[int] = set()
    for row in rows:
        for channel in order_for(row, orders.get(row.patient_id or 0) or usual):
            address = row.phone if channel == Channel.SMS else chats.get((row.patient_id or 0, channel), "")
            if channel in row.tried or not address or channel not in roads:
                continue
            if channel in open_roads:
                routes[row.pk] = Route(open_roads[channel], address)
                break
            if channel == Channel.SMS:
                waiting.add(row.pk)
    return routes, waiting - set(routes)


def any_ready(roads: Roads) -> bool:
    return any(road.is_ready() for road in roads.values())


def batch_of(roads: Roads) -> int:
    """How many are claimed at a time: as many as the road of SMS takes."""
    return max((road.batch for channel, road in roads.items() if channel == Channel.SMS), default=1)


def gone(gateway: Gateway, address: str, reason: Any) -> None:
    """Nothing will ever arrive there: the person has blocked us."""
    Address.objects.filter(channel=gateway.channel, address=address, ended_at__isnull=True).update(
        ended_at=clock.now(), end_reason=str(reason)[:100]
    )
