"""Which talk a person sees: his own rooms, and those of records that he may see."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from clinic.models import User
from core.errors import NotFound
from work.models import Room, RoomMember, RoomMessage, Task
from work.selectors.tasks import executors, tasks_visible_to
from work.subjects import SUBJECTS, Found, subject_find

SHOWN = 200


def tasks_found(user: Any, ids: list[int]) -> dict[int, Found]:
    """Tasks as subjects of talk."""
    rows: QuerySet[Task] = tasks_visible_to(user).filter(pk__in=ids)
    return {row.pk: Found(row.title, row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows}


def rooms_of(user: Any) -> list[Room]:
    """The rooms in which a person takes part, the newest talk first; a record that he may not see any more is left out."""
    rows = list(
        Room.objects.filter(members__user=user).annotate(newest=Max("messages__pk"))
        .order_by(F("newest").desc(nulls_last=True), "-pk")[:SHOWN]
    )  # fmt: skip
    unread = unread_of(user)
    last = {row.pk: row for row in RoomMessage.objects.filter(pk__in=[room.newest for room in rows if room.newest])}
    shown = named_rooms(rows, user)
    for room in shown:
        room.unread = unread.get(room.pk, 0)
        room.last = last.get(room.newest)
    return shown


def named_rooms(rooms: list[Room], user: Any) -> list[Room]:
    """Those that the user may see, each with `shown_name` and `about`; one question a kind of record."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for room in rooms:
        if room.subject_kind and room.subject_id:
            wanted[room.subject_kind].add(room.subject_id)
    found = {each.kind: each.find(user, sorted(wanted[each.kind])) for each in SUBJECTS if each.kind in wanted}
    others = RoomMember.objects.filter(room__in=[room.pk for room in rooms if room.pair]).exclude(user=user)
    people = {row.room_id: str(row.user) for row in others.select_related("user__staff")}
    shown = []
    for room in rooms:
        room.about = found.get(room.subject_kind, {}).get(room.subject_id or 0)
        if room.subject_kind and room.about is None:
            continue
        room.shown_name = room.about.label if room.about else people.get(room.pk, room.title)
        shown.append(room)
    return shown


def unread_of(user: Any) -> dict[int, int]:
    """How many messages of others are unread, by room."""
    rows = RoomMessage.objects.filter(room__members__user=user, pk__gt=F("room__members__last_read")).exclude(
        author=user
    )
    return dict(rows.values("room").annotate(count=Count("pk")).values_list("room", "count"))


def chat_unread(user: Any) -> int:
    return sum(unread_of(user).values())


def room_get(user: Any, pk: int) -> Room:
    """A room that the user may read: he takes part, or it is about a record that he may see. NotFound otherwise."""
    room = Room.objects.filter(pk=pk).first()
    shown = named_rooms([room], user) if room else []
    if not shown or not (shown[0].about or RoomMember.objects.filter(room=pk, user=user).exists()):
        raise NotFound
    return shown[0]


def room_about(user: Any, kind: str, pk: int) -> tuple[Found, Room | None]:
    """A record that the user may see, and its room, if anybody has begun it. NotFound otherwise."""
    about = subject_find(user, kind, pk)
    if about is None:
        raise NotFound
    return about, Room.objects.filter(subject_kind=kind, subject_id=pk).first()


def messages_of(room: Room, before: int | None = None) -> list[RoomMessage]:
    """The last messages (before one of them), the oldest first, each with the names that it mentions."""
    said = room.messages.select_related("author__staff", "file").order_by("-pk")
    rows = list((said.filter(pk__lt=before) if before else said)[:SHOWN])[::-1]
    names = {user.pk: str(user) for user in User.objects.filter(pk__in={pk for row in rows for pk in row.mention_ids})}
    for row in rows:
        row.mentions = [names[pk] for pk in row.mention_ids if pk in names]
    return rows


def may_see(room: Room, user: Any) -> bool:
    if room.subject_kind:
        return subject_find(user, room.subject_kind, room.subject_id or 0) is not None
    return RoomMember.objects.filter(room=room, user=user).exists()


def readers_of(room: Room) -> QuerySet[User]:
    """Whom one may mention: the members; about a record anybody, whose right is looked at when he is mentioned."""
    return executors() if room.subject_kind else executors().filter(rooms__room=room)


def may_read_file(user: Any, stored: Any) -> bool:
    """A file of a talk is read by those who see the talk."""
    message = RoomMessage.objects.filter(file=stored).select_related("room").first()
    return message is not None and may_see(message.room, user)


def people_found(user: Any, words: str) -> QuerySet[User]:
    """Colleagues by name, to begin a talk with (TSK-07)."""
    return executors().exclude(pk=user.pk).filter(Q(name__icontains=words) | Q(username__icontains=words))[:12]
