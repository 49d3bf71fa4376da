"""«Book the plan» (MOON-02): visits of a plan, the chain of places proposed for them, what became of a booked one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any

from clinic.models import Staff
from clinical import grouping, policies
from clinical.grouping import Gap
from clinical.models import ChainVisit, LineState, PlanLine, PlanStatus, TreatmentPlan
from clinical.slots import CHAIN_WAITS, Wait
from core import clock
from scheduling.models import Appointment, State
from scheduling.selectors.chains import Chain, Leg, chain_find
from scheduling.selectors.free import Spot
from scheduling.selectors.pools import pools_of_services
from scheduling.selectors.search import LATEST, Search, offers_find

OPEN = (State.BOOKED, State.CONFIRMED)
GOING_ON = (State.ARRIVED, State.IN_CHAIR)
ANYBODY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the patient asks of all visits. `doctor` is an id, "any" or "" for the plan's; `apart` days between two."""

    first: date | None = None
    weekdays: tuple[int, ...] = ()
    part: str = ""
    time_from: time | None = None
    time_to: time | None = None
    doctor: str = ""
    branch: int | None = None
    apart: int = 1
    same_doctor: bool = True

    def plain(self) -> dict[str, Any]:
        """As it is kept with the chain."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Wishes, and what somebody has done with single visits, each named by its first line."""

    wishes: Wishes = Wishes()
    pins: Mapping[int, Spot] = field(default_factory=dict)
    floors: Mapping[int, date] = field(default_factory=dict)
    newest: int | None = None


@dataclass(slots=True)
class PlanVisit:
    """A visit of a plan, with the place proposed for it. `key` is the number of its first line."""

    number: int
    key: int
    lines: list[PlanLine]
    phase: int
    search: Search
    group: str
    gap: Gap
    reasons: list[Any]
    floor: date | None
    appointment: Appointment | None = None
    is_pinned: bool = False
    is_unpinned: bool = False
    spot: Spot | None = None
    not_before: date | None = None

    @property
    def minutes(self) -> int:
        return int(self.search.length.total_seconds() // 60)

    @property
    def stands(self) -> bool:
        """It is booked already, and just there."""
        row, spot = self.appointment, self.spot
        return bool(row and spot) and (row.doctor_id, row.chair_id, row.starts_at) == (
            spot.doctor_id, spot.chair_id, spot.start,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    plan: TreatmentPlan
    wishes: Wishes
    visits: list[PlanVisit]
    last_day: date | None

    @property
    def placed(self) -> list[PlanVisit]:
        return [visit for visit in self.visits if visit.spot]

    @property
    def to_book(self) -> list[PlanVisit]:
        return [visit for visit in self.placed if not visit.stands]

    @property
    def without(self) -> list[PlanVisit]:
        return [visit for visit in self.visits if not visit.spot]

    @property
    def ends_on(self) -> date | None:
        return clock.local(self.placed[-1].spot.start, self.plan.branch.timezone).date() if self.placed else None


def is_bookable(plan: TreatmentPlan) -> bool:
    return plan.status in (PlanStatus.APPROVED, PlanStatus.IN_WORK)


def chain_propose(user: Any, plan: TreatmentPlan, asked: Asked | None = None) -> Proposal:
    """The chain that ends first over free ranges; visits that are booked stay where they are, if they can."""
    asked = asked or Asked()
    visits = plan_visits(plan, asked.wishes, user)
    legs = [leg_of(visit, asked) for visit in visits]
    newest = next((visit.number for visit in visits if visit.key == asked.newest), None)
    found = chain_find(user, legs, zone=plan.branch.timezone, newest=newest) if legs else Chain([])
    for visit, spot, day in zip(visits, found.spots, found.not_before, strict=True):
        visit.spot, visit.not_before = spot, day
        visit.is_pinned = visit.key in asked.pins and visit.number not in found.unpinned
        visit.is_unpinned = visit.number in found.unpinned
    return Proposal(plan, asked.wishes, visits, found.last_day)


def leg_of(visit: PlanVisit, asked: Asked) -> Leg:
    """A place that somebody has chosen comes before the one where the visit stands."""
    row, pin = visit.appointment, asked.pins.get(visit.key)
    if pin is not None:
        pin = replace(pin, end=pin.start + visit.search.length)
    floors = [day for day in (visit.floor, sensible(asked.floors.get(visit.key))) if day]
    if pin is None and row and visit.key not in asked.floors:
        pin = Spot(row.doctor_id, row.chair_id, row.starts_at, row.ends_at, row.branch.timezone)
    return Leg(
        search=visit.search, least=visit.gap[0], most=visit.gap[1], group=visit.group, floor=max(floors, default=None), pin=pin
    )  # fmt: skip


def sensible(day: date | None) -> date | None:
    """Nobody has shifts ten years ahead; a day of the year 9999 only breaks the arithmetic."""
    return min(day, clock.now().date() + LATEST) if day else None


def alternatives_of(
    user: Any, proposal: Proposal, visit: PlanVisit, *, first: date | None, limit: int = 12
) -> list[Spot]:
    """Other places for one visit, none too early after the visit before it; those after it follow."""
    days = [day for day in (visit.floor, visit.search.first) if day]
    before = proposal.visits[visit.number - 1].spot if visit.number else None
    if before:
        days.append(clock.local(before.start, proposal.plan.branch.timezone).date() + timedelta(days=visit.gap[0]))
    least = max(days, default=None)
    first = sensible(first)
    wanted = max(day for day in (least, first) if day) if least or first else None
    found = offers_find(user, replace(visit.search, first=wanted, last=None), limit=limit, is_spread=True)
    return [spot for spot in found if not before or spot.start >= before.end]


# The visits of a plan


def plan_visits(plan: TreatmentPlan, wishes: Wishes, user: Any) -> list[PlanVisit]:
    """What is still to be done as visits in order, those that are booked among them; a constant number of queries."""
    rows = plan.lines.select_related("service", "doctor")
    lines = {line.pk: line for line in rows.order_by("phase", "position", "pk")}
    places = {pk: place for place, pk in enumerate(lines)}
    booked = booked_for(lines)
    waits: dict[int, list[Wait]] = CHAIN_WAITS.gather(plan, list(lines.values()))
    doctors = professions_by_doctor({plan.doctor_id, int(wishes.doctor) if wishes.doctor.isdigit() else 0})
    gaps = {phase: plan.phase_gap(phase) for phase in {line.phase for line in lines.values()}}
    works = [
        work_of(plan, line, places[line.pk], wishes, doctors, booked.get(line.pk), waits.get(line.pk, []))
        for line in lines.values()
        if line.state != LineState.DONE and not is_going_on(booked.get(line.pk))
    ]
    visits = grouping.visits_of(works, longest=policies.LONGEST_VISIT.get(), phase_gaps=gaps)
    done = [
        grouping.Done(line.phase, places[line.pk], day, line.healing[0])
        for line in lines.values()
        if (day := day_done(line, booked.get(line.pk), plan))
    ]
    appointments = {row.pk: row for row in booked.values()}
    pools = pools_of_services(line.service_id for line in lines.values())
    leaves_out = tuple(work.visit for work in works if work.visit)
    made = []
    for number, visit in enumerate(visits):
        own = [lines[work.id] for work in visit.works]
        needed = set().union(*(pools[line.service_id] for line in own))
        gap = grouping.joined([visits[number - 1].after, (wishes.apart, None)]) if number else (0, None)
        floors = [day for day in (visit.floor, grouping.floor_after(done, visit, gaps)) if day]
        made.append(
            PlanVisit(
                number, visit.works[0].id, own, visit.order[0], search_of(plan, visit, own, wishes, leaves_out, needed),
                group_of(visit, wishes), gap, reasons_of(visits[number - 1], lines, waits, gaps) if number else [],
                max(floors, default=None), appointments.get(visit.first.visit) if visit.first.visit else None,
            )
        )  # fmt: skip
    return made


def booked_for(lines: Mapping[int, PlanLine]) -> dict[int, Appointment]:
    """The visit that each line stands in, if that visit is still to come or going on."""
    through = ChainVisit.lines.through.objects.filter(planline__in=lines, chainvisit__appointment__isnull=False)
    rows = through.select_related("chainvisit__appointment__branch").order_by("chainvisit__chain_id", "pk")
    newest = {row.planline_id: row.chainvisit.appointment for row in rows}
    return {pk: row for pk, row in newest.items() if row.state in (*OPEN, *GOING_ON)}


def is_going_on(row: Appointment | None) -> bool:
    return row is not None and (row.state in GOING_ON or row.starts_at <= clock.now())


def day_done(line: PlanLine, row: Appointment | None, plan: TreatmentPlan) -> date | None:
    if line.state == LineState.DONE:
        return line.done_on
    return row.local_start.date() if row is not None and is_going_on(row) else None


def professions_by_doctor(doctor_ids: set[int]) -> dict[int, list[int]]:
    rows = Staff.professions.through.objects.filter(staff_id__in=doctor_ids).order_by("pk")
    found: dict[int, list[int]] = defaultdict(list)
    for doctor, profession in rows.values_list("staff_id", "profession_id"):
        found[doctor].append(profession)
    return found


def work_of(
    plan: TreatmentPlan, line: PlanLine, place: int, wishes: Wishes, doctors: Mapping[int, list[int]],
    booked: Appointment | None, waits: Sequence[Wait],
) -> grouping.Work:  # fmt: skip
    minutes = max(line.service.duration_min * line.quantity, 5)
    healing = grouping.joined([line.healing, *((wait.days, wait.most) for wait in waits)])
    return grouping.Work(
        line.pk, line.phase, place, minutes, who_does(plan, line, wishes, doctors), line.service.chair_purpose, healing,
        booked.pk if booked else None, max((wait.not_before for wait in waits if wait.not_before), default=None),
    )  # fmt: skip


def who_does(plan: TreatmentPlan, line: PlanLine, wishes: Wishes, doctors: Mapping[int, list[int]]) -> tuple[str, int]:
    """The line's own doctor; else the one wished for, or the plan's, if it is his profession; else whoever has it."""
    if line.doctor_id:
        return "doctor", line.doctor_id
    profession = line.service.profession_id
    if wishes.doctor.isdigit() and (profession is None or profession in doctors.get(int(wishes.doctor), ())):
        return "doctor", int(wishes.doctor)
    own = doctors.get(plan.doctor_id, [])
    if wishes.doctor == ANYBODY and (profession or own):
        return "profession", profession or own[0]
    return ("doctor", plan.doctor_id) if profession is None or profession in own else ("profession", profession)


def group_of(visit: grouping.Visit, wishes: Wishes) -> str:
    kind, pk = visit.first.who
    return f"{kind}:{pk}" if wishes.same_doctor and kind == "profession" else ""


def search_of(
    plan: TreatmentPlan,
    visit: grouping.Visit,
    lines: Sequence[PlanLine],
    wishes: Wishes,
    leaves_out: tuple[int, ...],
    pools: set[int],
) -> Search:
    kind, pk = visit.first.who
    minutes = -(-visit.minutes // 5) * 5
    return Search(
        length=timedelta(minutes=min(minutes, 720)), buffer=max(line.service.buffer_min for line in lines),
        doctors=(pk,) if kind == "doctor" else (), profession=pk if kind == "profession" else None,
        branches=(wishes.branch,) if wishes.branch else (), purpose=visit.first.purpose, patient=plan.patient_id,
        first=sensible(wishes.first), weekdays=frozenset(wishes.weekdays), part=wishes.part, time_from=wishes.time_from,
        time_to=wishes.time_to, leaves_out=leaves_out, pools=tuple(sorted(pools)),
    )  # fmt: skip


def reasons_of(
    before: grouping.Visit, lines: Mapping[int, PlanLine], waits: Mapping[int, list[Wait]], gaps: Mapping[int, Gap]
) -> list[Any]:
    """Why the next visit waits: words of the apps that ask for it, else healing."""
    return [wait.label for work in before.works for wait in waits.get(work.id, ()) if wait.days]
