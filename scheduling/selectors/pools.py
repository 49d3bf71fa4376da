"""Pooled resources: what services need of them, how many a branch has, when all of them are taken (SCH-46)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, QuerySet

from core import clock
from scheduling.models import Appointment, Occupancy, Pool, PoolPlace
from scheduling.rules import Range, full

AHEAD = timedelta(days=3653)
TAKEN = """
    SELECT o.resource_id, lower(o.during), upper(o.during)
    FROM scheduling_occupancy o LEFT JOIN scheduling_hold h ON h.id = o.hold_id
    WHERE o.is_overbooked AND o.resource_kind = 'pool' AND o.resource_id = ANY(%(places)s)
      AND o.during && tstzrange(%(start)s, %(end)s)
      AND (h.id IS NULL OR (h.expires_at > %(now)s AND (h.user_id IS NULL OR h.user_id IS DISTINCT FROM %(user)s)))
      AND (o.appointment_id IS NULL OR o.appointment_id <> ALL(%(except)s::bigint[]))
"""


def pools_shown() -> QuerySet[Pool]:
    return Pool.objects.prefetch_related("services", "places__branch")


def pools_needed(service_ids: Iterable[int]) -> tuple[int, ...]:
    """Pools of which these services take one each."""
    ids = list(service_ids)
    if not ids:
        return ()
    rows = Pool.objects.filter(services__in=ids, is_active=True).order_by("pk").values_list("pk", flat=True)
    return tuple(rows.distinct())


def pools_of_services(service_ids: Iterable[int]) -> dict[int, set[int]]:
    """Pools of which each of these services takes one."""
    found: dict[int, set[int]] = defaultdict(set)
    through = Pool.services.through.objects.filter(pool__is_active=True, service__in=set(service_ids))
    for service_id, pool_id in through.values_list("service_id", "pool_id"):
        found[service_id].add(pool_id)
    return found


def pools_by_service() -> dict[int, list[str]]:
    """Every service that needs something, for a form that says so at once."""
    found: dict[int, list[str]] = defaultdict(list)
    through = Pool.services.through.objects.filter(pool__is_active=True).order_by("pool__name")
    for service_id, name in through.values_list("service_id", "pool__name"):
        found[service_id].append(name)
    return dict(found)


def places_of_pools(pool_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Branches that have something of every one of these pools: {branch: {place of the pool: how many}}."""
    wanted = set(pool_ids)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for pk, branch_id, count in PoolPlace.objects.filter(pool__in=wanted, count__gt=0).values_list(
        "pk", "branch_id", "count"
    ):
        found[branch_id][pk] = count
    return {branch_id: places for branch_id, places in found.items() if len(places) == len(wanted)}


def pools_full(
    places: dict[int, int], during: Range, *, user_id: int | None, except_appointments: Iterable[int] = ()
) -> dict[int, list[Range]]:
    """When all of each pool's things are taken. The caller's own holds and expired ones take nothing."""
    if not places:
        return {}
    asked = {
        "places": list(places), "start": during.start, "end": during.end, "now": clock.now(), "user": user_id,
        "except": list(except_appointments),
    }  # fmt: skip
    taken: dict[int, list[Range]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, asked)
        for place_id, start, end in cursor.fetchall():
            taken[place_id].append(Range(start, end))
    return {place_id: full(taken[place_id], count) for place_id, count in places.items()}


def with_pools(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Adds `pool_names`, what each visit takes beside its chair, in the same statement."""
    taken = Occupancy.objects.filter(appointment=OuterRef(OuterRef("pk")), resource_kind=Occupancy.Kind.POOL).values(
        "resource_id"
    )
    names = PoolPlace.objects.filter(pk__in=taken).order_by("pool__name").values("pool__name")
    return rows.annotate(pool_names=ArraySubquery(names))


def pools_of(visits: Iterable[Appointment]) -> dict[int, list[str]]:
    """What each visit takes beside its chair; asked only of those that were read without it."""
    rows = list(visits)
    found = {row.pk: row.pool_names for row in rows if hasattr(row, "pool_names")}
    unknown = [row.pk for row in rows if row.pk not in found]
    if unknown:
        found |= dict(with_pools(Appointment.objects.filter(pk__in=unknown)).values_list("pk", "pool_names"))
    return found


def first_over(places: dict[int, int]) -> datetime | None:
    """The first moment from now on when more are booked than there are: the count was lowered, or services added."""
    now = clock.now()
    more = {place: count + 1 for place, count in places.items()}
    full_then = pools_full(more, Range(now, now + AHEAD), user_id=None)
    return min((max(each.start, now) for ranges in full_then.values() for each in ranges), default=None)


def words_of(pool: Pool) -> str:
    """«Центр: 2, Север: 1»."""
    return ", ".join(f"{place.branch.name}: {place.count}" for place in pool.places.all() if place.count)
