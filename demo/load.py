"""The whole demo clinic in one transaction, proven at the end by the checks that real clinics have."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from core.audit import audit
from core.errors import DomainError
from demo import (
    barter,
    days,
    desk,
    insure,
    lists,
    money,
    online,
    papers,
    people,
    place,
    plans,
    prices,
    promotions,
    talk,
    taxes,
    trail,
    treatment,
)
from demo.world import World
from ledger.selectors import ledger_check
from ledger.services import totals_roll_up
from scheduling.selectors.checking import occupancy_check


class NotEmpty(DomainError):
    """There are patients already: the demo is only for an empty clinic."""

    code = "not_empty"
    message = _("The demo clinic is loaded only into an empty database.")


def load(*, patients: int, days_back: int, say: Callable[[str], Any] = lambda line: None) -> World:
    """Build everything and check it. Raises NotEmpty."""
    started = monotonic()
    with transaction.atomic():
        world = World.begin(patients=patients, days=days_back)
        for step in STEPS:
            step(world)
            say(f"{monotonic() - started:5.1f} s  {step.__module__.rpartition('.')[2]}.{step.__name__}")
        audit(None, "demo.clinic.loaded", patients=len(world.people), visits=len(world.visits))
        say(f"{monotonic() - started:5.1f} s  written down, now the database checks it")
    say(f"{monotonic() - started:5.1f} s  committed")
    prove()
    say(f"{monotonic() - started:5.1f} s  proven")
    return world


def prove() -> None:
    """The checks that a real clinic has: what is taken is what visits take, the book balances, totals follow it."""
    totals_roll_up()
    taken = occupancy_check(dict(Service.objects.values_list("pk", "buffer_min")))
    if not taken.is_right:
        raise RuntimeError(
            f"occupancy: {len(taken.missing)} missing, {len(taken.extra)} extra, {len(taken.lonely)} lonely"
        )
    book = ledger_check()
    if not book.balanced:
        raise RuntimeError(f"ledger: {book.problems[:5]}")


STEPS: list[Callable[[World], None]] = [
    place.build, prices.build, people.build, days.tell, people.write, days.write, treatment.build, money.build, money.drafts,
    talk.build, lists.build, plans.build, desk.build, barter.build, insure.build, online.build, promotions.build, taxes.build,
    trail.build, papers.build,
]  # fmt: skip
