"""`calls/`: what a telephone exchange reports (SCH-31)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Moment, Out, Router
from scheduling import permissions
from scheduling.listings import PhoneCallListing
from scheduling.models import PhoneCall
from scheduling.services.phoning import call_follow, call_report

router = Router("scheduling")
STATES = PhoneCall.State.values


class PhoneCallOut(Out):
    id = serializers.IntegerField()
    phone = serializers.CharField()
    line = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    status = serializers.CharField(source="state")
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    user = serializers.IntegerField(source="user_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    started_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CallIn(Body):
    phone = serializers.CharField(max_length=40)
    line = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    external_id = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    status = serializers.ChoiceField(choices=STATES, required=False, default="ringing")
    at = Moment(required=False)


class FollowIn(Body):
    status = serializers.ChoiceField(choices=STATES)
    at = Moment(required=False)


router.listing("calls/", PhoneCallListing, gives=PhoneCallOut)


@router.post("calls/", permissions.REPORT_CALLS, takes=CallIn, gives=PhoneCallOut, status=201)
def come(request: Request, data: dict[str, Any]) -> PhoneCall:
    """A call comes in, or what became of the one with this `external_id`."""
    return call_report(state=data.pop("status"), actor=request.user, **data)


@router.post("calls/<int:pk>/status/", permissions.REPORT_CALLS, takes=FollowIn, gives=PhoneCallOut)
def follow(request: Request, data: dict[str, Any], pk: int) -> PhoneCall:
    """It was answered, it ended, it was missed."""
    return call_follow(call_id=pk, state=data["status"], at=data.get("at"), actor=request.user)
