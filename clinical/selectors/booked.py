"""What became of the visits of a plan that were booked at once (MOON-02): which are lost, and which that concerns."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clinical.models import ChainVisit, LineState, PlanLine
from core import clock
from scheduling.models import Appointment, PlannedVisit, State

LOST = (State.CANCELLED, State.NO_SHOW)


@dataclass(slots=True)
class BookedVisit:
    """A visit of a chain in the order of the plan. `is_affected`: one before it is lost, or its gap no longer holds."""

    number: int
    row: ChainVisit
    lines: list[PlanLine]
    is_affected: bool = False

    @property
    def appointment(self) -> Appointment | None:
        return self.row.appointment

    @property
    def planned(self) -> PlannedVisit | None:
        return self.row.planned

    @property
    def is_done(self) -> bool:
        is_over = self.appointment is not None and self.appointment.state == State.COMPLETED
        return is_over or all(line.state == LineState.DONE for line in self.lines)

    @property
    def is_lost(self) -> bool:
        gone = self.appointment is not None and self.appointment.state in LOST
        return not self.is_done and (gone or (self.planned is not None and self.planned.outcome == "removed"))

    @property
    def is_coming(self) -> bool:
        return not self.is_done and not self.is_lost


def booked_of_plans(plan_ids: Iterable[int]) -> dict[int, list[BookedVisit]]:
    """Of each plan its newest visits, each line once; two statements for all."""
    rows = ChainVisit.objects.filter(chain__plan__in=set(plan_ids)).select_related(
        "chain", "appointment__branch", "appointment__doctor", "appointment__chair", "planned"
    )
    visits = list(rows.prefetch_related("lines__service").order_by("-chain_id", "position"))
    seen: set[int] = set()
    found: dict[int, list[tuple[tuple[int, int, int], ChainVisit, list[PlanLine]]]] = defaultdict(list)
    for visit in visits:
        lines = [line for line in visit.lines.all() if line.pk not in seen]
        if lines:
            found[visit.chain.plan_id].append((min(_place(line) for line in lines), visit, lines))
        # A line of an older chain that a newer one has booked again counts there only.
        seen.update(line.pk for line in lines)
    return {plan: _judged(sorted(each, key=lambda one: one[0])) for plan, each in found.items()}


def _place(line: PlanLine) -> tuple[int, int, int]:
    return line.phase, line.position, line.pk


def _judged(rows: Sequence[tuple[Any, ChainVisit, list[PlanLine]]]) -> list[BookedVisit]:
    made = [BookedVisit(number, row, lines) for number, (_key, row, lines) in enumerate(rows)]
    if not any(visit.is_coming for visit in made):
        return []  # all of it was taken back or is over: there is nobody to look after
    is_lost, before = False, None
    for visit in made:
        if visit.is_coming:
            visit.is_affected = is_lost or _is_out_of_gap(before, visit)
        is_lost = is_lost or visit.is_lost
        if not visit.is_lost and visit.appointment:
            before = visit.appointment
    return made


def _is_out_of_gap(before: Appointment | None, visit: BookedVisit) -> bool:
    row = visit.appointment
    if row is None or before is None or row.starts_at <= clock.now():
        return False
    days = (row.local_start.date() - before.local_start.date()).days
    most = visit.row.gap_most
    return row.starts_at < before.ends_at or days < visit.row.gap_days or (most is not None and days > most)
