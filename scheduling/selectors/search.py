"""First-free search (SCH-40): when visits of a length may begin, as ranges, soonest first.

Python says on which days of which branches somebody may come and between which moments (`_windows`, plain arithmetic on
opening hours and wishes); PostgreSQL takes shifts of a window of days and cuts out what chair, doctor and patient are busy
with: one statement a window, each resource read once. Windows grow, and the reading stops where there is enough.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import chain, islice
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
FIRST_WINDOW = 3  # days that are read at once; then twice as many, and so on
MINUTE = timedelta(minutes=1)
LATEST = timedelta(days=3653)  # nobody has shifts farther ahead
COLUMNS = ("branches", "opens", "closes", "from", "before")
PARTS = {"morning": (time.min, time(12)), "day": (time(12), time(17)), "evening": (time(17), None)}

# Days of a window are joined to shifts, then each chair, doctor and patient is looked up once for the whole window.
PIECES = """
    WITH days AS MATERIALIZED (
        SELECT * FROM unnest(%(branches)s::bigint[], %(opens)s::timestamptz[], %(closes)s::timestamptz[],
                             %(from)s::timestamptz[], %(before)s::timestamptz[])
            AS d(branch_id, opens, closes, starts_from, starts_before)
    ), works AS (
        SELECT s.doctor_id, s.chair_id, c.branch_id, d.starts_from, d.starts_before,
               %(length)s::interval + make_interval(mins => least(greatest(c.buffer_minutes, %(buffer)s), %(most)s)) AS for_chair,
               range_agg(tstzrange(s.starts_at, s.ends_at)) * tstzmultirange(tstzrange(d.opens, d.closes)) AS hours
        FROM clinic_chair c
        JOIN scheduling_shift s ON s.chair_id = c.id AND s.starts_at < %(until)s AND s.starts_at > %(since)s - interval '24 hours'
        JOIN clinic_staff k ON k.id = s.doctor_id AND k.is_doctor AND k.deleted_at IS NULL
        JOIN days d ON d.branch_id = c.branch_id AND s.starts_at < d.closes AND s.ends_at > d.opens
        WHERE c.deleted_at IS NULL {which}
        GROUP BY s.doctor_id, s.chair_id, c.branch_id, c.buffer_minutes, d.opens, d.closes, d.starts_from, d.starts_before
    ), allowed AS MATERIALIZED (
        SELECT doctor_id, chair_id, branch_id, for_chair, range_agg(piece) AS may
        FROM (
            SELECT w.*, tstzrange(lower(h), upper(h) - %(length)s::interval, '[]') * tstzrange(starts_from, starts_before) AS piece
            FROM works w CROSS JOIN LATERAL unnest(w.hours) h WHERE upper(h) - lower(h) >= %(length)s::interval
        ) p
        WHERE NOT isempty(piece)
        GROUP BY doctor_id, chair_id, branch_id, for_chair
    ), taken AS MATERIALIZED (
        SELECT r.kind, r.id, b.busy
        FROM (
            SELECT DISTINCT 'chair' AS kind, chair_id AS id, for_chair AS needs FROM allowed
            UNION ALL SELECT DISTINCT 'doctor', doctor_id, {own} FROM allowed
            UNION ALL SELECT 'patient', %(patient)s::bigint, %(length)s::interval WHERE %(patient)s::bigint IS NOT NULL
        ) r
        CROSS JOIN LATERAL (
            SELECT coalesce(range_agg(tstzrange(lower(o.during) - o.needs, upper(o.during), '()')), '{{}}') AS busy
            FROM (
                SELECT t.during, r.needs
                FROM (
                    SELECT during, appointment_id, hold_id FROM scheduling_occupancy
                    WHERE NOT is_overbooked AND resource_kind = r.kind AND resource_id = r.id
                      AND during && tstzrange(%(since)s, %(until)s + make_interval(mins => %(most)s))
                    UNION ALL
                    SELECT during, appointment_id, hold_id FROM scheduling_occupancy
                    WHERE is_overbooked AND resource_kind = r.kind AND resource_id = r.id
                      AND during && tstzrange(%(since)s, %(until)s + make_interval(mins => %(most)s))
                ) t
                LEFT JOIN scheduling_hold h ON h.id = t.hold_id
                WHERE (h.id IS NULL OR (h.expires_at > %(now)s AND (h.user_id IS NULL OR h.user_id IS DISTINCT FROM %(user)s::bigint)))
                  AND (t.appointment_id IS NULL OR t.appointment_id <> ALL(%(except)s::bigint[]))
                UNION ALL
                SELECT tstzrange(k.starts_at, k.ends_at), %(length)s::interval
                FROM scheduling_block k
                WHERE r.kind = 'chair' AND k.chair_id = r.id AND k.kind = ANY(%(kept)s)
                  AND k.starts_at < %(until)s AND k.ends_at > %(since)s
                UNION ALL
                SELECT tstzrange(k.starts_at, k.ends_at), %(length)s::interval
                FROM scheduling_block k
                WHERE r.kind = 'doctor' AND k.doctor_id = r.id AND k.kind = ANY(%(kept)s)
                  AND k.starts_at < %(until)s AND k.ends_at > %(since)s
            ) o
        ) b
    ) {pools}
    SELECT a.doctor_id, a.chair_id, a.branch_id, lower(p.piece), upper(p.piece), upper_inc(p.piece)
    FROM allowed a
    JOIN taken c ON c.kind = 'chair' AND c.id = a.chair_id
    JOIN taken d ON d.kind = 'doctor' AND d.id = a.doctor_id
    LEFT JOIN taken q ON q.kind = 'patient'
    {of_pools}
    CROSS JOIN LATERAL unnest(a.may - c.busy - d.busy - coalesce(q.busy, '{{}}') {no_pools}) p(piece)
    ORDER BY lower(p.piece), a.doctor_id, a.chair_id
    LIMIT %(limit)s
"""
# When all that a branch has of a needed pool is taken (SCH-46): how many lie over each other, moment by moment.
POOLS = """, pooled AS MATERIALIZED (
        SELECT b.branch_id, range_agg(tstzrange(lower(f.during) - %(length)s::interval, upper(f.during), '()')) AS busy
        FROM (SELECT DISTINCT branch_id FROM allowed) b
        CROSS JOIN LATERAL (
            SELECT e.count, tstzrange(e.at, lead(e.at) OVER moments) AS during, sum(e.step) OVER moments AS used
            FROM (
                SELECT p.id, p.count, m.at, sum(m.step) AS step
                FROM scheduling_poolplace p
                JOIN scheduling_occupancy t ON t.is_overbooked AND t.resource_kind = 'pool' AND t.resource_id = p.id
                    AND t.during && tstzrange(%(since)s, %(until)s)
                LEFT JOIN scheduling_hold h ON h.id = t.hold_id
                CROSS JOIN LATERAL (VALUES (lower(t.during), 1), (upper(t.during), -1)) m(at, step)
                WHERE p.branch_id = b.branch_id AND p.pool_id = ANY(%(pools)s::bigint[])
                  AND (h.id IS NULL OR (h.expires_at > %(now)s AND h.user_id IS DISTINCT FROM %(user)s::bigint))
                  AND (t.appointment_id IS NULL OR t.appointment_id <> ALL(%(except)s::bigint[]))
                GROUP BY p.id, p.count, m.at
            ) e WINDOW moments AS (PARTITION BY e.id ORDER BY e.at)
        ) f
        WHERE f.used >= f.count
        GROUP BY b.branch_id
    )"""
OF_POOLS, NO_POOLS = "LEFT JOIN pooled x ON x.branch_id = a.branch_id", "- coalesce(x.busy, '{}')"


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
    step = timedelta(minutes=policies.STEP_MINUTES.get())
    spacing = -(-search.length // step) * step if is_spread else step
    # A spread offer's successor begins where it ends; otherwise each mark of the clock follows the first moment.
    gap = search.length if is_spread else timedelta(microseconds=1)
    found: list[FreeRange] = []
    enough = 0
    for rows, until in windows_read(user, search, limit=limit, mark=step if is_spread else MINUTE):
        for row in rows:
            sure = (start for start in starts_of(row, step, spacing, gap) if until is None or start < until)
            enough += sum(1 for _start in islice(sure, limit))
        found += rows
        if enough >= limit:
            break
    every = merge(
        *(_spots(row, search.length, starts_of(row, step, spacing, gap)) for row in found[:limit]), key=_in_order
    )
    return list(islice(every, limit))


def starts_of(row: "FreeRange", step: timedelta, spacing: timedelta, gap: timedelta) -> Iterator[datetime]:
    """The first moment, then marks of the branch's clock."""
    yield row.first
    midnight = clock.at(clock.local(row.first, row.zone).date(), time.min, row.zone)
    moment = midnight - (midnight - row.first - gap) // step * step
    while moment <= row.last:
        yield moment
        moment += spacing


def _spots(row: "FreeRange", length: timedelta, starts: Iterable[datetime]) -> Iterator[Spot]:
    return (Spot(row.doctor_id, row.chair_id, start, start + length, row.zone) for start in starts)


def _in_order(spot: Spot) -> tuple[datetime, int, int]:
    return spot.start, spot.doctor_id, spot.chair_id


def free_ranges(user: Any, search: Search, *, limit: int = 500) -> list[FreeRange]:
    """The same as ranges of beginnings, for those who plan on them: chains of visits, the online page."""
    every = chain.from_iterable(rows for rows, _until in windows_read(user, search, limit=limit))
    return list(islice(every, limit))


def windows_read(
    user: Any, search: Search, *, limit: int = 500, mark: timedelta = MINUTE
) -> Iterator[tuple[list[FreeRange], datetime | None]]:
    """Ranges window by window, in order, read only as far as they are asked for; a window has at most `limit` rows.

    Beside them stands the moment before which nothing else can begin (None: nothing comes any more).
    """
    branches = _zones(user, search)
    windows = _windows(branches, search, mark)
    kept: list[FreeRange] = []
    days = next(windows, None)
    while days:
        found = [*kept, *_ask(user, search, days, branches, limit)]
        found.sort(key=lambda row: (row.first, row.doctor_id, row.chair_id))
        days = next(windows, None)
        # Evening here may be tomorrow's morning farther east: only what begins before all of the next window is sure.
        until = min(day.starts.start for day in days) if days else None
        yield [row for row in found if until is None or row.first < until], until
        kept = [row for row in found if until is not None and row.first >= until]


def is_free(user: Any, search: Search, *, doctor_id: int, chair_id: int, start: datetime, zone: str) -> bool:
    """Whether one place is among the answers; the booking itself still has the last word."""
    day = clock.local(start, zone).date()
    narrow = replace(search, doctors=(doctor_id,), chair=chair_id, first=day, last=day)
    return any(row.first <= start <= row.last for row in free_ranges(user, narrow))


def _ask(user: Any, search: Search, days: list[Day], branches: dict[int, Branch], limit: int) -> list[FreeRange]:
    which, own = _narrowed(user, search)
    words = (POOLS, OF_POOLS, NO_POOLS) if search.pools else ("", "", "")
    pools = dict(zip(("pools", "of_pools", "no_pools"), words, strict=True))
    columns = zip(*((day.branch_id, *day.opened, *day.starts) for day in days), strict=True)
    asked = {
        **{name: list(values) for name, values in zip(COLUMNS, columns, strict=True)},
        "since": min(day.opened.start for day in days),
        "until": max(day.opened.end for day in days),
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
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(PIECES.format(which=which, own=own, **pools), asked)
        return [
            FreeRange(doctor, chair, branch, first, last if is_in else last - MINUTE, branches[branch].timezone)
            for doctor, chair, branch, first, last, is_in in cursor.fetchall()
        ]


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
    own = "%(length)s::interval" if search.own_minutes is None else "least(%(own)s::interval, %(length)s::interval)"
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


def _windows(branches: dict[int, Branch], search: Search, mark: timedelta) -> Iterator[list[Day]]:
    """Days on which the visit may begin, in growing windows; two statements for all opening hours."""
    if not branches:
        return
    today = {pk: clock.today(row.timezone) for pk, row in branches.items()}
    first = max(search.first or date.min, min(today.values()))
    if first > max(today.values()) + LATEST:
        return
    last = min(search.last or first + HORIZON, first + FARTHEST)
    if last < first:
        return
    hours = opening_hours_of(branches.values(), first, last)
    soonest = next_mark(clock.now(), mark)
    wide = FIRST_WINDOW
    while first <= last:
        dates = [first + timedelta(days=offset) for offset in range(min(wide, (last - first).days + 1))]
        made = [
            _day(row, day, Range(*opened), search, soonest)
            for pk, row in branches.items()
            for day in dates
            if (opened := hours[pk][day]) and day >= today[pk]
            and (not search.weekdays or day.weekday() in search.weekdays)
        ]  # fmt: skip
        if found := [day for day in made if day]:
            yield found
        first, wide = dates[-1] + timedelta(days=1), wide * 2


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
    return Day(branch.pk, Range(begins, ends), starts) if is_room else None


def next_mark(moment: datetime, mark: timedelta) -> datetime:
    """Nobody is offered a time of seconds; people are offered none between the marks of the schedule."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - moment) // mark * mark
