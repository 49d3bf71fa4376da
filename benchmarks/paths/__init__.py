"""The hot paths, in the order of the table."""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Line

Path = Callable[[Bench], Iterator[Line]]


def every() -> dict[str, Path]:
    from benchmarks.paths import (
        booking,
        calendar,
        chains,
        dashboard,
        export,
        live,
        memory,
        mixed,
        money,
        reminders,
        search,
    )

    return {
        "search": search.measure,
        "calendar": calendar.measure,
        "booking": booking.measure,
        "chains": chains.measure,
        "money": money.measure,
        "mixed": mixed.measure,
        "dashboard": dashboard.measure,
        "export": export.measure,
        "reminders": reminders.measure,
        "memory": memory.measure,
        "live": live.measure,
    }
