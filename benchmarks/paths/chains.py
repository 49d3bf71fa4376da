"""First-free search and a chain of visits where two months are full: 10 branches, 120 chairs, 300,000 appointments ahead.

The limit is the bare range query: what is taken of the same chairs and doctors in the same days, as ranges, nothing else.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.bench import Bench
from benchmarks.data.future import BRANCHES, DAYS, FIRST, FULL_DAYS, future_make
from benchmarks.data.size import CHAIRS
from benchmarks.measure import Line
from clinic.selectors import user_loaded
from core import clock
from scheduling.selectors.chains import Leg, chain_find
from scheduling.selectors.search import Search, offers_find

TAKEN = """
SELECT r.kind, r.id, t.busy FROM unnest(%s::text[], %s::bigint[]) r(kind, id) CROSS JOIN LATERAL (
    SELECT range_agg(during) AS busy FROM scheduling_occupancy
    WHERE NOT is_overbooked AND resource_kind = r.kind AND resource_id = r.id AND during && tstzrange(%s, %s)) t
"""
GAPS = (0, 1, 3, 1, 7, 1, 1, 5)


def measure(bench: Bench) -> Iterator[Line]:
    future_make(bench)
    user = user_loaded(bench.director.user.pk)
    today = clock.today("Europe/Moscow")
    branches = tuple(range(FIRST, FIRST + BRANCHES))
    chairs = range(BRANCHES * CHAIRS)
    everybody = [("chair", FIRST + n) for n in chairs] + [("doctor", FIRST + n) for n in range(2 * len(chairs))]

    def taken(resources: list[tuple[str, int]], first: int, last: int) -> None:
        kinds, ids = zip(*resources, strict=True)
        moments = [clock.now() + timedelta(days=day) for day in (first, last)]
        assert len(bench.sql(TAKEN, [list(kinds), list(ids), *moments])) == len(resources)

    def first_free(**wishes: Any) -> None:
        search = Search(length=timedelta(minutes=30), branches=branches, last=today + timedelta(days=DAYS), **wishes)
        assert offers_find(user, search, limit=10, is_spread=True)

    yield bench.line(
        "first free half hour of 240 doctors, soon", "the bare range query, 3 days",
        lambda n: taken(everybody, FULL_DAYS, FULL_DAYS + 3), lambda n: first_free(first=today + timedelta(days=FULL_DAYS)),
        rounds=10, aim=4,
    )  # fmt: skip
    yield bench.line(
        "first free half hour when 60 days are full", f"the bare range query, {FULL_DAYS + 3} days",
        lambda n: taken(everybody, 0, FULL_DAYS + 3), lambda n: first_free(), rounds=5, aim=4,
    )  # fmt: skip
    yield chain_line(bench, user, taken)


def chain_line(bench: Bench, user: Any, taken: Any) -> Line:
    """Eight visits with three doctors, healing between them; the whole of it lies behind two full months."""

    def resources(number: int) -> tuple[list[int], list[tuple[str, int]]]:
        chairs = [(number * 7 + step) % (BRANCHES * CHAIRS) for step in range(3)]
        doctors = [FIRST + 2 * chair for chair in chairs]
        return doctors, [("chair", FIRST + chair) for chair in chairs] + [("doctor", doctor) for doctor in doctors]

    def chain(number: int) -> None:
        doctors, _resources = resources(number)
        legs = [
            Leg(
                search=Search(
                    length=timedelta(minutes=30 + 10 * (place % 3)), doctors=(doctors[place % 3],), patient=5
                ),
                least=gap,
            )
            for place, gap in enumerate(GAPS)
        ]
        assert chain_find(user, legs, zone="Europe/Moscow").is_whole

    return bench.line(
        "a chain of 8 visits with 3 doctors, behind 60 full days", f"the bare range query, {DAYS} days",
        lambda n: taken(resources(n)[1], 0, DAYS), chain, rounds=10,
    )  # fmt: skip
