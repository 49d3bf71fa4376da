"""`planned-visits/` and `call-tasks/`: visits without a date, and whom to call."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Keys, Moment, Out, Router, if_match
from core.errors import NotFound
from scheduling import permissions
from scheduling.api.fields import Ids, line
from scheduling.listings import CallListing, PlannedListing
from scheduling.models import CallTask, PlannedVisit
from scheduling.selectors.calls import call_shown
from scheduling.selectors.planned import planned_now
from scheduling.services import (
    call_claim,
    call_next,
    call_release,
    call_settle,
    planned_add,
    planned_change,
    planned_remove,
)

router = Router("scheduling")


class PlannedOut(Out):
    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    visit_type = serializers.IntegerField(source="visit_type_id", allow_null=True)
    services = Keys()
    duration_min = serializers.IntegerField()
    due_on = serializers.DateField()
    opens_on = serializers.DateField()
    comment = serializers.CharField()
    status = serializers.CharField(source="outcome")
    appointment = serializers.IntegerField(source="appointment_id", allow_null=True)
    version = serializers.IntegerField()


router.listing("planned-visits/", PlannedListing, gives=PlannedOut)


class PlannedChangeIn(Body):
    branch = Id(required=False, allow_null=True)
    doctor = Id(required=False, allow_null=True)
    services = Ids(required=False)
    duration_min = serializers.IntegerField(required=False, min_value=5, max_value=720)
    due_on = serializers.DateField(required=False)
    opens_on = serializers.DateField(required=False, allow_null=True)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=300)


class PlannedIn(PlannedChangeIn):
    patient = Id()
    due_on = serializers.DateField()


NAMES = {"branch": "branch_id", "doctor": "doctor_id", "services": "service_ids"}


def plain(data: dict[str, Any]) -> dict[str, Any]:
    return {NAMES.get(name, name): value for name, value in data.items() if name != "patient"}


@router.post("planned-visits/", permissions.BOOK, takes=PlannedIn, gives=PlannedOut, status=201)
def plan(request: Request, data: dict[str, Any]) -> PlannedVisit:
    """A visit without a date; from `opens_on` (by the setting some days before `due_on`) the patient is to be called."""
    return planned_add(patient_id=data["patient"], actor=request.user, **plain(data))


@router.get("planned-visits/<int:pk>/", permissions.SEE, gives=PlannedOut)
def planned(request: Request, pk: int) -> PlannedVisit:
    found = planned_now(request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@router.patch("planned-visits/<int:pk>/", permissions.BOOK, takes=PlannedChangeIn, gives=PlannedOut)
def replan(request: Request, data: dict[str, Any], pk: int) -> PlannedVisit:
    """Another date, doctor or work."""
    return planned_change(planned_id=pk, actor=request.user, expected_version=if_match(request), **plain(data))


@router.delete("planned-visits/<int:pk>/", permissions.BOOK)
def unplan(request: Request, pk: int) -> None:
    """Not planned any more."""
    planned_remove(planned_id=pk, actor=request.user)


# Calls


class CallOut(Out):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    subject = serializers.IntegerField(source="subject_id", help_text="the visit, planned visit or entry it is about")
    patient = serializers.IntegerField(source="patient_id")
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    about = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField()
    claimed_by = serializers.IntegerField(source="claimed_by_id", allow_null=True)
    claimed_until = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    outcome = serializers.CharField()
    next_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()

    def get_about(self, row: CallTask) -> str:
        why = getattr(row, "why", None)
        return why.text if why else ""


router.listing("call-tasks/", CallListing, gives=CallOut)


class NextIn(Body):
    reason = line(max_length=40)
    branch = Id(required=False, allow_null=True, default=None)


@router.post("call-tasks/next/", permissions.CALL, takes=NextIn, gives=CallOut)
def following(request: Request, data: dict[str, Any]) -> CallTask:
    """Take the next call that is due; 404 when there is none."""
    found = call_next(actor=request.user, reason=data["reason"], branch_id=data["branch"])
    if found is None:
        raise NotFound
    return call_shown(found.pk, request.user)


@router.get("call-tasks/<int:pk>/", permissions.CALL, gives=CallOut)
def one(request: Request, pk: int) -> CallTask:
    return call_shown(pk, request.user)


@router.post("call-tasks/<int:pk>/claim/", permissions.CALL, gives=CallOut)
def claim(request: Request, pk: int) -> CallTask:
    """Take a call for some minutes; 409 call_claimed when somebody else has it."""
    return call_claim(task_id=pk, actor=request.user)


@router.post("call-tasks/<int:pk>/release/", permissions.CALL, gives=CallOut)
def release(request: Request, pk: int) -> CallTask:
    """Give it back."""
    return call_release(task_id=pk, actor=request.user)


class OutcomeIn(Body):
    outcome = serializers.ChoiceField(CallTask.Outcome.choices)
    comment = line(max_length=300)
    next_at = Moment(required=False, allow_null=True)


@router.post("call-tasks/<int:pk>/outcome/", permissions.CALL, takes=OutcomeIn, gives=CallOut)
def outcome(request: Request, data: dict[str, Any], pk: int) -> CallTask:
    """What came of the call; `later` needs `next_at`."""
    return call_settle(
        task_id=pk,
        outcome=data["outcome"],
        comment=data["comment"],
        next_at=data.get("next_at"),
        actor=request.user,
    )
