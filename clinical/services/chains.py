"""A whole plan is booked in one transaction (MOON-02)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from clinical.errors import ChainGap, PlanNotApproved
from clinical.models import Chain, ChainVisit, TreatmentPlan
from clinical.selectors.chains import Asked, PlanVisit, Proposal, Wishes, chain_propose, is_bookable, plan_visits
from clinical.services.plans import declare, plan_locked, tell
from core import clock, live, undo
from core.command import check_version, command
from core.errors import Invalid
from scheduling.errors import ChainBroken
from scheduling.models import Appointment, PlannedVisit
from scheduling.selectors.free import Spot
from scheduling.services import chain_book, planned_add
from scheduling.services.booking import Wish
from scheduling.services.chains import Moved, planned_leave, planned_made

BOOKED = declare("booked", _("%(object)s: %(visits)s visits booked at once"), "calendar-plus", "green")


@dataclass(frozen=True, slots=True)
class PlaceIn:
    """Where the visit that begins with a line shall be."""

    line: int
    doctor_id: int
    chair_id: int
    start: datetime


def plan_book(
    *, plan_id: int, places: Sequence[PlaceIn], wishes: Wishes, actor: Any, hold_ids: Iterable[int] = (),
    expected_version: int | None = None,
) -> Chain:  # fmt: skip
    """Book the visits of a plan, all or none (MOON-02). Taken back by one undo, as long as nobody works on them.

    A lost place is ChainBroken with `facts.visit`, `facts.line` and, found after the locks are gone, `facts.proposal`:
    a fresh chain that keeps every other place. Raises PlanNotApproved, Stale, ChainGap, Invalid on `visits`.
    """
    try:
        return _book(plan_id=plan_id, places=places, wishes=wishes, actor=actor, hold_ids=list(hold_ids),
                     expected_version=expected_version)  # fmt: skip
    except ChainBroken as error:
        plan = TreatmentPlan.objects.select_related("branch").get(pk=plan_id)
        lost = places[error.facts["visit"]]
        kept = {each.line: each for each in places if each.line != lost.line}
        error.facts["line"] = lost.line
        error.proposal = chain_propose(actor, plan, Asked(wishes=wishes, pins=pins_of(plan, kept.values())))  # type: ignore[attr-defined]
        raise


def pins_of(plan: TreatmentPlan, places: Iterable[PlaceIn]) -> dict[int, Spot]:
    """Places as the solver takes them; their length is the visit's."""
    zone = plan.branch.timezone
    return {each.line: Spot(each.doctor_id, each.chair_id, each.start, each.start, zone) for each in places}


@command
def _book(
    *, plan_id: int, places: Sequence[PlaceIn], wishes: Wishes, actor: Any, hold_ids: list[int],
    expected_version: int | None,
) -> Chain:  # fmt: skip
    plan = plan_locked(plan_id)
    if not is_bookable(plan):
        raise PlanNotApproved(status=plan.status)
    check_version(expected_version, plan.version)
    visits = plan_visits(plan, wishes, actor)
    chosen = matched(visits, places)
    gaps_check(plan, chosen)
    if all(visit.stands for visit in visits) and (last := plan.chains.first()):
        return last  # the second of two presses
    title = _("%(plan)s: %(count)s visits booked") % {"plan": plan, "count": len(chosen)}
    parts = [part_of(plan, visit) for visit in chosen]
    chain = Chain(plan=plan, wishes=wishes.plain(), created_by=actor)
    with undo.together(actor, title):
        rows = chain_book(parts=parts, patient_id=plan.patient_id, title=title, actor=actor, hold_ids=hold_ids)
        chain.save(force_insert=True)
        undated_end(plan, actor)
        for visit, row in zip(chosen, rows, strict=True):
            visit_write(chain, visit, appointment=row)
        undated_write(plan, chain, visits, len(chosen), actor)
    tell(actor, BOOKED, plan, visits=len(rows))
    live.announce("plan", plan.pk, branch_id=plan.branch_id, version=plan.version)
    return chain


def matched(visits: list[PlanVisit], places: Sequence[PlaceIn]) -> list[PlanVisit]:
    """Visits from the first on with the places given for them."""
    chosen = visits[: len(places)]
    if not places or [visit.key for visit in chosen] != [place.line for place in places]:
        raise Invalid(fields={"visits": _("The visits of the plan have changed. Look at the proposal again.")})
    for visit, place in zip(chosen, places, strict=True):
        zone = visit.appointment.branch.timezone if visit.appointment else ""
        visit.spot = Spot(place.doctor_id, place.chair_id, place.start, place.start + visit.search.length, zone)
        if visit.appointment and visit.appointment.starts_at == place.start:
            visit.spot = Spot(place.doctor_id, place.chair_id, place.start, visit.appointment.ends_at, zone)
    return chosen


def gaps_check(plan: TreatmentPlan, visits: Sequence[PlanVisit]) -> None:
    """Days of rest are kept, whoever sends the places (MOON-02)."""
    zone = plan.branch.timezone
    before: PlanVisit | None = None
    for visit in visits:
        assert visit.spot
        day = clock.local(visit.spot.start, zone).date()
        if visit.floor and day < visit.floor:
            raise ChainGap(visit=visit.number, line=visit.key, earliest=visit.floor.isoformat())
        if before and before.spot:
            last = clock.local(before.spot.start, zone).date()
            least, most = visit.gap
            if visit.spot.start < before.spot.end or (day - last).days < least:
                raise ChainGap(
                    visit=visit.number, line=visit.key, earliest=(last + timedelta(days=least)).isoformat()
                )  # fmt: skip
            if most is not None and (day - last).days > most:
                raise ChainGap(visit=visit.number, line=visit.key, latest=(last + timedelta(days=most)).isoformat())
        before = visit


def part_of(plan: TreatmentPlan, visit: PlanVisit) -> Wish | Moved:
    spot = visit.spot
    assert spot
    if visit.appointment:
        return Moved(visit.appointment.pk, spot)
    return Wish(
        patient_id=plan.patient_id, doctor_id=spot.doctor_id, chair_id=spot.chair_id, visit=spot.during,
        service_ids=services_of(visit), comment=comment_of(plan, visit),
    )  # fmt: skip


def services_of(visit: PlanVisit) -> tuple[int, ...]:
    return tuple(dict.fromkeys(line.service_id for line in visit.lines))


def comment_of(plan: TreatmentPlan, visit: PlanVisit) -> str:
    teeth = sorted({tooth for line in visit.lines for tooth in line.teeth})
    words = [str(plan), plan.phase_title(visit.phase), ", ".join(map(str, teeth))]
    return " · ".join(word for word in words if word)[:500]


def visit_write(
    chain: Chain, visit: PlanVisit, *, appointment: Appointment | None = None, planned: PlannedVisit | None = None
) -> None:
    row = ChainVisit.objects.create(
        chain=chain, position=visit.number, appointment=appointment, planned=planned, gap_days=visit.gap[0],
        gap_most=visit.gap[1],
    )  # fmt: skip
    row.lines.set([line.pk for line in visit.lines])


def undated_write(plan: TreatmentPlan, chain: Chain, visits: Sequence[PlanVisit], count: int, actor: Any) -> None:
    """Visits for which no shifts are planned yet become visits without a date (SCH-26)."""
    last = visits[count - 1].spot
    assert last
    due = clock.local(last.start, plan.branch.timezone).date()
    for visit in visits[count:]:
        due = max(due + timedelta(days=max(visit.gap[0], 1)), visit.floor or due)
        row = planned_add(
            patient_id=plan.patient_id, due_on=due, service_ids=services_of(visit), actor=actor, branch_id=plan.branch_id,
            doctor_id=visit.search.doctors[0] if visit.search.doctors else None, duration_min=visit.minutes,
            comment=comment_of(plan, visit)[:300],
        )  # fmt: skip
        planned_made(row, actor)
        visit_write(chain, visit, planned=row)


def undated_end(plan: TreatmentPlan, actor: Any) -> None:
    """Visits without a date of earlier chains are booked or planned anew now."""
    rows = ChainVisit.objects.filter(chain__plan=plan, planned__outcome=PlannedVisit.Outcome.PLANNED)
    for pk in rows.order_by("planned_id").values_list("planned_id", flat=True):
        planned_leave(planned_id=pk, actor=actor)


__all__ = ["PlaceIn", "Proposal", "plan_book"]
