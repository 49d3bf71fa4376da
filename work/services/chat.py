"""Talk inside the clinic: rooms, messages, files, mentions, what is read."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.models import User
from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.files import DOCUMENTS, SHEETS, Purpose, file_store
from work import notices
from work.models import Room, RoomMember, RoomMessage
from work.selectors import executors, may_read_file, may_see, room_get
from work.services.notifications import notify
from work.subjects import subject_find

sentence("work.room.made", _lazy("Chat begun: %(object)s"), "messages", "blue", is_timeline=False)
WITH_WHOM = _lazy("Choose with whom.")
CHAT_FILE = Purpose("work.chat", (*DOCUMENTS, *SHEETS), may_read=may_read_file)


@command
def room_of_two(*, actor: Any, other_id: int) -> Room:
    """The one room of two people (TSK-07); made when they first talk."""
    if other_id == actor.pk or not executors().filter(pk=other_id).exists():
        raise NotFound
    first, second = sorted((actor.pk, other_id))
    lock(("room_pair", first))
    return _made(actor, [first, second], pair=f"{first}:{second}")


@command
def room_of_group(*, actor: Any, title: str, person_ids: Sequence[int]) -> Room:
    """A room with a title for several people."""
    people = list(executors().filter(pk__in=person_ids).values_list("pk", flat=True))
    wrong: dict[str, Any] = {}
    if not title.strip():
        wrong["title"] = _("Give the chat a name.")
    if not people:
        wrong["people"] = WITH_WHOM
    if wrong:
        raise Invalid(fields=wrong)
    return _made(actor, [actor.pk, *people], title=title.strip()[:120])


@command
def room_of_record(*, actor: Any, kind: str, pk: int) -> Room:
    """The one room about a record; only for who may see the record (TSK-13)."""
    if subject_find(actor, kind, pk) is None:
        raise NotFound
    lock((f"room:{kind}", pk))
    return _made(actor, [], subject_kind=kind, subject_id=pk)


def _made(actor: Any, people: list[int], **fields: Any) -> Room:
    room = None if "title" in fields else Room.objects.filter(**fields).first()
    if room is None:
        room = Room.objects.create(**fields, created_by=actor)
        audit(actor, "work.room.made", room)
    RoomMember.objects.bulk_create([RoomMember(room=room, user_id=pk) for pk in people], ignore_conflicts=True)
    return room


@command
def message_post(
    *, room_id: int, actor: Any, text: str = "", upload: Any = None, mention_ids: Sequence[int] = ()
) -> RoomMessage:
    """Say something, with a file, to the room. Who is mentioned must be able to see it, and is told (TSK-12)."""
    room = room_get(actor, room_id)
    if not text.strip() and upload is None:
        raise Invalid(fields={"text": _("Write a message or add a file.")})
    mentioned = list(User.objects.with_rights().filter(pk__in=mention_ids, is_active=True, partner_id__isnull=True))
    blind = [str(user) for user in mentioned if not may_see(room, user)]
    if blind:
        raise Invalid(fields={"mention": _("Cannot see this chat: %(names)s.") % {"names": ", ".join(blind)}})
    stored = file_store(upload, purpose=CHAT_FILE, actor=actor) if upload else None
    row = RoomMessage.objects.create(
        room=room,
        author=actor,
        text=text.strip()[:4000],
        file=stored,
        mention_ids=[user.pk for user in mentioned],
        at=clock.now(),
    )
    members = [RoomMember(room=room, user_id=pk) for pk in {actor.pk, *row.mention_ids}]
    RoomMember.objects.bulk_create(members, ignore_conflicts=True)
    RoomMember.objects.filter(room=room, user=actor).update(last_read=row.pk)
    notify(
        notices.MENTIONED, users=mentioned, url=room.get_absolute_url(), but=actor, who=str(actor), text=row.text[:120]
    )
    live.announce("chat", room.pk, user_ids=RoomMember.objects.filter(room=room).values_list("user_id", flat=True))
    if room.about and room.about.branch_id:  # of a record: who has it open without having said anything
        live.announce("chat", room.pk, branch_id=room.about.branch_id)
    return row


def room_read(*, room: Room, user: Any) -> int:
    """Up to the newest; concerns only himself, hence not audited."""
    newest = room.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    return RoomMember.objects.filter(room=room, user=user, last_read__lt=newest).update(last_read=newest)
