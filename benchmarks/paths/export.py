"""All patients to CSV, through the same view as the button of the list; memory must not grow with the rows."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Line


def measure(bench: Bench) -> Iterator[Line]:
    """Each way in a process of its own, whose peak of memory the kernel tells."""
    limit, ours = run("copy"), run("view")
    note = (
        f"{ours['rows']:,} rows; our memory grew by {ours['grew']:.0f} MiB over what the program takes, "
        f"COPY's client by {limit['grew']:.0f}"
    )
    yield Line("export of all patients to CSV", "COPY of the same columns", limit["ms"], ours["ms"], aim=3, note=note)


def run(way: str) -> dict[str, float]:
    """`python -m benchmarks.paths.export copy|view` in the environment of this run."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.paths.export", way], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(way: str) -> None:
    import django

    django.setup()
    from benchmarks.bench import Door

    door = Door("director")
    door.page("/patients/")  # what a page imports is not the export's
    before, began = peak(), time.perf_counter()
    rows = copy(door) if way == "copy" else view(door)
    spent = (time.perf_counter() - began) * 1000
    print(json.dumps({"ms": spent, "rows": rows, "grew": peak() - before}))


class Counter:
    """A file that keeps nothing."""

    def __init__(self) -> None:
        self.lines = 0

    def write(self, data: bytes | str) -> None:
        self.lines += data.count(b"\n" if isinstance(data, bytes) else "\n")  # type: ignore[arg-type]


def copy(door) -> int:  # type: ignore[no-untyped-def]
    """The columns that the list shows, as the database itself writes them."""
    from django.db import connection
    from django.http import QueryDict

    from core.export import readers_of, with_files
    from patients.listings import PatientListing

    screen = PatientListing(door.user, QueryDict())
    names = [name for name, _writer in readers_of(screen) or ()]
    statement, params = with_files(screen, screen.rows()).values_list(*names).query.sql_with_params()
    sink = Counter()
    with connection.cursor() as cursor:
        asked = cursor.mogrify(statement, params).decode()
        cursor.copy_expert(f"COPY ({asked}) TO STDOUT WITH (FORMAT csv)", sink)
    return sink.lines


def view(door) -> int:  # type: ignore[no-untyped-def]
    sink = Counter()
    for chunk in door.page("/patients/export.csv").streaming_content:
        sink.write(chunk)
    return sink.lines


if __name__ == "__main__":
    main(sys.argv[1])
