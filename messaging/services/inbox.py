"""What people reply (MSG-21): once, to the right person; understood by itself, or put before the reception."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core import clock, live, undo
from core.audit import audit, sentence
from core.command import command
from core.errors import IllegalMove, NotFound
from core.events import publish
from messaging import rules
from messaging.events import MessageReceived
from messaging.models import Address, Channel, Incoming, Message
from messaging.permissions import SEND_MESSAGES
from messaging.purposes import ANSWER
from messaging.recipients import OWNERS, UNSUBSCRIBE, Recipient, recipients_of
from messaging.services.outbox import message_send_by_hand

HANDLE = "messaging.handle"
ANSWERED_WITHIN = timedelta(days=7)
LEFT = (Message.State.CLAIMED, Message.State.SENT, Message.State.DELIVERED, Message.State.UNKNOWN)

sentence("messaging.incoming.received", _("Reply from %(phone)s: “%(text)s”"), "message-reply", "violet")
sentence("messaging.incoming.handled", _("The reply “%(text)s” was dealt with"), "message-check", "green")
sentence("messaging.incoming.reopened", _("The reply “%(text)s” waits again"), "message-question", "amber")

UNSUBSCRIBED = gettext_noop("marketing is switched off")


@command
def incoming_receive(
    *, gateway: str, provider_key: str, channel: str, address: str, text: str, phone: str = "", name: str = ""
) -> Incoming | None:
    """Keep a reply and let the apps above do what it says; None when it is here already."""
    last = last_told(channel, address)
    patient_id = last.patient_id if last and last.patient_id else owner_of(channel, address, phone)
    person = (recipients_of([patient_id]) or {}).get(patient_id) if patient_id else None
    row = Incoming(
        gateway=gateway, provider_key=provider_key[:120], channel=channel, address=address[:100],
        phone=(phone or (person.phone if person else ""))[:20], patient_id=person.patient_id if person else None,
        name=(person.name if person else name)[:260], text=text[:4000], meaning=rules.meaning_of(text), answers=last,
        branch_id=last.branch_id if last else (person.branch_id if person else None), received_at=clock.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    audit(
        None, "messaging.incoming.received", row, patient_id=row.patient_id, phone=row.phone or row.name,
        text=row.text[:200],
    )  # fmt: skip
    unsubscribe(row)
    publish(MessageReceived(
        incoming_id=row.pk, patient_id=row.patient_id, branch_id=row.branch_id, meaning=row.meaning,
        answers_id=row.answers_id,
    ))  # fmt: skip
    live.announce("incoming", row.pk, branch_id=row.branch_id)
    row.refresh_from_db()
    return row


def last_told(channel: str, address: str) -> Message | None:
    """The newest message of ours that the writer has had: what a bare «1» answers."""
    since = clock.now() - ANSWERED_WITHIN
    told = Message.objects.filter(state__in=LEFT, created_at__gte=since - timedelta(days=7), joined_to__isnull=True)
    where = Q(phone=address, channel=Channel.SMS) if channel == Channel.SMS else Q(channel=channel, address=address)
    newest = told.filter(where, Q(sent_at__gte=since) | Q(sent_at__isnull=True)).order_by("-sent_at", "-pk")
    return newest.filter(subject_id__isnull=False).first() or newest.first()


def owner_of(channel: str, address: str, phone: str) -> int | None:
    if channel != Channel.SMS:
        chats = Address.objects.filter(channel=channel, address=address, ended_at__isnull=True).order_by("-pk")
        return chats.values_list("patient_id", flat=True).first()
    return next((pk for provider in OWNERS for pk in provider(phone or address)), None)


def unsubscribe(row: Incoming) -> None:
    """«STOP» ends marketing at once, for every card of the phone, and needs nobody's help."""
    if row.meaning != Incoming.Meaning.STOP:
        return
    owners = {row.patient_id} if row.patient_id else set()
    owners |= {pk for provider in OWNERS for pk in provider(row.phone)} if row.phone else set()
    for patient_id in owners:
        for provider in UNSUBSCRIBE:
            provider(patient_id, row.phone or row.address)
    if owners:
        incoming_settle(incoming_id=row.pk, outcome=UNSUBSCRIBED)


@command
def incoming_settle(*, incoming_id: int, outcome: str) -> None:
    """An app above has done what the reply says: nobody has to look at it."""
    Incoming.objects.filter(pk=incoming_id, state=Incoming.State.NEW).update(
        state=Incoming.State.UNDERSTOOD, outcome=outcome[:200]
    )


@command
def incoming_handle(*, incoming_id: int, actor: Any) -> Incoming:
    """Somebody has read it and done what was needed. Reverse: incoming_reopen."""
    row = Incoming.objects.select_for_update().filter(pk=incoming_id).first()
    if row is None:
        raise NotFound
    if row.state != Incoming.State.HANDLED:
        owned = undo.Owned(Incoming, {"pk": row.pk}, ("state", "handled_by_id"))
        with undo.step(actor, HANDLE, _("Dealt with: %(reply)s") % {"reply": row}, owned):
            row.state, row.handled_at, row.handled_by = Incoming.State.HANDLED, clock.now(), actor
            row.save(update_fields=["state", "handled_at", "handled_by"])
            audit(actor, "messaging.incoming.handled", row, patient_id=row.patient_id, text=row.text[:100])
            live.announce("incoming", row.pk, branch_id=row.branch_id)
    return row


@command
def incoming_answer(*, incoming_id: int, text: str, actor: Any) -> Message:
    """Words back by the channel by which they came; the reply counts as dealt with. Raises Invalid, NotConsented."""
    row = Incoming.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=incoming_id).first()
    if row is None:
        raise NotFound
    to = (recipients_of([row.patient_id]) or {}).get(row.patient_id) if row.patient_id else None
    with undo.together(actor, _("Answer: %(to)s") % {"to": row.name or row.phone or row.address}):
        sent = message_send_by_hand(
            phone=row.phone or (to.phone if to else ""), text=text, branch=row.branch, actor=actor,
            recipient=to or Recipient(row.phone, row.name), purpose=ANSWER.code, wanted=row.channel,
        )  # fmt: skip
        incoming_handle(incoming_id=row.pk, actor=actor)
    return sent


@command
def incoming_handle_many(*, incoming_ids: Sequence[int], actor: Any) -> int:
    """Those of a choice that wait; gives how many. Reverse: undo takes them back together (MOON-18)."""
    rows = Incoming.objects.filter(pk__in=incoming_ids).exclude(state=Incoming.State.HANDLED).order_by("pk")
    chosen = list(rows.values_list("pk", flat=True))
    with undo.together(actor, _("Replies dealt with: %(count)s") % {"count": len(chosen)}):
        for pk in chosen:
            incoming_handle(incoming_id=pk, actor=actor)
    return len(chosen)


@undo.inverse(HANDLE, SEND_MESSAGES)
def handled_back(step: undo.Step, actor: Any) -> None:
    """As it stood before: waiting, or understood by itself."""
    ((was,),), ((where),) = step.before, step.where
    row = Incoming.objects.select_for_update().get(pk=where["pk"])
    row.state, row.handled_at, row.handled_by_id = was["state"], None, was["handled_by_id"]
    row.save(update_fields=["state", "handled_at", "handled_by"])
    audit(actor, "messaging.incoming.reopened", row, patient_id=row.patient_id, text=row.text[:100])
    live.announce("incoming", row.pk, branch_id=row.branch_id)


@command
def incoming_reopen(*, incoming_id: int, actor: Any) -> Incoming:
    """It waits for an answer again. Raises IllegalMove when it does already."""
    row = Incoming.objects.select_for_update().filter(pk=incoming_id).first()
    if row is None:
        raise NotFound
    if row.state == Incoming.State.NEW:
        raise IllegalMove(source=row.state, to=Incoming.State.NEW)
    row.state, row.handled_at, row.handled_by = Incoming.State.NEW, None, None
    row.save(update_fields=["state", "handled_at", "handled_by"])
    audit(actor, "messaging.incoming.reopened", row, patient_id=row.patient_id, text=row.text[:100])
    live.announce("incoming", row.pk, branch_id=row.branch_id)
    return row
