"""Lines of a plan become visits (MOON-02), on plain values: what is done at once, by whom, and what has to wait."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

Gap = tuple[int, int | None]  # days at least, at most


@dataclass(frozen=True, slots=True)
class Work:
    """A line that is still to be done. `who` is ("doctor", id) or ("profession", id); `visit` names one that is booked."""

    id: int
    phase: int
    place: int
    minutes: int
    who: tuple[str, int]
    purpose: str = ""
    healing: Gap = (0, None)
    visit: int | None = None
    not_before: date | None = None

    @property
    def heals(self) -> bool:
        return self.healing[0] > 0


@dataclass(slots=True)
class Visit:
    """Works of one visit, and the days before the next: at least, at most."""

    works: list[Work]
    after: Gap = (0, None)
    floor: date | None = field(default=None)

    @property
    def first(self) -> Work:
        return self.works[0]

    @property
    def minutes(self) -> int:
        return sum(work.minutes for work in self.works)

    @property
    def heals(self) -> bool:
        return any(work.heals for work in self.works)

    @property
    def order(self) -> tuple[int, int]:
        return min((work.phase, work.place) for work in self.works)


def visits_of(works: Iterable[Work], *, longest: int, phase_gaps: Mapping[int, Gap]) -> list[Visit]:
    """Works by phase and who does them, none longer than `longest` minutes unless one work alone is.

    What follows a work that heals waits for it, unless it heals itself; visits that are booked stay as they are.
    """
    booked: dict[int, Visit] = {}
    fresh: list[Visit] = []
    for work in sorted(works, key=lambda each: (each.phase, each.place)):
        if work.visit is not None:
            if work.visit in booked:
                booked[work.visit].works.append(work)
            else:
                booked[work.visit] = Visit([work])
            continue
        visit = _open_visit(fresh, work, longest)
        if visit:
            visit.works.append(work)
        else:
            fresh.append(Visit([work]))
    visits = sorted([*booked.values(), *fresh], key=lambda each: each.order)
    for number, visit in enumerate(visits):
        is_last_of_phase = number + 1 < len(visits) and visits[number + 1].order[0] > visit.order[0]
        extra = [phase_gaps[visit.order[0]]] if is_last_of_phase and visit.order[0] in phase_gaps else []
        visit.after = joined([*(work.healing for work in visit.works), *extra])
        visit.floor = max((work.not_before for work in visit.works if work.not_before), default=None)
    return visits


def _open_visit(visits: Sequence[Visit], work: Work, longest: int) -> Visit | None:
    """The visit of the same phase that may take one work more."""
    for visit in reversed(visits):
        if visit.first.phase != work.phase:
            return None
        is_same = (visit.first.who, visit.first.purpose) == (work.who, work.purpose)
        if is_same and visit.minutes + work.minutes <= longest and (work.heals or not visit.heals):
            return visit
        if visit.heals:
            return None
    return None


def joined(gaps: Iterable[Gap]) -> Gap:
    """The longest of what must pass, the shortest of what may; where they contradict, healing comes first."""
    gaps = list(gaps)
    least = max((gap[0] for gap in gaps), default=0)
    most = [gap[1] for gap in gaps if gap[1] is not None]
    return least, max(min(most), least) if most else None


@dataclass(frozen=True, slots=True)
class Done:
    """A line that was done on a day."""

    phase: int
    place: int
    day: date
    healing: int


def floor_after(done: Iterable[Done], visit: Visit, phase_gaps: Mapping[int, Gap]) -> date | None:
    """Before which day a visit is too early for what has been done before it."""
    days = [each.day + timedelta(days=each.healing) for each in done if (each.phase, each.place) < visit.order]
    days += [
        each.day + timedelta(days=phase_gaps[each.phase][0])
        for each in done
        if each.phase < visit.order[0] and each.phase in phase_gaps
    ]
    return max(days, default=None)
