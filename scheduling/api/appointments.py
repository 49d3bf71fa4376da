"""`appointments/`, `holds/`: booking, moving, steps."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Moment, Out, Router, if_match
from scheduling import permissions
from scheduling.api.fields import AppointmentOut, Ids, RangeIn, line, local
from scheduling.listings import AppointmentFeed
from scheduling.models import Appointment, Hold, State
from scheduling.selectors.appointments import appointment_get
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    appointment_change,
    appointment_move,
    appointment_step,
    hold_extend,
    hold_place,
    hold_release,
)

router = Router("scheduling")
router.listing("appointments/", AppointmentFeed, gives=AppointmentOut)


class BookIn(RangeIn):
    patient = Id()
    services = Ids(required=False, default=list)
    visit_type = Id(required=False, allow_null=True, default=None)
    comment = line(max_length=500)
    own_minutes = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=720)
    hold = Id(required=False, allow_null=True, default=None)
    overbook = serializers.BooleanField(required=False, default=False)
    reason = line(max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["overbook"] and not attrs["reason"].strip():
            raise serializers.ValidationError({"reason": [_("Say why you book over a taken time.")]})
        return attrs


@router.post("appointments/", permissions.BOOK, takes=BookIn, gives=AppointmentOut, status=201)
def book(request: Request, data: dict[str, Any]) -> Appointment:
    """Book a visit. 409 in_past, closed, outside_shift, slot_held, slot_taken, in this order."""
    return appointment_book(
        patient_id=data["patient"],
        doctor_id=data["doctor"],
        chair_id=data["chair"],
        starts_at=data["start"],
        ends_at=data["end"],
        service_ids=data["services"],
        visit_type_id=data["visit_type"],
        comment=data["comment"],
        own_minutes=data["own_minutes"],
        hold_id=data["hold"],
        over_reason=data["reason"] if data["overbook"] else "",
        source_kind=Appointment.Source.STAFF if request.auth is None else Appointment.Source.API,
        actor=request.user,
    )


@router.get("appointments/<int:pk>/", permissions.SEE, gives=AppointmentOut)
def appointment(request: Request, pk: int) -> Appointment:
    return appointment_get(pk, request.user)


class ChangeIn(Body):
    services = Ids(required=False)
    visit_type = Id(required=False, allow_null=True)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500)
    own_minutes = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=720)


@router.patch("appointments/<int:pk>/", permissions.BOOK, takes=ChangeIn, gives=AppointmentOut)
def change(request: Request, data: dict[str, Any], pk: int) -> Appointment:
    """Services, type, comment, the doctor's own minutes. The place is changed by move/."""
    changes = {name: data[name] for name in ("comment", "own_minutes") if name in data}
    if "visit_type" in data:
        changes["visit_type_id"] = data["visit_type"]
    return appointment_change(
        appointment_id=pk,
        service_ids=data.get("services"),
        actor=request.user,
        expected_version=if_match(request),
        **changes,
    )


class MoveIn(Body):
    start = Moment()
    end = Moment(required=False)
    chair = Id(required=False)
    doctor = Id(required=False)


@router.post("appointments/<int:pk>/move/", permissions.BOOK, takes=MoveIn, gives=AppointmentOut)
def move(request: Request, data: dict[str, Any], pk: int) -> Appointment:
    """Another time, chair or doctor; without an end the length stays."""
    return appointment_move(
        appointment_id=pk,
        starts_at=data["start"],
        ends_at=data.get("end"),
        chair_id=data.get("chair"),
        doctor_id=data.get("doctor"),
        actor=request.user,
        expected_version=if_match(request),
    )


class StatusIn(Body):
    status = serializers.ChoiceField(State.choices)
    label = Id(required=False, allow_null=True, default=None, help_text="the clinic's label of that status")
    reason = line(max_length=200, help_text="needed for a step back")


@router.post("appointments/<int:pk>/status/", permissions.SET_STATE, takes=StatusIn, gives=AppointmentOut)
def status(request: Request, data: dict[str, Any], pk: int) -> Appointment:
    """One step: booked <-> confirmed -> arrived -> in_chair -> completed, or no_show; back with a reason."""
    return appointment_step(
        appointment_id=pk,
        state=data["status"],
        label_id=data["label"],
        reason=data["reason"],
        actor=request.user,
        expected_version=if_match(request),
    )


class CancelIn(Body):
    reason = serializers.CharField(max_length=200)
    then = serializers.ChoiceField(Appointment.Then.choices)
    plan_on = serializers.DateField(
        required=False, allow_null=True, help_text="with `plan`: about when; else in 30 days"
    )


@router.post("appointments/<int:pk>/cancel/", permissions.BOOK, takes=CancelIn, gives=AppointmentOut)
def cancel(request: Request, data: dict[str, Any], pk: int) -> Appointment:
    """Cancel with a reason, and say what is next for the patient."""
    return appointment_cancel(
        appointment_id=pk,
        reason=data["reason"],
        then=data["then"],
        plan_on=data.get("plan_on"),
        actor=request.user,
        expected_version=if_match(request),
    )


# Holds


class HoldOut(Out):
    id = serializers.IntegerField()
    doctor = serializers.IntegerField()
    chair = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: Hold) -> dict[str, Any]:
        zone = instance.chair.branch.timezone
        return {
            "id": instance.pk,
            "doctor": instance.doctor_id,
            "chair": instance.chair_id,
            "start": local(instance.starts_at, zone),
            "end": local(instance.ends_at, zone),
            "expires_at": local(instance.expires_at, zone),
        }


@router.post("holds/", permissions.BOOK, takes=RangeIn, gives=HoldOut, status=201)
def hold(request: Request, data: dict[str, Any]) -> Hold:
    """Keep a place for five minutes while its form is open."""
    return hold_place(
        doctor_id=data["doctor"],
        chair_id=data["chair"],
        starts_at=data["start"],
        ends_at=data["end"],
        actor=request.user,
    )


@router.post("holds/<int:pk>/extend/", permissions.BOOK, gives=HoldOut)
def extend(request: Request, pk: int) -> Hold:
    """Five minutes more from now."""
    return hold_extend(hold_id=pk, actor=request.user)


@router.delete("holds/<int:pk>/", permissions.BOOK)
def release(request: Request, pk: int) -> None:
    """Give the place up."""
    hold_release(hold_id=pk, actor=request.user)
