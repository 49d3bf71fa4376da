"""Make the clinic once a size; a mark beside the data says that it is whole."""

import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.data.size import Size

SHAPE = 1  # another shape of the data makes the kept ones stale


def is_made(mark: Path, size: Size) -> bool:
    try:
        found = json.loads(mark.read_text("utf8"))
    except (OSError, ValueError):
        return False
    return found.get("shape") == SHAPE and found.get("patients") == size.patients


def make(mark: Path, size: Size, say: Callable[[str], Any]) -> None:
    """Into an empty, migrated database; about four million rows of money and three of what is taken for a million."""
    from benchmarks.data import money, people, place, visits
    from benchmarks.data.loading import Loader
    from patients.models import Patient

    began = time.monotonic()
    last = date.today() - timedelta(days=1)
    load = Loader(say)
    place.names_make(load)
    place.days_make(load, size, last)
    place.place_make(load, size)
    with load.bare(Patient):
        people.people_make(load, size)
    visits.visits_make(load, size)
    money.money_make(load, size)
    if wrong := visits.overlaps(load):
        raise SystemExit(f"{wrong} visits lie over others: the data are of no use")
    load.sequences_catch_up()
    place.users_make(size)
    load.timed("vacuum", "VACUUM ANALYZE")
    load.timed("checkpoint", "CHECKPOINT")
    mark.write_text(json.dumps({"shape": SHAPE, "patients": size.patients, "last": last.isoformat()}), "utf8")
    say(f"the clinic is made: {time.monotonic() - began:.0f} s")
