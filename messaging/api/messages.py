"""Messages over the API: the log, and one message by hand."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Amount, Body, Id, Moment, Out, Router
from core.errors import NotFound
from messaging import selectors, services
from messaging.api.fields import PhoneIn, branch_of
from messaging.listings import MessageListing
from messaging.models import Kind, Message
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES
from messaging.recipients import recipients_of

router = Router("messaging")


class MessageOut(Out):
    id = serializers.IntegerField()
    key = serializers.UUIDField()
    name = serializers.CharField()
    phone = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField()
    purpose = serializers.CharField()
    status = serializers.CharField(source="state")
    segments = serializers.IntegerField()
    cost = Amount()
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    created_at = Moment(zone="branch.timezone")
    send_after = Moment(zone="branch.timezone")
    sent_at = Moment(zone="branch.timezone", allow_null=True)
    error = serializers.CharField()


class MessageIn(Body):
    phone = PhoneIn(max_length=24)
    text = serializers.CharField(max_length=1000)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.SERVICE)
    patient = Id(required=False)


router.listing("messages/", MessageListing, gives=MessageOut)


@router.post("messages/", SEND_MESSAGES, takes=MessageIn, gives=MessageOut, status=201)
def message_create(request: Request, data: dict[str, Any]) -> Message:
    """Send one message now (or when the quiet hours are over)."""
    patient = data.pop("patient", None)
    to = (recipients_of([patient]) or {}).get(patient) if patient else None
    if patient and to is None:
        raise NotFound
    return services.message_send_by_hand(**data, recipient=to, branch=branch_of(request), actor=request.user)


@router.get("messages/<int:pk>/", SEE_MESSAGES, gives=MessageOut)
def message_read(request: Request, pk: int) -> Message:
    row = selectors.message_visible_to(request.user, pk)
    if row is None:
        raise NotFound
    return row


@router.post("messages/<int:pk>/withdraw/", SEND_MESSAGES, gives=MessageOut)
def message_withdraw(request: Request, pk: int) -> Message:
    """409 `already_sent` when the operator has it."""
    return services.message_withdraw(message_id=message_read(request, pk).pk, reason="API", actor=request.user)


@router.post("messages/<int:pk>/approve/", SEND_MESSAGES, gives=MessageOut)
def message_approve(request: Request, pk: int) -> Message:
    """A person agrees to what a trigger proposes; 409 `illegal_move` when it does not wait for that."""
    services.message_approve(message_id=message_read(request, pk).pk, actor=request.user)
    return message_read(request, pk)


@router.post("messages/<int:pk>/repeat/", SEND_MESSAGES, gives=MessageOut, status=201)
def message_repeat(request: Request, pk: int) -> Message:
    """The same text once more, of one that failed or was withdrawn; 409 `already_sent` of any other."""
    return services.message_repeat(message_id=message_read(request, pk).pk, actor=request.user)
