"""`shifts/`, `blocks/`, `visit-types/`, `appointment-labels/`: who works where, and what time is not for patients."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Moment, Out, Router, if_match
from core.errors import NotFound
from scheduling import permissions
from scheduling.api.fields import WeekdaysField, line, local
from scheduling.listings import BlockListing, ShiftListing
from scheduling.models import Block, Shift
from scheduling.selectors.calendar import blocks_visible_to
from scheduling.selectors.shifts import shifts_visible_to
from scheduling.services import (
    block_change,
    block_create,
    block_delete,
    shift_change,
    shift_create,
    shift_delete,
    shifts_generate,
)
from scheduling.services.shifts import THEN

router = Router("scheduling")


class ShiftOut(Out):
    id = serializers.IntegerField()
    doctor = serializers.IntegerField()
    chair = serializers.IntegerField()
    branch = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    rule = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()

    def to_representation(self, instance: Shift) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "doctor": instance.doctor_id,
            "chair": instance.chair_id,
            "branch": instance.chair.branch_id,
            "start": local(instance.starts_at, instance.zone),
            "end": local(instance.ends_at, instance.zone),
            "rule": instance.rule_id,
            "version": instance.version,
        }


router.listing("shifts/", ShiftListing, gives=ShiftOut)


class ShiftIn(Body):
    doctor = Id()
    chair = Id()
    start = Moment()
    end = Moment()


@router.post("shifts/", permissions.EDIT_SHIFTS, takes=ShiftIn, gives=ShiftOut, status=201)
def create(request: Request, data: dict[str, Any]) -> Shift:
    """A doctor works in a chair. 409 shift_overlaps where the chair has another shift."""
    return shift_create(
        doctor_id=data["doctor"],
        chair_id=data["chair"],
        starts_at=data["start"],
        ends_at=data["end"],
        actor=request.user,
    )


class GenerateIn(Body):
    doctor = Id()
    chair = Id()
    weekdays = WeekdaysField(required=False, default=list)
    pattern = serializers.ChoiceField(["weekly", "cycle", "even", "odd"], required=False, default="weekly")
    days_on = serializers.IntegerField(required=False, default=2, min_value=1, max_value=31)
    days_off = serializers.IntegerField(required=False, default=2, min_value=1, max_value=31)
    skip_holidays = serializers.BooleanField(required=False, default=False)
    except_days = serializers.ListField(child=serializers.DateField(), required=False, default=list, max_length=400)
    start_time = serializers.TimeField()
    end_time = serializers.TimeField()
    every_weeks = serializers.IntegerField(required=False, default=1, min_value=1, max_value=8)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateField(), "to": serializers.DateField()}


class SkippedOut(Out):
    date = serializers.DateField()
    code = serializers.CharField()


class GeneratedOut(Out):
    created = serializers.ListField(child=serializers.IntegerField())
    skipped = SkippedOut(many=True)


@router.post("shifts/generate/", permissions.EDIT_SHIFTS, takes=GenerateIn, gives=GeneratedOut, status=201)
def generate(request: Request, data: dict[str, Any]) -> dict[str, Any]:
    """Shifts by a rule; dates that cannot be are skipped and named. Weekdays: 0 is Monday; they are needed
    by the weekly pattern only."""
    made, skipped = shifts_generate(
        doctor_id=data["doctor"],
        chair_id=data["chair"],
        weekdays=data["weekdays"],
        first=data["from"],
        last=data["to"],
        start_time=data["start_time"],
        end_time=data["end_time"],
        every_weeks=data["every_weeks"],
        **{name: data[name] for name in ("pattern", "days_on", "days_off", "skip_holidays", "except_days")},
        actor=request.user,
    )
    return {"created": [shift.pk for shift in made], "skipped": [{"date": day, "code": code} for day, code in skipped]}


@router.get("shifts/<int:pk>/", permissions.SEE, gives=ShiftOut)
def shift(request: Request, pk: int) -> Shift:
    found = shifts_visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


class ShiftChangeIn(Body):
    doctor = Id(required=False)
    chair = Id(required=False)
    start = Moment(required=False)
    end = Moment(required=False)
    then = serializers.ChoiceField(THEN, required=False, default="")


@router.patch("shifts/<int:pk>/", permissions.EDIT_SHIFTS, takes=ShiftChangeIn, gives=ShiftOut)
def change(request: Request, data: dict[str, Any], pk: int) -> Shift:
    """Another time, chair or doctor. 409 shift_has_visits unless `then` says what becomes of those left without it."""
    return shift_change(
        shift_id=pk,
        doctor_id=data.get("doctor"),
        chair_id=data.get("chair"),
        starts_at=data.get("start"),
        ends_at=data.get("end"),
        then=data["then"],
        actor=request.user,
        expected_version=if_match(request),
    )


class ThenIn(Body):
    then = serializers.ChoiceField(THEN, required=False)


@router.delete("shifts/<int:pk>/", permissions.EDIT_SHIFTS, takes=ThenIn, asks=ThenIn)
def delete(request: Request, pk: int, data: dict[str, Any], query: dict[str, Any]) -> None:
    """409 shift_has_visits unless `then` (in the body or the query) says what becomes of the visits."""
    then = data.get("then") or query.get("then") or ""
    shift_delete(shift_id=pk, then=then, actor=request.user, expected_version=if_match(request))


# Blocked time


class BlockOut(Out):
    id = serializers.IntegerField()
    chair = serializers.IntegerField(allow_null=True)
    doctor = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(Block.Kind.choices)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    note = serializers.CharField()

    def to_representation(self, instance: Block) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "chair": instance.chair_id,
            "doctor": instance.doctor_id,
            "kind": instance.kind,
            "start": local(instance.starts_at, instance.zone),
            "end": local(instance.ends_at, instance.zone),
            "note": instance.note,
        }


router.listing("blocks/", BlockListing, gives=BlockOut)


class BlockIn(Body):
    chair = Id(required=False, allow_null=True, default=None)
    doctor = Id(required=False, allow_null=True, default=None)
    kind = serializers.ChoiceField(Block.Kind.choices)
    start = Moment()
    end = Moment()
    note = line(max_length=200)


@router.post("blocks/", permissions.BLOCK, takes=BlockIn, gives=BlockOut, status=201)
def block(request: Request, data: dict[str, Any]) -> Block:
    """Block time of a chair, a doctor or both; `emergency` and `primary` keep it for such visits."""
    return block_create(
        chair_id=data["chair"],
        doctor_id=data["doctor"],
        kind=data["kind"],
        starts_at=data["start"],
        ends_at=data["end"],
        note=data["note"],
        actor=request.user,
    )


@router.get("blocks/<int:pk>/", permissions.SEE, gives=BlockOut)
def one_block(request: Request, pk: int) -> Block:
    found = blocks_visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


class BlockChangeIn(Body):
    start = Moment()
    end = Moment()
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


@router.patch("blocks/<int:pk>/", permissions.BLOCK, takes=BlockChangeIn, gives=BlockOut)
def block_moved(request: Request, data: dict[str, Any], pk: int) -> Block:
    """Another time."""
    return block_change(
        block_id=pk, starts_at=data["start"], ends_at=data["end"], note=data.get("note"), actor=request.user
    )


@router.delete("blocks/<int:pk>/", permissions.BLOCK)
def block_freed(request: Request, pk: int) -> None:
    """Free the time."""
    block_delete(block_id=pk, actor=request.user)
