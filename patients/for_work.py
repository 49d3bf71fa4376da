"""What cards give to tasks, chats and the queue: records that these may be about, and who sees them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core import clock
from core.access import Permission, is_allowed
from messaging.models import Message
from messaging.permissions import SEND_MESSAGES
from messaging.selectors import incoming_visible_to, messages_visible_to
from patients import permissions
from patients.selectors import patients_found, patients_visible_to
from patients.slots import ACTIONS, CardAction
from work.items import ITEMS, WorkItem
from work.permissions import CHAT
from work.subjects import SUBJECTS, Found, Subject

FRESH = timedelta(days=2)


def cards(user: Any, ids: list[int], needed: Permission = permissions.SEE) -> dict[int, Found]:
    """Cards within the user's scope, if he may see what is asked for of them."""
    if not is_allowed(user, needed):
        return {}
    rows = patients_visible_to(user).filter(pk__in=ids)
    return {row.pk: Found(row.full_name, row.get_absolute_url(), row.pk, row.branch_id) for row in rows}


def records(user: Any, ids: list[int]) -> dict[int, Found]:
    """The same cards as medical records: only for those who see treatment."""
    return cards(user, ids, permissions.SEE_MEDICAL_EVENTS) if is_allowed(user, permissions.SEE) else {}


def picked(user: Any, words: str) -> Iterator[tuple[int, str]]:
    if is_allowed(user, permissions.SEE):
        yield from ((row.pk, row.full_name) for row in patients_found(user, words, 12))


def not_delivered(user: Any) -> Iterator[WorkItem]:
    """A patient who was not reached; gone when anything later went to the same phone, by whatever way."""
    if not is_allowed(user, SEND_MESSAGES):
        return
    later = Message.objects.filter(phone=OuterRef("phone"), created_at__gt=OuterRef("created_at")).exclude(
        state__in=[Message.State.FAILED, Message.State.WITHDRAWN]
    )
    rows = (
        messages_visible_to(user)
        .filter(state=Message.State.FAILED, created_at__gte=clock.now() - FRESH)
        .exclude(Exists(later))
    )
    for row in rows.order_by("-created_at")[:100]:
        yield WorkItem(
            key=f"message:{row.pk}", kind=say("Messages"), title=say("Not delivered: %(name)s") % {"name": row.name or row.phone},
            why=row.error or row.text[:120], icon="message-off", tone="amber", due_at=row.expires_at, url=row.get_absolute_url(),
            action=say("Open"),
        )  # fmt: skip


def chat_url(kind: str, card: Any) -> str:
    return reverse("work:room-about", args=[f"patients.{kind}", card.pk])


def replies(user: Any) -> Iterator[WorkItem]:
    """What patients have written and nobody has answered; who will not come is the most urgent (MSG-21)."""
    if not is_allowed(user, SEND_MESSAGES):
        return
    for row in incoming_visible_to(user).filter(state="new").order_by("received_at")[:50]:
        yield WorkItem(
            key=f"incoming:{row.pk}", kind=say("Replies"), title=row.name or row.phone or row.address, why=row.text[:120], icon="inbox",
            tone="red" if row.meaning == "decline" else "violet", due_at=row.received_at, url=row.get_absolute_url(),
            action=say("Answer"), is_urgent=row.meaning == "decline",
        )  # fmt: skip


def proposals(user: Any) -> Iterator[WorkItem]:
    """Messages that a trigger proposes and a person has to approve (MSG-16)."""
    if not is_allowed(user, SEND_MESSAGES):
        return
    for row in messages_visible_to(user).filter(state="proposed").order_by("send_after")[:50]:
        yield WorkItem(
            key=f"proposed:{row.pk}", kind=say("Messages"), title=row.name or row.phone, why=row.text[:120], icon="send", tone="amber",
            due_at=row.send_after, url=row.get_absolute_url(), action=say("Look and approve"),
        )  # fmt: skip


def register() -> None:
    SUBJECTS.register(Subject("patients.patient", _("Patient"), "user", cards, picked), module="patients", order=10)
    SUBJECTS.register(
        Subject("patients.record", _("Medical record"), "heartbeat", records), module="patients", order=11
    )
    for order, (kind, label, needed) in enumerate(
        (("patient", _("Discuss"), CHAT), ("record", _("Discuss treatment"), permissions.SEE_MEDICAL_EVENTS))
    ):
        ACTIONS.register(
            CardAction(
                f"chat-{kind}",
                label,
                "messages",
                needed,
                lambda card, kind=kind: chat_url(kind, card),
                200 + order,
                "more",
            ),
            module="patients",
        )
    ITEMS.register(not_delivered, module="patients", order=30)
    ITEMS.register(replies, module="patients", order=20)
    ITEMS.register(proposals, module="patients", order=60)
