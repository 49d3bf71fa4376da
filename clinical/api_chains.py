"""The plan's chain of visits in the API: propose, book, and what became of it (MOON-02)."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from clinical import permissions, services
from clinical.errors import PlanNotApproved
from clinical.models import TreatmentPlan
from clinical.selectors import plan_get
from clinical.selectors.booked import BookedVisit, booked_of_plans
from clinical.selectors.chains import ANYBODY, Asked, Proposal, Wishes, chain_propose, is_bookable
from clinical.services import PlaceIn
from clinical.services.chains import pins_of
from core import clock
from core.api import Body, Id, Moment, Out, Router, if_match
from core.errors import Invalid
from scheduling.errors import ChainBroken
from scheduling.selectors.search import PARTS

router = Router("clinical")


class PlaceBody(Body):
    line = Id(help_text="the first line of the visit, as the proposal names it")
    doctor = Id()
    chair = Id()
    start = Moment()


class FloorBody(Body):
    line = Id()
    day = serializers.DateField(help_text="the visit is not before it")


class WishesBody(Body):
    first = serializers.DateField(required=False, allow_null=True)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, required=False, default=list
    )
    part_of_day = serializers.ChoiceField(list(PARTS), required=False, allow_blank=True, default="")
    time_from = serializers.TimeField(required=False, allow_null=True)
    time_to = serializers.TimeField(required=False, allow_null=True)
    doctor = Id(required=False, allow_null=True, help_text="instead of the plan's doctor, where it is his profession")
    any_doctor = serializers.BooleanField(
        required=False, default=False, help_text="whoever of the profession is free first"
    )
    branch = Id(required=False, allow_null=True, help_text="null: any; left out: the plan's")
    apart = serializers.IntegerField(
        min_value=0, max_value=90, required=False, default=1, help_text="days between visits"
    )
    same_doctor = serializers.BooleanField(required=False, default=True, help_text="one doctor of each profession")


class ChainBody(WishesBody):
    pins = PlaceBody(many=True, required=False, default=list, max_length=100)
    floors = FloorBody(many=True, required=False, default=list, max_length=100)
    newest = Id(required=False, allow_null=True, help_text="of pins that contradict each other this line's stays")


class BookBody(WishesBody):
    visits = PlaceBody(many=True, max_length=100, help_text="in order from the first visit on")
    holds = serializers.ListField(child=Id(), max_length=100, required=False, default=list)


class ChainVisitOut(Out):
    number = serializers.IntegerField(help_text="from 0")
    line = serializers.IntegerField()
    lines = serializers.ListField(child=serializers.IntegerField())
    phase = serializers.IntegerField()
    minutes = serializers.IntegerField()
    gap_days = serializers.IntegerField(help_text="after the visit before it, at least")
    gap_most = serializers.IntegerField(allow_null=True)
    doctor = serializers.IntegerField(allow_null=True)
    chair = serializers.IntegerField(allow_null=True)
    start = serializers.DateTimeField(allow_null=True, help_text="null: nothing is free as far as shifts are planned")
    end = serializers.DateTimeField(allow_null=True)
    not_before = serializers.DateField()
    pinned = serializers.BooleanField()
    unpinned = serializers.BooleanField(help_text="its pin no longer fits")
    appointment = serializers.IntegerField(
        allow_null=True, help_text="booked already; it moves if the place is another"
    )


class ProposalOut(Out):
    plan = serializers.IntegerField()
    version = serializers.IntegerField(help_text="of the plan, for If-Match")
    ends_on = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True, help_text="up to which shifts are planned")
    visits = ChainVisitOut(many=True)

    def to_representation(self, instance: Proposal) -> dict[str, Any]:
        return proposal_plain(instance)


class BookedOut(Out):
    number = serializers.IntegerField()
    lines = serializers.ListField(child=serializers.IntegerField())
    appointment = serializers.IntegerField(allow_null=True)
    planned_visit = serializers.IntegerField(allow_null=True)
    gap_days = serializers.IntegerField()
    gap_most = serializers.IntegerField(allow_null=True)
    lost = serializers.BooleanField(help_text="cancelled or not come to, and not booked anew")
    affected = serializers.BooleanField(help_text="one before it is lost, or its gap no longer holds")
    done = serializers.BooleanField()

    def to_representation(self, instance: BookedVisit) -> dict[str, Any]:
        row = instance.row
        return {
            "number": instance.number, "lines": [line.pk for line in instance.lines], "appointment": row.appointment_id,
            "planned_visit": row.planned_id, "gap_days": row.gap_days, "gap_most": row.gap_most, "lost": instance.is_lost,
            "affected": instance.is_affected, "done": instance.is_done,
        }  # fmt: skip


def proposal_plain(proposal: Proposal) -> dict[str, Any]:
    zone = proposal.plan.branch.timezone
    day = lambda value: value.isoformat() if value else None  # noqa: E731
    visits = []
    for visit in proposal.visits:
        spot = visit.spot
        place = spot.plain() if spot else {}
        moments = {
            name: clock.local(getattr(spot, name), zone).isoformat() if spot else None for name in ("start", "end")
        }
        visits.append({
            "number": visit.number, "line": visit.key, "lines": [line.pk for line in visit.lines], "phase": visit.phase,
            "minutes": visit.minutes, "gap_days": visit.gap[0], "gap_most": visit.gap[1],
            "doctor": place.get("doctor"), "chair": place.get("chair"), **moments, "not_before": day(visit.not_before),
            "pinned": visit.is_pinned, "unpinned": visit.is_unpinned,
            "appointment": visit.appointment.pk if visit.appointment else None,
        })  # fmt: skip
    return {"plan": proposal.plan.pk, "version": proposal.plan.version, "ends_on": day(proposal.ends_on),
            "last_day": day(proposal.last_day), "visits": visits}  # fmt: skip


@router.get("treatment-plans/<int:pk>/chain/", permissions.SEE_PLANS, gives=BookedOut, many=True)
def chain(request: Request, pk: int) -> list[BookedVisit]:
    """The visits of the plan that were booked at once, in order, and which of them are affected by another's end."""
    return booked_of_plans([plan_get(request.user, pk).pk]).get(pk, [])


@router.post("treatment-plans/<int:pk>/chain/", permissions.BOOK_PLANS, takes=ChainBody, gives=ProposalOut)
def chain_proposed(request: Request, pk: int, data: dict[str, Any]) -> Proposal:
    """Propose places for all visits of an approved plan; nothing is written. Send `pins` and `floors` to change one."""
    plan = plan_asked(request, pk)
    pins = pins_of(plan, places_in(data["pins"]))
    floors = {each["line"]: each["day"] for each in data["floors"]}
    asked = Asked(wishes=wishes_in(plan, data), pins=pins, floors=floors, newest=data.get("newest"))
    return chain_propose(request.user, plan, asked)


@router.post(
    "treatment-plans/<int:pk>/chain/book/",
    permissions.BOOK_PLANS,
    takes=BookBody,
    gives=BookedOut,
    many=True,
    status=201,
)
def chain_booked(request: Request, pk: int, data: dict[str, Any]) -> list[BookedVisit]:
    """Book them all or none, with the wishes that were asked for. 409 `chain_broken` names the lost visit in `facts.visit`
    and brings a fresh `facts.proposal`; 409 `chain_gap` when a gap of the plan is not kept."""
    plan = plan_asked(request, pk)
    try:
        services.plan_book(
            plan_id=pk, places=places_in(data["visits"]), wishes=wishes_in(plan, data), hold_ids=data["holds"],
            actor=request.user, expected_version=if_match(request),
        )  # fmt: skip
    except ChainBroken as error:
        error.facts["proposal"] = proposal_plain(error.proposal)  # type: ignore[attr-defined]
        raise
    return booked_of_plans([pk])[pk]


def plan_asked(request: Request, pk: int) -> TreatmentPlan:
    plan = plan_get(request.user, pk)
    if not is_bookable(plan):
        raise PlanNotApproved(status=plan.status)
    return plan


def places_in(asked: Sequence[dict[str, Any]]) -> list[PlaceIn]:
    return [PlaceIn(each["line"], each["doctor"], each["chair"], each["start"]) for each in asked]


def wishes_in(plan: TreatmentPlan, data: dict[str, Any]) -> Wishes:
    begins, ends = data.get("time_from"), data.get("time_to")
    if begins and ends and ends <= begins:
        raise Invalid(fields={"time_to": Invalid.message})
    doctor = ANYBODY if data["any_doctor"] else str(data.get("doctor") or "")
    return Wishes(
        first=data.get("first"), weekdays=tuple(data["weekdays"]), part=data["part_of_day"], time_from=begins, time_to=ends,
        doctor=doctor, branch=data.get("branch", plan.branch_id), apart=data["apart"], same_doctor=data["same_doctor"],
    )  # fmt: skip
