"""What a worker writes of a whole portion at once: by which road it leaves and with whom, and that it has been taken."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from core.money import Money
from messaging.gateways import Gateway


class Mark(NamedTuple):
    """One message before it leaves. None of segments and cost: as they are."""

    pk: int
    address: str
    leader: int | None = None
    text: str = ""
    segments: int | None = None
    cost: Money | None = None


class Taken(NamedTuple):
    """One message that the operator has."""

    pk: int
    provider_id: str
    cost: Money | None


# Only what the worker still holds: the lease of a stopped one may have gone to another. The planner knows nothing of
# claims that are seconds old and would expect one row: CASE keeps it from guessing, so that it goes by the primary key.
MARK = """
    UPDATE messaging_message m
    SET gateway = %(gateway)s, channel = %(channel)s, address = part.address, joined_to_id = part.leader,
        handed_text = part.text, segments = coalesce(part.segments, m.segments), cost = coalesce(part.cost, m.cost)
    FROM unnest(%(pk)s::bigint[], %(address)s::text[], %(leader)s::bigint[], %(text)s::text[], %(segments)s::int[],
        %(cost)s::numeric[]) AS part(id, address, leader, text, segments, cost)
    WHERE m.id = part.id AND CASE WHEN m.claim = %(claim)s THEN true ELSE false END
"""
TAKEN = """
    UPDATE messaging_message m
    SET state = %(state)s, sent_at = %(now)s, provider_id = part.provider_id, cost = coalesce(part.cost, m.cost), error = '',
        claim = NULL, lease_until = NULL, ended_at = coalesce(%(ended_at)s, m.ended_at), ask_at = coalesce(%(ask_at)s, m.ask_at)
    FROM unnest(%(pk)s::bigint[], %(provider_id)s::text[], %(cost)s::numeric[]) AS part(id, provider_id, cost)
    WHERE m.id = part.id AND CASE WHEN m.claim = %(claim)s THEN true ELSE false END
"""


def marks_write(claim: uuid.UUID, road: Gateway, marks: Sequence[Mark]) -> None:
    if marks:
        write(MARK, Mark._fields, marks, claim=claim, gateway=road.code, channel=road.channel)


def taken_write(
    claim: uuid.UUID, state: str, taken: Sequence[Taken], *, now: datetime, ended_at: datetime | None, ask_at: datetime | None
) -> None:  # fmt: skip
    write(TAKEN, Taken._fields, taken, claim=claim, state=state, now=now, ended_at=ended_at, ask_at=ask_at)


def write(sql: str, names: Sequence[str], rows: Sequence[tuple[object, ...]], **given: object) -> None:
    columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**columns, **given})
