"""A doctor's day as he sees it: shifts, visits in order, who is in the chair, who is next."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from core import clock
from scheduling.models import Appointment, Block, Shift, State
from scheduling.selectors.calendar import visits_drawn


@dataclass(slots=True)
class OwnDay:
    day: date
    shifts: list[Shift]
    visits: list[Appointment]
    blocks: list[Block]
    lines: list[Appointment | Block] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(visit.state == State.COMPLETED for visit in self.visits)

    @property
    def expected(self) -> int:
        return sum(visit.is_occupying for visit in self.visits)

    @property
    def current(self) -> Appointment | None:
        """In the chair, else who has arrived, else the next one who is still to come."""
        for states in ((State.IN_CHAIR,), (State.ARRIVED,)):
            found = next((visit for visit in self.visits if visit.state in states), None)
            if found:
                return found
        waiting = [visit for visit in self.visits if visit.state in (State.BOOKED, State.CONFIRMED)]
        return next((visit for visit in waiting if visit.ends_at > clock.now()), None)


def own_day(user: Any, day: date, zone: str) -> OwnDay:
    """Three statements, whichever day."""
    start, end = clock.day_bounds(day, day, zone)
    within = {"doctor": user.staff_id or 0, "starts_at__gte": start, "starts_at__lt": end}
    visits = Appointment.objects.filter(**within, is_mistake=False).exclude(state=State.CANCELLED)
    blocks = list(Block.objects.filter(**within).select_related("chair__branch").order_by("starts_at"))
    found = OwnDay(
        day,
        shifts=list(Shift.objects.filter(**within).select_related("chair__branch", "doctor").order_by("starts_at")),
        visits=list(visits_drawn(visits).select_related("chair").order_by("starts_at", "pk")),
        blocks=blocks,
    )
    found.lines = sorted([*found.visits, *blocks], key=lambda line: line.starts_at)
    return found


def own_week(user: Any, monday: date, zone: str) -> list[tuple[date, int]]:
    """Each day of a week with the number of its visits."""
    start, end = clock.day_bounds(monday, monday + timedelta(days=6), zone)
    moments = Appointment.objects.filter(
        doctor=user.staff_id or 0, starts_at__gte=start, starts_at__lt=end, is_mistake=False
    ).exclude(state__in=(State.CANCELLED, State.NO_SHOW))
    count = Counter(clock.local(moment, zone).date() for moment in moments.values_list("starts_at", flat=True))
    return [(monday + timedelta(days=number), count[monday + timedelta(days=number)]) for number in range(7)]
