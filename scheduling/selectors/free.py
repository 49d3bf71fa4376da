"""Free time: the first places that fit, and what to offer when a place is taken; ranges, never a query a slot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from catalog.models import Service
from clinic.models import Role, Staff
from clinic.selectors import opening_hours_of
from core import clock
from core.errors import from_integrity_error
from scheduling import policies
from scheduling.errors import SlotHeld, SlotTaken
from scheduling.models import Block, Shift
from scheduling.rules import Range, clean_up, starts_allowed, starts_in
from scheduling.selectors.places import Taken, busy_rows
from scheduling.selectors.pools import places_of_pools, pools_full, pools_needed

HORIZON = timedelta(days=30)
NEAR = timedelta(days=7)
NEXT = timedelta(days=1)
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that can be booked as it stands."""

    doctor_id: int
    chair_id: int
    start: datetime
    end: datetime
    zone: str = field(compare=False)

    @property
    def during(self) -> Range:
        return Range(self.start, self.end)

    def plain(self) -> dict[str, Any]:
        """As the API gives it: moments in the branch's zone."""
        ends = {name: clock.local(getattr(self, name), self.zone).isoformat() for name in ("start", "end")}
        return {"doctor": self.doctor_id, "chair": self.chair_id, **ends}


@dataclass(frozen=True, slots=True)
class Need:
    """What a visit needs of a place, whichever it will be."""

    length: timedelta
    service_buffers: tuple[int, ...] = ()
    own_minutes: int | None = None
    patient_id: int | None = None
    user_id: int | None = None
    except_appointments: frozenset[int] = frozenset()
    pools: tuple[int, ...] = ()

    def lengths(self, shift: Shift) -> dict[tuple[str, int], timedelta]:
        """For how long it takes each resource of a shift."""
        own = self.length if self.own_minutes is None else min(timedelta(minutes=self.own_minutes), self.length)
        needs = {
            ("doctor", shift.doctor_id): own,
            ("chair", shift.chair_id): self.length + clean_up(shift.chair.buffer_minutes, self.service_buffers),
        }
        if self.patient_id:
            needs["patient", self.patient_id] = self.length
        return needs


def shifts_in(during: Range, user: Any) -> QuerySet[Shift]:
    """Shifts of live chairs and doctors in branches that the user sees."""
    rows = Shift.objects.filter(
        starts_at__lt=during.end,
        starts_at__gt=during.start - timedelta(days=1),
        ends_at__gt=during.start,
        chair__deleted_at__isnull=True,
        chair__branch__deleted_at__isnull=True,
        chair__branch_id__in=user.branch_ids,
        doctor__deleted_at__isnull=True,
    ).select_related("chair__branch")
    if user.scope == Role.Scope.OWN:
        rows = rows.filter(doctor_id=user.staff_id) if user.staff_id else rows.none()
    return rows


def spots_in(shifts: Iterable[Shift], need: Need, during: Range) -> Iterator[Spot]:
    """Every place of these shifts that fits, shift by shift; three statements in all."""
    shifts = list(shifts)
    if not shifts:
        return
    branches = {shift.chair.branch_id: shift.chair.branch for shift in shifts}
    hours = opening_hours_of(
        branches.values(), during.start.date() - timedelta(days=1), during.end.date() + timedelta(days=1)
    )
    resources = {resource for shift in shifts for resource in need.lengths(shift)}
    busy = _by_resource(busy_rows(resources, during), need)
    for resource, ranges in _kept(shifts, during).items():
        busy[resource] += ranges
    pooled = _pooled(need, during)
    step = timedelta(minutes=policies.STEP_MINUTES.get())
    for shift in shifts:
        if pooled is None or shift.chair.branch_id in pooled:
            full = pooled[shift.chair.branch_id] if pooled else []
            yield from _spots_of(shift, need, during, hours[shift.chair.branch_id], busy, step, full)


def _pooled(need: Need, during: Range) -> dict[int, list[Range]] | None:
    """When a branch has nothing left of what the visit needs; branches that never have it are left out (SCH-46)."""
    if not need.pools:
        return None
    stands = places_of_pools(need.pools)
    full = pools_full(
        {place: count for places in stands.values() for place, count in places.items()},
        during,
        user_id=need.user_id,
        except_appointments=need.except_appointments,
    )
    return {branch: [each for place in places for each in full[place]] for branch, places in stands.items()}


def _spots_of(
    shift: Shift,
    need: Need,
    during: Range,
    hours: Mapping[date, tuple[datetime, datetime] | None],
    busy: dict[tuple[str, int], list[Range]],
    step: timedelta,
    full: Iterable[Range] = (),
) -> Iterator[Spot]:
    zone = shift.chair.branch.timezone
    first = clock.local(shift.starts_at, zone).date()
    for offset in range((clock.local(shift.ends_at, zone).date() - first).days + 1):
        day = first + timedelta(days=offset)
        if (opened := hours.get(day)) is None:
            continue
        opens, closes = opened
        within = Range(max(shift.starts_at, opens, during.start), min(shift.ends_at, closes, during.end))
        taken = [(each, length) for resource, length in need.lengths(shift).items() for each in busy[resource]]
        taken += [(each, need.length) for each in full]
        midnight = clock.at(day, time.min, zone)
        for allowed in starts_allowed(within, need.length, taken):
            for start in starts_in(allowed, step, midnight):
                yield Spot(shift.doctor_id, shift.chair_id, start, start + need.length, zone)


def _by_resource(rows: Iterable[Taken], need: Need) -> defaultdict[tuple[str, int], list[Range]]:
    """What is in the way; the caller's own holds are not, since his booking uses them up."""
    found: defaultdict[tuple[str, int], list[Range]] = defaultdict(list)
    for row in rows:
        is_own = row.hold_user_id is not None and row.hold_user_id == need.user_id
        if not is_own and row.appointment_id not in need.except_appointments:
            found[row.kind, row.resource_id].append(row.during)
    return found


def _kept(shifts: list[Shift], during: Range) -> dict[tuple[str, int], list[Range]]:
    """Time kept for emergencies and first visits is offered to nobody."""
    chairs, doctors = {shift.chair_id for shift in shifts}, {shift.doctor_id for shift in shifts}
    found: defaultdict[tuple[str, int], list[Range]] = defaultdict(list)
    rows = Block.objects.filter(
        Q(chair__in=chairs) | Q(doctor__in=doctors),
        kind__in=Block.KEPT_FOR,
        starts_at__lt=during.end,
        ends_at__gt=during.start,
    )
    for row in rows:
        if row.chair_id:
            found["chair", row.chair_id].append(Range(row.starts_at, row.ends_at))
        if row.doctor_id:
            found["doctor", row.doctor_id].append(Range(row.starts_at, row.ends_at))
    return found


# What to offer when a place is taken (MOON-01)


@contextmanager
def offering_alternatives(
    *,
    visit: Range,
    patient_id: int,
    doctor_id: int,
    chair_id: int,
    actor: Any,
    own_minutes: int | None = None,
    service_ids: Iterable[int] = (),
    except_appointments: Iterable[int] = (),
) -> Iterator[None]:
    """Adds `facts.alternatives` to a refused place once its transaction and its locks are gone."""
    try:
        yield
    except (SlotTaken, SlotHeld, IntegrityError) as error:
        refusal = from_integrity_error(error) if isinstance(error, IntegrityError) else error
        if not isinstance(refusal, SlotTaken | SlotHeld):
            raise
        buffers = Service.objects.filter(pk__in=list(service_ids)).values_list("buffer_min", flat=True)
        need = Need(
            visit.length,
            tuple(buffers) if service_ids else (),
            own_minutes,
            patient_id,
            actor.pk,
            frozenset(except_appointments),
            pools_needed(service_ids),
        )
        spots = alternatives_find(need, visit=visit, doctor_id=doctor_id, chair_id=chair_id, user=actor)
        refusal.facts["alternatives"] = [spot.plain() for spot in spots]
        if refusal is error:
            raise
        raise refusal from error


def alternatives_find(
    need: Need, *, visit: Range, doctor_id: int, chair_id: int, user: Any, count: int = OFFERED
) -> list[Spot]:
    """The nearest free places within 30 days: the same doctor's first, then those of colleagues.

    Colleagues are of his profession, in the chair's branch and only then elsewhere. The three do not overlap each
    other, so that all can be booked, as long as there are enough that do not. Most often a day around is enough.
    """
    near = lambda spot: (abs(spot.start - visit.start), spot.start, spot.chair_id != chair_id, spot.doctor_id)  # noqa: E731
    chosen: list[Spot] = []
    spare: list[Spot] = []
    for whose, reach in product((same_doctor, colleagues_here, colleagues_elsewhere), (NEXT, NEAR, HORIZON)):
        during = Range(max(clock.now(), visit.start - reach), visit.start + reach)
        shifts = whose(shifts_in(during, user), doctor_id, chair_id)
        for spot in sorted(spots_in(shifts, need, during), key=near):
            if any(spot.during.overlaps(other.during) for other in chosen):
                spare.append(spot)
            else:
                chosen.append(spot)
            if len(chosen) == count:
                return chosen
    spare = [spot for spot in dict.fromkeys(spare) if spot not in chosen]
    same_first = sorted(spare, key=lambda spot: (spot.doctor_id != doctor_id, *near(spot)))
    return sorted(
        [*chosen, *same_first[: count - len(chosen)]], key=lambda spot: (spot.doctor_id != doctor_id, *near(spot))
    )


def same_doctor(shifts: QuerySet[Shift], doctor_id: int, chair_id: int) -> QuerySet[Shift]:
    return shifts.filter(doctor_id=doctor_id)


def colleagues_here(shifts: QuerySet[Shift], doctor_id: int, chair_id: int) -> QuerySet[Shift]:
    """In the chair's branch."""
    return _of_colleagues(shifts, doctor_id).filter(chair__branch__chairs=chair_id)


def colleagues_elsewhere(shifts: QuerySet[Shift], doctor_id: int, chair_id: int) -> QuerySet[Shift]:
    """In the other branches that the user sees."""
    return _of_colleagues(shifts, doctor_id).exclude(chair__branch__chairs=chair_id)


def _of_colleagues(shifts: QuerySet[Shift], doctor_id: int) -> QuerySet[Shift]:
    """Doctors of the same profession; of any, where the doctor has none."""
    through = Staff.professions.through.objects
    mine = through.filter(staff_id=doctor_id).values("profession_id")
    shifts = shifts.exclude(doctor_id=doctor_id)
    if not mine.exists():
        return shifts
    return shifts.filter(doctor_id__in=through.filter(profession_id__in=mine).values("staff_id"))
