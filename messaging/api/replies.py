"""`incoming/`: what patients answer, the thread around it, the answer (MSG-21)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Moment, Out, Router
from core.errors import NotFound
from messaging import selectors, services
from messaging.api.messages import MessageOut
from messaging.listings import IncomingListing
from messaging.models import Incoming, Message
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES
from messaging.recipients import visible_to

router = Router("messaging")


class IncomingOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField()
    channel = serializers.CharField()
    text = serializers.CharField()
    meaning = serializers.CharField()
    status = serializers.CharField(source="state")
    outcome = serializers.CharField()
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    answers = serializers.IntegerField(source="answers_id", allow_null=True, help_text="the message that it answers")
    received_at = Moment()
    handled_at = Moment(allow_null=True)
    handled_by = serializers.IntegerField(source="handled_by_id", allow_null=True)


class AnswerIn(Body):
    text = serializers.CharField(max_length=1000)


class ThreadAsk(Body):
    patient = Id()


class LineOut(Out):
    kind = serializers.CharField(help_text="message or incoming")
    id = serializers.IntegerField()
    is_ours = serializers.BooleanField()
    at = Moment()
    by = serializers.CharField()
    channel = serializers.CharField(source="road")
    text = serializers.CharField()
    status = serializers.CharField()


router.listing("incoming/", IncomingListing, gives=IncomingOut)


@router.get("incoming/<int:pk>/", SEE_MESSAGES, gives=IncomingOut)
def incoming_read(request: Request, pk: int) -> Incoming:
    row = selectors.incoming_get(request.user, pk)
    if row is None:
        raise NotFound
    return row


@router.get("incoming/<int:pk>/thread/", SEE_MESSAGES, gives=LineOut, many=True)
def incoming_thread(request: Request, pk: int) -> list[dict[str, Any]]:
    """What was said with this person both ways, oldest first."""
    row = incoming_read(request, pk)
    return selectors.thread_of(request.user, patient_id=row.patient_id, phone=row.phone)


@router.get("messages/thread/", SEE_MESSAGES, asks=ThreadAsk, gives=LineOut, many=True)
def patient_thread(request: Request, query: dict[str, Any]) -> list[dict[str, Any]]:
    """What was said with a patient both ways, oldest first."""
    if not visible_to(request.user, [query["patient"]]):
        raise NotFound
    return selectors.thread_of(request.user, patient_id=query["patient"])


@router.post("incoming/<int:pk>/answer/", SEND_MESSAGES, takes=AnswerIn, gives=MessageOut, status=201)
def incoming_answer(request: Request, pk: int, data: dict[str, Any]) -> Message:
    """Words back by the channel by which they came; the reply counts as dealt with."""
    row = incoming_read(request, pk)
    return services.incoming_answer(incoming_id=row.pk, text=data["text"], actor=request.user)


@router.post("incoming/<int:pk>/handle/", SEND_MESSAGES, gives=IncomingOut)
def incoming_handle(request: Request, pk: int) -> Incoming:
    return services.incoming_handle(incoming_id=incoming_read(request, pk).pk, actor=request.user)


@router.post("incoming/<int:pk>/reopen/", SEND_MESSAGES, gives=IncomingOut)
def incoming_reopen(request: Request, pk: int) -> Incoming:
    """It waits for an answer again; 409 `illegal_move` when it does already."""
    return services.incoming_reopen(incoming_id=incoming_read(request, pk).pk, actor=request.user)
