"""The earliest chain of visits, against every chain that there is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from scheduling.chaining import Link, Task, best, earliest, longest_prefix, pins_kept

pytestmark = pytest.mark.feature("MOON-02")
ZONE = "Europe/Moscow"
DAY = datetime(2027, 3, 1, 6, tzinfo=UTC)  # 9:00 in Moscow
STEP = timedelta(minutes=30)
ALL_DAY = [(first, first + 7) for first in range(0, 40, 8)]


@dataclass
class Rows:
    """(visit, doctor) -> ranges of beginnings, as steps of half an hour from the first morning."""

    free: dict[tuple[int, int], list[tuple[int, int]]]

    def of(self, number, doctor):
        return [
            each
            for (visit, who), rows in self.free.items()
            if visit == number and doctor in (None, who)
            for each in rows
        ]

    def soonest(self, number, since, doctor, until):
        able = [max(moment(first), since) for first, last in self.of(number, doctor) if moment(last) >= since]
        first = min(able, default=None)
        return None if first is None or (until and first > until) else first

    def doctors(self, number, until):
        return {
            who for (visit, who), rows in self.free.items()
            if visit == number and any(until is None or moment(first) <= until for first, _last in rows)
        }  # fmt: skip


def moment(step: int) -> datetime:
    """Eight half hours a day."""
    return DAY + timedelta(days=step // 8) + STEP * (step % 8)


@st.composite
def tasks(draw):
    count = draw(st.integers(1, 4))
    ranges = st.tuples(st.integers(0, 39), st.integers(0, 3)).map(
        lambda pair: (pair[0], min(pair[0] + pair[1], pair[0] // 8 * 8 + 7))
    )
    doctors = st.sets(st.integers(1, 3), min_size=1)
    pairs = [(visit, doctor) for visit in range(count) for doctor in draw(doctors)]
    free = {pair: draw(st.lists(ranges, max_size=4)) for pair in pairs}
    least = st.integers(0, 2)
    links = [
        Link(days := draw(least), draw(st.one_of(st.none(), st.integers(days, 3))), STEP * draw(st.integers(0, 1)))
        for _ in range(count - 1)
    ]
    groups = [draw(st.sampled_from(["", "", "a", "b"])) for _ in range(count)]
    lengths = [STEP * draw(st.integers(1, 2)) for _ in range(count)]
    return Task(lengths, [moment(draw(st.integers(0, 10)))] + [DAY] * (count - 1), links, ZONE, groups), Rows(free)


def date_of(when):
    return clock.local(when, ZONE).date()


def obeys(task: Task, starts) -> bool:
    if any(start < floor for start, floor in zip(starts, task.floors, strict=True)):
        return False
    for number, link in enumerate(task.links):
        days = (date_of(starts[number + 1]) - date_of(starts[number])).days
        if days < link.least or (link.most is not None and days > link.most):
            return False
        if starts[number + 1] < starts[number] + task.lengths[number] + link.pause:
            return False
    return True


def every_chain(task: Task, rows: Rows):
    """All chains on the half hours: beginnings of each visit, with one doctor a group."""
    names = sorted({group for group in task.groups if group})
    for chosen in product((1, 2, 3), repeat=len(names)):
        doctors = dict(zip(names, chosen, strict=True))
        able = [
            sorted({step for first, last in rows.of(number, doctors.get(group)) for step in range(first, last + 1)})
            for number, group in enumerate(task.groups)
        ]
        yield from (list(map(moment, steps)) for steps in product(*able) if obeys(task, list(map(moment, steps))))


@given(tasks())
@settings(max_examples=250, deadline=None)
def test_no_chain_ends_earlier_and_of_those_none_begins_a_visit_earlier(made):
    task, rows = made
    found = best(task, rows)
    known = min(((starts[-1], starts) for starts in every_chain(task, rows)), default=None)
    assert (found.key if found else None) == known
    if found:
        assert obeys(task, found.starts)
        for number, group in enumerate(task.groups):
            assert rows.soonest(number, found.starts[number], found.doctors.get(group), None) == found.starts[number]


@given(tasks())
@settings(max_examples=100, deadline=None)
def test_without_groups_each_visit_is_as_early_as_in_any_chain(made):
    task, rows = made
    plain = Task(task.lengths, task.floors, task.links, task.zone, [""] * len(task.lengths))
    chains = list(every_chain(plain, rows))
    found = earliest(plain, rows)
    assert found == ([min(column) for column in zip(*chains, strict=True)] if chains else None)


def test_a_greatest_gap_draws_the_visit_before_later():
    """Every second visit is on the fifth day; at most two days lie between, so the first waits for the third."""
    task = Task([STEP, STEP], [DAY, DAY], [Link(1, 2)], ZONE, ["", ""])
    rows = Rows({(0, 1): ALL_DAY, (1, 1): [(34, 34)]})
    assert earliest(task, rows) == [moment(16), moment(34)]


def test_as_many_visits_as_have_a_place():
    task = Task([STEP] * 3, [DAY] * 3, [Link(1), Link(30)], ZONE, [""] * 3)
    rows = Rows({(visit, 1): ALL_DAY for visit in range(3)})
    count, found = longest_prefix(task, rows)
    assert (count, found.starts) == (2, [moment(0), moment(8)])
    assert longest_prefix(task, Rows({})) == (0, None)


def test_the_newest_choice_stays_and_what_contradicts_it_goes():
    assert pins_kept([0, 1, 2], lambda kept: kept <= {0, 2} or kept == {1}, newest=1) == ({1}, {0, 2})
    assert pins_kept([0, 1, 2], lambda kept: kept <= {0, 2} or kept == {1}) == ({0, 2}, {1})
