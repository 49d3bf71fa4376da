"""First-free search (SCH-40): when visits of a length may begin, in one statement over ranges, soonest first.

Python says on which days of which branches somebody may come and between which moments (`_days`, plain arithmetic on
opening hours and wishes); PostgreSQL takes shifts, cuts out what chair, doctor and patient are busy with, and stops at
the first rows that are enough. Days stand in clusters that do not overlap in time, so the statement reads one cluster
after another and leaves the rest alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from catalog.models import Service
from clinic.models import Branch, Role
from clinic.selectors import opening_hours_of
from core import clock
from scheduling import policies
from scheduling.models import VisitType
from scheduling.rules import LONGEST_BUFFER, Range
from scheduling.selectors.free import Spot
from scheduling.selectors.pools import places_of_pools, pools_needed

HORIZON = timedelta(days=30)
FARTHEST = timedelta(days=92)
MINUTE = timedelta(minutes=1)
LATEST = timedelta(days=3653)  # nobody has shifts farther ahead
PARTS = {"morning": (time.min, time(12)), "day": (time(12), time(17)), "evening": (time(17), None)}

PIECES = """
    FROM (SELECT * FROM unnest(%(clusters)s::int[], %(branches)s::bigint[], %(opens)s::timestamptz[], %(closes)s::timestamptz[],
                               %(from)s::timestamptz[], %(before)s::timestamptz[], %(midnights)s::timestamptz[])
          AS d(cluster, branch_id, opens, closes, starts_from, starts_before, midnight) ORDER BY cluster) d
    CROSS JOIN LATERAL (
        SELECT s.doctor_id, s.chair_id, %(length)s::interval AS for_doctor,
               %(length)s::interval + make_interval(mins => least(greatest(c.buffer_minutes, %(buffer)s), %(most)s)) AS for_chair,
               range_agg(tstzrange(s.starts_at, s.ends_at)) * tstzmultirange(tstzrange(d.opens, d.closes)) AS works
        FROM clinic_chair c
        JOIN scheduling_shift s ON s.chair_id = c.id AND s.starts_at < d.closes AND s.ends_at > d.opens
            AND s.starts_at > d.opens - interval '24 hours'
        JOIN clinic_staff k ON k.id = s.doctor_id AND k.is_doctor AND k.deleted_at IS NULL
        WHERE c.branch_id = d.branch_id AND c.deleted_at IS NULL {which}
        GROUP BY s.doctor_id, s.chair_id, c.buffer_minutes
    ) g
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(tstzrange(lower(o.during) - o.needs, upper(o.during), '()')), '{{}}') AS busy
        FROM (
            SELECT t.during, r.needs
            FROM (VALUES ('chair', g.chair_id, g.for_chair), ('doctor', g.doctor_id, {own}),
                         ('patient', %(patient)s::bigint, %(length)s::interval)) r(kind, id, needs)
            CROSS JOIN LATERAL (
                SELECT during, appointment_id, hold_id FROM scheduling_occupancy
                WHERE NOT is_overbooked AND resource_kind = r.kind AND resource_id = r.id
                  AND during && tstzrange(d.opens, d.closes + make_interval(mins => %(most)s))
                UNION ALL
                SELECT during, appointment_id, hold_id FROM scheduling_occupancy
                WHERE is_overbooked AND resource_kind = r.kind AND resource_id = r.id
                  AND during && tstzrange(d.opens, d.closes + make_interval(mins => %(most)s))
            ) t
            LEFT JOIN scheduling_hold h ON h.id = t.hold_id
            WHERE (h.id IS NULL OR (h.expires_at > %(now)s AND (h.user_id IS NULL OR h.user_id IS DISTINCT FROM %(user)s::bigint)))
              AND (t.appointment_id IS NULL OR t.appointment_id <> ALL(%(except)s::bigint[]))
            {pools}
            UNION ALL
            SELECT tstzrange(b.starts_at, b.ends_at), %(length)s::interval
            FROM scheduling_block b
            WHERE b.chair_id = g.chair_id AND b.kind = ANY(%(kept)s) AND b.starts_at < d.closes AND b.ends_at > d.opens
            UNION ALL
            SELECT tstzrange(b.starts_at, b.ends_at), %(length)s::interval
            FROM scheduling_block b
            WHERE b.doctor_id = g.doctor_id AND b.kind = ANY(%(kept)s) AND b.starts_at < d.closes AND b.ends_at > d.opens
        ) o
    ) b
    CROSS JOIN LATERAL (
        SELECT unnest(
            (SELECT coalesce(range_agg(tstzrange(lower(w), upper(w) - %(length)s::interval, '[]')), '{{}}')
             FROM unnest(g.works) w WHERE upper(w) - lower(w) >= %(length)s::interval)
            * tstzmultirange(tstzrange(d.starts_from, d.starts_before)) - b.busy) AS piece
    ) p
"""
# When all that a branch has of a needed pool is taken (SCH-46): how many lie over each other, moment by moment.
POOLS = """
            UNION ALL
            SELECT f.during, %(length)s::interval
            FROM (
                SELECT e.count, tstzrange(e.at, lead(e.at) OVER moments) AS during, sum(e.step) OVER moments AS used
                FROM (
                    SELECT p.id, p.count, m.at, sum(m.step) AS step
                    FROM scheduling_poolplace p
                    JOIN scheduling_occupancy t ON t.is_overbooked AND t.resource_kind = 'pool' AND t.resource_id = p.id
                        AND t.during && tstzrange(d.opens, d.closes)
                    LEFT JOIN scheduling_hold h ON h.id = t.hold_id
                    CROSS JOIN LATERAL (VALUES (lower(t.during), 1), (upper(t.during), -1)) m(at, step)
                    WHERE p.branch_id = d.branch_id AND p.pool_id = ANY(%(pools)s::bigint[])
                      AND (h.id IS NULL OR (h.expires_at > %(now)s AND h.user_id IS DISTINCT FROM %(user)s::bigint))
                      AND (t.appointment_id IS NULL OR t.appointment_id <> ALL(%(except)s::bigint[]))
                    GROUP BY p.id, p.count, m.at
                ) e WINDOW moments AS (PARTITION BY e.id ORDER BY e.at)
            ) f
            WHERE f.used >= f.count
"""
STARTS = """
    SELECT g.doctor_id, g.chair_id, d.branch_id, t.start
    {pieces}
    CROSS JOIN LATERAL (
        SELECT lower(p.piece) AS start
        UNION ALL
        SELECT mark FROM generate_series(
            d.midnight + %(step)s::interval * (floor(extract(epoch FROM lower(p.piece) + %(gap)s::interval - d.midnight)
                / extract(epoch FROM %(step)s::interval))::int + 1),
            upper(p.piece), %(spacing)s::interval) mark
        WHERE mark <@ p.piece
    ) t
    ORDER BY d.cluster, t.start, g.doctor_id, g.chair_id
    LIMIT %(limit)s
"""
RANGES = """
    SELECT g.doctor_id, g.chair_id, d.branch_id, lower(p.piece), upper(p.piece)
    {pieces}
    ORDER BY d.cluster, lower(p.piece), g.doctor_id, g.chair_id
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What somebody looks for. Empty means any; `last` is bounded by three months.

    `time_from` and `time_to` bound the whole visit, `part` its beginning. `opens` are kinds of kept time that this
    visit may use; the visits in `leaves_out` are as good as gone (the one that is being moved).
    """

    length: timedelta
    buffer: int = 0
    own_minutes: int | None = None
    doctors: tuple[int, ...] = ()
    branches: tuple[int, ...] = ()
    chair: int | None = None
    profession: int | None = None
    purpose: str = ""
    patient: int | None = None
    first: date | None = None
    last: date | None = None
    weekdays: frozenset[int] = frozenset()
    part: str = ""
    time_from: time | None = None
    time_to: time | None = None
    opens: frozenset[str] = frozenset()
    leaves_out: tuple[int, ...] = ()
    pools: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeRange:
    """A visit may begin at any moment from `first` to `last`, both included."""

    doctor_id: int
    chair_id: int
    branch_id: int
    first: datetime
    last: datetime
    zone: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Day:
    """When a branch is open on a day, and between which moments a visit may begin."""

    branch_id: int
    opened: Range
    starts: Range
    midnight: datetime


def search_for(
    services: Iterable[Service] = (), *, minutes: int | None = None, visit_type: VisitType | None = None, **wishes: Any
) -> Search:
    """A search for these services together: their minutes, and the longest clean-up that they ask for."""
    chosen = list(services)
    own = sum(service.duration_min for service in chosen)
    length = minutes or own or (visit_type.duration_min if visit_type else 30)
    may = {"emergency": visit_type.is_urgent, "primary": visit_type.is_first_visit} if visit_type else {}
    return Search(
        length=timedelta(minutes=min(max(length, 5), 720)),
        buffer=max((service.buffer_min for service in chosen), default=0),
        opens=frozenset(kind for kind, is_let_in in may.items() if is_let_in),
        pools=pools_needed(service.pk for service in chosen),
        **wishes,
    )


def offers_find(user: Any, search: Search, *, limit: int = 10, is_spread: bool = False) -> list[Spot]:
    """The soonest places, each bookable now (SCH-40). `is_spread` gives offers that do not overlap in one chair."""
    zones = _zones(user, search)
    step = timedelta(minutes=policies.STEP_MINUTES.get())
    days = _days(zones, search, mark=step if is_spread else MINUTE)
    if not days:
        return []
    spacing = -(-search.length // step) * step if is_spread else step
    # A spread offer's successor begins where it ends; otherwise each mark of the clock follows the first moment.
    gap = search.length - timedelta(microseconds=1) if is_spread else timedelta(0)
    rows = _ask(STARTS, user, search, days, limit=limit, step=step, spacing=spacing, gap=gap)
    return [
        Spot(doctor, chair, start, start + search.length, zones[branch].timezone)
        for doctor, chair, branch, start in rows
    ]


def free_ranges(user: Any, search: Search, *, limit: int = 500) -> list[FreeRange]:
    """The same as ranges of beginnings, for those who plan on them: chains of visits, the online page."""
    zones = _zones(user, search)
    days = _days(zones, search)
    return (
        [FreeRange(*row, zones[row[2]].timezone) for row in _ask(RANGES, user, search, days, limit=limit)]
        if days
        else []
    )


def is_free(user: Any, search: Search, *, doctor_id: int, chair_id: int, start: datetime, zone: str) -> bool:
    """Whether one place is among the answers; the booking itself still has the last word."""
    day = clock.local(start, zone).date()
    narrow = replace(search, doctors=(doctor_id,), chair=chair_id, first=day, last=day)
    return any(row.first <= start <= row.last for row in free_ranges(user, narrow))


def _ask(statement: str, user: Any, search: Search, days: list[Day], **more: Any) -> list[tuple[Any, ...]]:
    which, own = _narrowed(user, search)
    pieces = PIECES.format(which=which, own=own, pools=POOLS if search.pools else "")
    columns = zip(*((number, *plain) for number, plain in _clustered(days)), strict=True)
    names = ("clusters", "branches", "opens", "closes", "from", "before", "midnights")
    asked = {
        **{name: list(values) for name, values in zip(names, columns, strict=True)},
        "length": search.length,
        "own": timedelta(minutes=search.own_minutes or 0),
        "buffer": search.buffer,
        "most": LONGEST_BUFFER,
        "doctors": list(_doctors(user, search)),
        "chair": search.chair,
        "purpose": search.purpose,
        "profession": search.profession,
        "patient": search.patient,
        "pools": list(search.pools),
        "user": user.pk,
        "now": clock.now(),
        "except": list(search.leaves_out),
        "kept": sorted({"emergency", "primary"} - search.opens),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(pieces=pieces), asked)
        return cursor.fetchall()


def _narrowed(user: Any, search: Search) -> tuple[str, str]:
    """Only the conditions that are asked for, so that each search is planned for what it is."""
    words = []
    if search.doctors or user.scope == Role.Scope.OWN:
        words.append("AND s.doctor_id = ANY(%(doctors)s::bigint[])")
    if search.chair:
        words.append("AND c.id = %(chair)s")
    if search.purpose:
        words.append("AND c.purpose = %(purpose)s")
    if search.profession:
        words.append(
            "AND EXISTS (SELECT FROM clinic_staff_professions f "
            "WHERE f.staff_id = s.doctor_id AND f.profession_id = %(profession)s)"
        )
    own = "g.for_doctor" if search.own_minutes is None else "least(%(own)s::interval, g.for_doctor)"
    return " ".join(words), own


def _doctors(user: Any, search: Search) -> Iterable[int]:
    if user.scope != Role.Scope.OWN:
        return search.doctors
    return [pk for pk in search.doctors or (user.staff_id or 0,) if pk == user.staff_id]


def _zones(user: Any, search: Search) -> dict[int, Branch]:
    rows = Branch.objects.live().filter(pk__in=user.branch_ids)
    if search.pools:
        rows = rows.filter(pk__in=places_of_pools(search.pools))
    return {row.pk: row for row in rows if not search.branches or row.pk in search.branches}


def _days(branches: dict[int, Branch], search: Search, *, mark: timedelta = MINUTE) -> list[Day]:
    """Every day of every branch on which the visit may begin; two statements for all opening hours."""
    if not branches:
        return []
    today = {pk: clock.today(row.timezone) for pk, row in branches.items()}
    first = max(search.first or date.min, min(today.values()))
    if first > max(today.values()) + LATEST:
        return []
    last = min(search.last or first + HORIZON, first + FARTHEST)
    if last < first:
        return []
    hours = opening_hours_of(branches.values(), first, last)
    soonest = _next_mark(clock.now(), mark)
    found = []
    for pk, row in branches.items():
        for day, opened in hours[pk].items():
            if opened is None or day < today[pk] or (search.weekdays and day.weekday() not in search.weekdays):
                continue
            made = _day(row, day, Range(*opened), search, soonest)
            found += [made] if made else []
    return found


def _day(branch: Branch, day: date, opened: Range, search: Search, soonest: datetime) -> Day | None:
    zone = branch.timezone
    begins, ends = opened
    if search.time_from:
        begins = max(begins, clock.at(day, search.time_from, zone))
    if search.time_to:
        ends = min(ends, clock.at(day, search.time_to, zone))
    since, until = PARTS[search.part] if search.part else (time.min, None)
    starts = Range(
        max(begins, clock.at(day, since, zone), soonest), min(ends, clock.at(day, until, zone)) if until else ends
    )
    is_room = starts.start < starts.end and ends - starts.start >= search.length
    return Day(branch.pk, Range(begins, ends), starts, clock.at(day, time.min, zone)) if is_room else None


def _next_mark(moment: datetime, mark: timedelta) -> datetime:
    """Nobody is offered a time of seconds; people are offered none between the marks of the schedule."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - moment) // mark * mark


def _clustered(days: list[Day]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Days with the number of their cluster; clusters follow each other and never overlap."""
    number, until = 0, None
    for day in sorted(days, key=lambda each: each.starts):
        if until is not None and day.starts.start >= until:
            number += 1
        until = max(until, day.starts.end) if until else day.starts.end
        yield number, (day.branch_id, *day.opened, *day.starts, day.midnight)
