"""The clinic's pooled resources: how many there are and what needs them (SCH-46)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from catalog.models import Service
from core import clock, live
from core.audit import audit
from core.command import check_version, command, lock
from core.errors import NotFound
from scheduling import audit as said
from scheduling.errors import PoolExists
from scheduling.models import Pool, PoolPlace
from scheduling.rules import OCCUPYING
from scheduling.selectors.pools import words_of

# What coming visits take, written anew: services that need the pool, or branches that have it, may be others now.
RENEW = """
    DELETE FROM scheduling_occupancy o USING scheduling_poolplace p
    WHERE p.pool_id = %(pool)s AND o.is_overbooked AND o.resource_kind = 'pool' AND o.resource_id = p.id
      AND o.appointment_id IS NOT NULL AND upper(o.during) > %(now)s;
    INSERT INTO scheduling_occupancy (resource_kind, resource_id, during, appointment_id, is_overbooked)
    SELECT DISTINCT 'pool', p.id, tstzrange(a.starts_at, a.ends_at), a.id, true
    FROM scheduling_pool w
    JOIN scheduling_poolplace p ON p.pool_id = w.id
    JOIN scheduling_pool_services n ON n.pool_id = w.id
    JOIN scheduling_appointment_services s ON s.service_id = n.service_id
    JOIN scheduling_appointment a ON a.id = s.appointment_id AND a.branch_id = p.branch_id
    WHERE w.id = %(pool)s AND w.is_active AND a.ends_at > %(now)s AND a.state = ANY(%(states)s);
"""


@command
def pool_add(*, name: str, actor: Any, service_ids: Iterable[int] = (), counts: Mapping[int, int], **more: Any) -> Pool:
    """A new resource with its number in each branch (SCH-46). Reverse: pool_change with `is_active=False`."""
    _check_name(name)
    row = Pool.objects.create(name=name, **more)
    _fill(row, service_ids, counts, actor)
    audit(actor, said.POOL_ADDED, row, counts=words_of(row))
    return row


@command
def pool_change(
    *, pool_id: int, actor: Any, name: str, is_active: bool, service_ids: Iterable[int], counts: Mapping[int, int],
    expected_version: int | None = None,
) -> Pool:  # fmt: skip
    """Another name, number or use. Visits that are booked already stay booked, though they be more than there are."""
    row = Pool.objects.select_for_update().filter(pk=pool_id).first()
    if row is None:
        raise NotFound
    check_version(expected_version, row.version)
    _check_name(name, row)
    row.name, row.is_active, row.version = name, is_active, row.version + 1
    row.save()
    _fill(row, service_ids, counts, actor)
    audit(actor, said.POOL_CHANGED, row, counts=words_of(row))
    return row


def _check_name(name: str, row: Pool | None = None) -> None:
    """Beside its field; of two at once the constraint refuses the later."""
    if Pool.objects.filter(name__iexact=name).exclude(pk=row.pk if row else None).exists():
        raise PoolExists(fields={"name": PoolExists.message})


def _fill(pool: Pool, service_ids: Iterable[int], counts: Mapping[int, int], actor: Any) -> None:
    """Numbers of the actor's branches; those of others stay as they are."""
    pool.services.set(Service.objects.live().filter(pk__in=list(service_ids)))
    for branch_id, count in counts.items():
        if branch_id not in actor.branch_ids:
            raise NotFound
        PoolPlace.objects.update_or_create(pool=pool, branch_id=branch_id, defaults={"count": count})
    lock(*[("pool", pk) for pk in pool.places.values_list("pk", flat=True)])
    with connection.cursor() as cursor:
        cursor.execute(RENEW, {"pool": pool.pk, "now": clock.now(), "states": list(OCCUPYING)})
    live.announce("pool", pool.pk, version=pool.version)
