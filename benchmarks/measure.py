"""Times of two ways of doing a thing, taken turn by turn, so that both suffer alike from what else the machine does."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

Act = Callable[[int], Any]


@dataclass(slots=True)
class Line:
    """One line of the table. Times in milliseconds; `peer` was measured elsewhere (care, see docs/benchmarks.md)."""

    name: str
    limit_is: str
    limit: float | None = None
    ours: float | None = None
    limit_cpu: float | None = None
    ours_cpu: float | None = None
    aim: float | None = None
    unit: str = "ms"
    peer: float | None = None
    peer_aim: float | None = None
    statements: int | None = None
    budget: int | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.limit if self.limit and self.ours is not None else None

    @property
    def cpu_ratio(self) -> float | None:
        return self.ours_cpu / self.limit_cpu if self.limit_cpu and self.ours_cpu is not None else None

    @property
    def missed(self) -> list[str]:
        """What of the aims is not met, in words."""
        found = []
        if self.ratio is not None and self.aim is not None and self.ratio > self.aim:
            found.append(f"{self.ratio:.2f} times the limit, aim {self.aim:g}")
        if self.statements is not None and self.budget is not None and self.statements > self.budget:
            found.append(f"{self.statements} statements, aim {self.budget}")
        if self.peer and self.peer_aim and self.ours is not None and self.ours / self.peer > self.peer_aim:
            found.append(f"{self.ours / self.peer:.2f} of the peer's time, aim {self.peer_aim:g}")
        return found


@dataclass(slots=True)
class Spent:
    """Milliseconds of one act: on the wall, and of processors, ours and the database's."""

    wall: float
    cpu: float


@dataclass(slots=True)
class Pair:
    limits: list[Spent] = field(default_factory=list)
    ours: list[Spent] = field(default_factory=list)


def undisturbed(times: Iterable[float]) -> float:
    """The median of the quicker half: what others do on the machine lengthens long acts more often than short ones."""
    ordered = sorted(times)
    return statistics.median(ordered[: max(1, len(ordered) // 2)])


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


class Watch:
    """Processor time of this process and of the database's processes that work for it."""

    def __init__(self, *backends: int) -> None:
        self.backends = backends

    def cpu(self) -> float:
        return time.process_time() * 1000 + sum(cpu_of(pid) for pid in self.backends)

    def spent(self, act: Callable[[], Any]) -> Spent:
        cpu, began = self.cpu(), time.perf_counter()
        act()
        wall = (time.perf_counter() - began) * 1000
        return Spent(wall, self.cpu() - cpu)


def cpu_of(pid: int) -> float:
    """What the kernel counts to a thread, in milliseconds; 0 where it does not tell."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb", buffering=0) as file:
            return int(file.read().split()[0]) / 1e6
    except OSError:
        return 0.0


def side_by_side(limit: Act, ours: Act, watch: Watch, *, rounds: int = 40, warm: int = 4) -> Pair:
    """Both get the number of the round and should do the same work for it."""
    for number in range(warm):
        limit(number)
        ours(number)
    pair = Pair()
    turns = [(limit, pair.limits), (ours, pair.ours)]
    for number in range(warm, warm + rounds):
        for act, kept in turns if number % 2 else reversed(turns):
            kept.append(watch.spent(lambda act=act, number=number: act(number)))
    return pair


@contextmanager
def counted() -> Iterator[list[str]]:
    """Statements of this connection, without the marks of nested transactions."""
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
            asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


def line_of(name: str, limit_is: str, limit: Act, ours: Act, watch: Watch, **options: Any) -> Line:
    """The usual line: both timed, the statements of one request of ours counted."""
    pair = side_by_side(limit, ours, watch, rounds=options.pop("rounds", 40))
    with counted() as asked:
        ours(10_000)
    return Line(
        name,
        limit_is,
        undisturbed(spent.wall for spent in pair.limits),
        undisturbed(spent.wall for spent in pair.ours),
        undisturbed(spent.cpu for spent in pair.limits),
        undisturbed(spent.cpu for spent in pair.ours),
        statements=len(asked),
        **options,
    )
