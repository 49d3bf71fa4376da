"""`chat-rooms/`: talk between colleagues and about records (TSK-07, TSK-13)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.api import Body, Id, Moment, Out, Router
from core.errors import Invalid
from work import selectors, services
from work.models import Room, RoomMessage
from work.permissions import CHAT
from work.services.chat import WITH_WHOM

router = Router("work")


class RoomOut(Out):
    id = serializers.IntegerField()
    name = serializers.CharField()
    about = serializers.SerializerMethodField()
    unread = serializers.SerializerMethodField()

    def get_about(self, room: Room) -> str:
        """`kind:id` of the record that the room is about."""
        return f"{room.subject_kind}:{room.subject_id}" if room.subject_kind else ""

    def get_unread(self, room: Room) -> int:
        return getattr(room, "unread", 0)


class RoomsOut(Out):
    results = RoomOut(many=True)
    unread = serializers.IntegerField()


class FileOut(Out):
    name = serializers.CharField()
    key = serializers.UUIDField()
    size = serializers.IntegerField()


class SaidOut(Out):
    id = serializers.IntegerField()
    author = serializers.IntegerField(source="author_id")
    text = serializers.CharField()
    mentions = serializers.ListField(source="mention_ids", child=serializers.IntegerField())
    file = FileOut(allow_null=True)
    at = Moment()


class ColleagueOut(Out):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="*")


class RoomIn(Body):
    people = serializers.ListField(child=Id(), required=False, max_length=100)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
    about = serializers.RegexField(
        r"^[a-z_]+\.[a-z_]+:[1-9][0-9]{0,17}$", required=False, help_text="kind:id of a record"
    )


class SayIn(Body):
    text = serializers.CharField(max_length=4000)
    mentions = serializers.ListField(child=Id(), required=False, max_length=50)


class BeforeAsk(Body):
    before = Id(required=False, help_text="older than this message")


@router.get("chat-rooms/", CHAT, gives=RoomsOut)
def rooms(request: Request) -> dict[str, Any]:
    """The caller's rooms, the newest talk first, with what he has not read."""
    found = selectors.rooms_of(request.user)
    return {"results": found, "unread": sum(room.unread for room in found)}


@router.post("chat-rooms/", CHAT, takes=RoomIn, gives=RoomOut, status=201)
def room_create(request: Request, data: dict[str, Any]) -> Room:
    """With one colleague, with several under a `title`, or about a record; the room that is there already is given."""
    people, title = data.get("people", []), data.get("title", "")
    if data.get("about"):
        kind, _colon, number = data["about"].partition(":")
        made = services.room_of_record(actor=request.user, kind=kind, pk=int(number))
    elif len(people) == 1 and not title:
        made = services.room_of_two(actor=request.user, other_id=people[0])
    elif people:
        made = services.room_of_group(actor=request.user, title=title, person_ids=people)
    else:
        raise Invalid(fields={"people": WITH_WHOM})
    return selectors.room_get(request.user, made.pk)


@router.get("chat-rooms/<int:pk>/", CHAT, gives=RoomOut)
def room_read(request: Request, pk: int) -> Room:
    return selectors.room_get(request.user, pk)


@router.get("chat-rooms/<int:pk>/messages/", CHAT, asks=BeforeAsk, gives=SaidOut, many=True)
def said(request: Request, pk: int, query: dict[str, Any]) -> list[RoomMessage]:
    """The last two hundred (before a message), the oldest first. Reading them marks nothing as read."""
    return selectors.messages_of(selectors.room_get(request.user, pk), before=query.get("before"))


@router.post("chat-rooms/<int:pk>/messages/", CHAT, takes=SayIn, gives=SaidOut, status=201)
def say(request: Request, pk: int, data: dict[str, Any]) -> RoomMessage:
    """Who is mentioned must be able to see the room, and is told."""
    mentions = data.get("mentions", [])
    return services.message_post(room_id=pk, actor=request.user, text=data["text"], mention_ids=mentions)


@router.post("chat-rooms/<int:pk>/read/", CHAT, gives=RoomOut)
def mark_read(request: Request, pk: int) -> Room:
    """Everything up to the newest."""
    room = selectors.room_get(request.user, pk)
    services.room_read(room=room, user=request.user)
    return room


@router.get("chat-people/", CHAT, gives=ColleagueOut, many=True)
def people(request: Request) -> Any:
    """Colleagues to begin a talk with."""
    return selectors.executors().exclude(pk=request.user.pk)
