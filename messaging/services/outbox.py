"""Into the outbox and out of it: queue in the fact's own transaction, withdraw in that of its end."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch
from core import clock, undo
from core.audit import audit, audit_many, entry, sentence
from core.command import command
from core.errors import Invalid, NotFound
from core.money import Money
from core.worker import wake_up
from messaging import policies, rules
from messaging.errors import AlreadyHandedOver, NotConsented
from messaging.models import Kind, Message
from messaging.permissions import SEND_MESSAGES
from messaging.purposes import HAND_PLACES, MANUAL, REGISTRY
from messaging.recipients import Recipient
from messaging.services.templates import text_for, texts_for

AT_HOME = (Message.State.WAITING, Message.State.PROPOSED)
UNSENT = (*AT_HOME, Message.State.CLAIMED, Message.State.UNKNOWN)

sentence("messaging.message.queued", _("Message to %(phone)s: “%(text)s”"), "message", "blue")
sentence("messaging.message.withdrawn", _("Message to %(phone)s withdrawn: %(reason)s"), "message-off", "grey")
sentence("messaging.message.returned", _("Message to %(phone)s waits again"), "message", "blue")
sentence("messaging.message.repeated", _("Message to %(phone)s is sent once more"), "message", "blue")
sentence("messaging.batch.queued", _("%(count)s messages queued: %(purpose)s"), "messages", "blue", is_timeline=False)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """How many were called back, and how many are being handed over this very moment."""

    withdrawn: int
    in_flight: int


def zone_of(branch: Branch | None) -> str:
    return branch.timezone if branch else settings.TIME_ZONE


def awake(moment: datetime, zone: str) -> datetime:
    """The first moment from `moment` on when people of a zone may be disturbed (MSG-20)."""
    local = moment.astimezone(ZoneInfo(zone))
    allowed = rules.after_quiet(local, *policies.quiet_hours())
    return moment if allowed == local else clock.at(allowed.date(), allowed.time(), zone)


def cost_of(parts: int) -> Money:
    return policies.SEGMENT_PRICE.get() * parts


@command
def message_queue(
    *,
    purpose: str,
    recipient: Recipient,
    branch: Branch | None,
    actor: Any,
    text: str = "",
    facts: Mapping[str, Any] | None = None,
    subject: tuple[str, int] | None = None,
    window: str = "",
    send_after: datetime | None = None,
    expires_at: datetime | None = None,
    is_urgent: bool = False,
    key: uuid.UUID | None = None,
    kind: str = "",
    wanted: str = "",
    bundle: str = "",
    is_proposed: bool = False,
    trigger_id: int | None = None,
    mailing_id: int | None = None,
) -> Message | None:
    """Put a message into the outbox in the caller's transaction; it goes out only if that commits (MSG-19).

    None when the person has no phone, has not allowed it, or such a message is queued or sent already. `wanted` is the
    channel to try first; those of one `bundle` to one phone leave as one; a proposed one waits for a person (MSG-16).
    Reverse: messages_withdraw.
    """
    kind = kind or REGISTRY[purpose].kind
    if not recipient.phone or not recipient.allows(kind):
        return None
    language, words = text_for(purpose, recipient.language)
    text = text or rules.render(words, facts or {})
    after = send_after or clock.now()
    parts = rules.segments(text)
    row = Message(
        key=key or uuid.uuid4(), purpose=purpose, kind=kind, branch=branch, patient_id=recipient.patient_id,
        subject_kind=subject[0] if subject else "", subject_id=subject[1] if subject else None, window=window,
        name=recipient.name, phone=recipient.phone, language=language, text=text, segments=parts, cost=cost_of(parts),
        send_after=after if is_urgent else awake(after, zone_of(branch)), expires_at=expires_at, is_urgent=is_urgent,
        created_at=clock.now(), created_by=actor, wanted=wanted, bundle=bundle, trigger_id=trigger_id, mailing_id=mailing_id,
        state=Message.State.PROPOSED if is_proposed else Message.State.WAITING,
    )  # fmt: skip
    Message.objects.bulk_create([row], ignore_conflicts=True)
    saved = Message.objects.filter(key=row.key).first()
    if saved and saved.send_after <= clock.now():
        transaction.on_commit(lambda: wake_up("messaging.drain"))
    return saved


# The columns that a queryset for messages_queue_from must give, besides one `place_<name>` for each place.
GIVEN = ("subject_id", "window", "branch_id", "patient_id", "name", "phone", "language", "send_after", "expires_at")


@command
def messages_queue_from(
    *,
    purpose: str,
    subject_kind: str,
    rows: QuerySet[Any, Any],
    places: Sequence[str],
    actor: Any,
    lock: str = "",
    is_bundled: bool = False,
) -> int:
    """Queue one message a row, in a single statement whatever their number; what is there already is left alone.

    `rows` is a `.values()` queryset with the columns of GIVEN and `place_<name>` for each of `places`; it leaves out
    people who have no phone or have not allowed it, and gives `send_after` outside quiet hours. Gives the number queued.

    With `is_bundled` the rows give a `bundle` too: those of one bundle to one phone leave as one SMS.

    `lock` is the table whose rows are told of: a row that somebody is changing right now is left out and found next
    time, and nobody can change one before the message about it can be withdrawn.
    """
    declared, texts = REGISTRY[purpose], texts_for(purpose)
    fallback = text_for(purpose, "")[0]
    bundle = ("bundle",) if is_bundled else ()
    inner, params = rows.values(*GIVEN, *bundle, *(f"place_{name}" for name in places)).query.sql_with_params()
    if lock:
        inner += f' FOR NO KEY UPDATE OF "{lock}" SKIP LOCKED'
    sql = f"""
        INSERT INTO messaging_message (
            key, purpose, kind, subject_kind, subject_id, "window", branch_id, patient_id, name, phone, language,
            text, segments, cost, state, is_urgent, send_after, expires_at, created_at, created_by_id,
            bundle, line, joint_text, attempts, asks, gateway, provider_id, error, withdraw_reason)
        SELECT gen_random_uuid(), %s, %s, %s, made.subject_id, made."window", made.branch_id, made.patient_id, made.name,
            made.phone, made.written_in, made.text, messaging_segments(made.text), messaging_segments(made.text) * %s,
            'waiting', false, made.send_after, made.expires_at, %s, %s,
            made.the_bundle, left(made.line, 300), made.joint, 0, 0, '', '', '', ''
        FROM (
            SELECT rows.*, words.language AS written_in, {filled("words.text", places)} AS text,
                {"rows.bundle" if is_bundled else "''"} AS the_bundle,
                {filled("words.line", places) if is_bundled else "''"} AS line,
                {filled("words.joint", places) if is_bundled else "''"} AS joint
            FROM ({inner}) rows
            JOIN unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS words(language, text, line, joint)
                ON words.language = CASE WHEN rows.language = ANY(%s) THEN rows.language ELSE %s END
        ) made
        ON CONFLICT DO NOTHING
    """
    author = getattr(actor, "pk", None)
    head = [purpose, declared.kind, subject_kind, policies.SEGMENT_PRICE.get(), clock.now(), author]
    joints = texts_for(declared.joint) if declared.joint else {}
    words = [[source.get(language, "") for language in texts] for source in (texts, declared.line, joints)]
    tail = [list(texts), *words, list(texts), fallback]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*head, *params, *tail])
        count = cursor.rowcount
    if count:
        audit(actor, "messaging.batch.queued", count=count, purpose=REGISTRY[purpose].title)
        transaction.on_commit(lambda: wake_up("messaging.drain"))
    return count


def filled(template: str, places: Sequence[str]) -> str:
    """SQL that fills the places of a template, as rules.render does; {{lines}} stays for the moment of sending."""
    text = template
    for name in places:
        value = f"replace(coalesce(rows.place_{name}::text, ''), '\\', '\\\\')"
        text = f"regexp_replace({text}, '\\{{\\{{\\s*{name}\\s*\\}}\\}}', {value}, 'g')"
    return text


def hand_facts(to: Recipient | None, branch: Branch | None) -> dict[str, str]:
    """What stands in the places of a text that is written by hand."""
    return {
        "name": (to.call_name or to.name) if to else "", "fio": to.name if to else "",
        "branch": branch.name if branch else "", "address": (branch.address or branch.name) if branch else "",
        "phone": branch.phone if branch else "",
    }  # fmt: skip


SEND, WITHDRAW = "messaging.send", "messaging.withdraw"


@command
def message_send_by_hand(
    *,
    phone: str,
    text: str,
    branch: Branch | None,
    actor: Any,
    recipient: Recipient | None = None,
    kind: str = Kind.SERVICE,
    key: uuid.UUID | None = None,
    purpose: str = MANUAL.code,
    wanted: str = "",
    send_after: datetime | None = None,
) -> Message:
    """One message that a person wrote (MSG-03). Raises NotConsented; the same `key` twice is one message."""
    to = recipient or Recipient(phone, allows_marketing=True)
    if not to.allows(kind):
        raise NotConsented(fields={"kind": NotConsented.message})
    if not text.strip():
        raise Invalid(fields={"text": _("Write what to send.")})
    if unknown := rules.unknown_places(text, HAND_PLACES):
        raise Invalid(fields={"text": _("Nothing can be put here: %(names)s") % {"names": ", ".join(unknown)}})
    known = Message.objects.filter(key=key).first() if key else None
    if known:
        return known
    row = message_queue(
        purpose=purpose,
        recipient=replace(to, phone=phone),
        branch=branch,
        text=rules.render(text.strip(), hand_facts(recipient, branch)),
        actor=actor,
        key=key,
        kind=kind,
        wanted=wanted,
        send_after=send_after,
    )
    assert row is not None
    audit(actor, "messaging.message.queued", row, patient_id=row.patient_id, phone=phone, text=row.text)
    sent = undo.Owned(Message, {"pk": row.pk}, ("state",), back={"state": Message.State.WITHDRAWN.value})
    undo.made(actor, SEND, _("Message: %(to)s") % {"to": row.name or row.phone}, sent)
    return row


@undo.inverse(SEND, SEND_MESSAGES)
def send_back(step: undo.Step, actor: Any) -> None:
    """A message that has not gone is called back; one that has is refused (MOON-18)."""
    message_withdraw(message_id=step.where[0]["pk"], reason=_("Taken back"), actor=actor)


@command
def messages_withdraw(
    *, subject: tuple[str, int], reason: str, actor: Any, purposes: Sequence[str] = (), keep_window: str | None = None
) -> Withdrawal:
    """Call back what is unsent about a thing (MSG-19); called in the transaction that moves or cancels it.

    Never waits for a worker: what is being handed over now is only marked, so that it is never repeated.
    `keep_window` spares the message of that window.
    """
    rows = Message.objects.filter(subject_kind=subject[0], subject_id=subject[1], state__in=UNSENT)
    if purposes:
        rows = rows.filter(purpose__in=purposes)
    if keep_window is not None:
        rows = rows.exclude(window=keep_window)
    return withdraw(rows, reason)


def withdraw(rows: QuerySet[Message], reason: str) -> Withdrawal:
    """The waiting ones are withdrawn, the others marked; a row that turns from one into the other meanwhile is caught."""
    at = clock.now()
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    done = Message.objects.filter(pk__in=ids, state__in=AT_HOME).update(
        state=Message.State.WITHDRAWN, withdraw_reason=reason[:200], withdrawal_asked_at=at, ended_at=at
    )
    marked = (
        Message.objects.filter(pk__in=ids)
        .filter(Q(state=Message.State.CLAIMED) | Q(state=Message.State.UNKNOWN))
        .update(withdrawal_asked_at=at, withdraw_reason=reason[:200])
    )
    # A claimed one may have gone back to waiting between the two statements: it has no mark yet.
    done += Message.objects.filter(pk__in=ids, state=Message.State.WAITING).update(
        state=Message.State.WITHDRAWN, withdraw_reason=reason[:200], withdrawal_asked_at=at, ended_at=at
    )
    return Withdrawal(done, marked)


@command
def messages_withdraw_chosen(*, message_ids: Sequence[int], reason: str, actor: Any) -> int:
    """Call back those of a choice that still wait, by hand; gives how many."""
    rows = list(Message.objects.select_for_update().filter(pk__in=message_ids, state__in=AT_HOME).order_by("pk"))
    ids = [row.pk for row in rows]
    with undo.step(actor, WITHDRAW, _("Messages withdrawn: %(count)s") % {"count": len(ids)}, states_of(ids)):
        withdraw(Message.objects.filter(pk__in=ids), reason)
        audit_many(
            entry(actor, "messaging.message.withdrawn", row, patient_id=row.patient_id, phone=row.phone, reason=reason)
            for row in rows
        )
    return len(rows)


def states_of(ids: Sequence[int]) -> undo.Owned:
    return undo.Owned(Message, {"pk__in": list(ids)}, ("pk", "state"))


@undo.inverse(WITHDRAW, SEND_MESSAGES)
def withdrawn_back(step: undo.Step, actor: Any) -> None:
    """They wait again; what is not true any more is found untrue before it leaves, as always."""
    was = {row["pk"]: row["state"] for row in step.before[0]}
    rows = list(Message.objects.select_for_update().filter(pk__in=was).order_by("pk"))
    for row in rows:
        row.state, row.withdraw_reason, row.withdrawal_asked_at, row.ended_at = was[row.pk], "", None, None
    Message.objects.bulk_update(rows, ["state", "withdraw_reason", "withdrawal_asked_at", "ended_at"], batch_size=500)
    audit_many(
        entry(actor, "messaging.message.returned", row, patient_id=row.patient_id, phone=row.phone) for row in rows
    )


@command
def message_withdraw(*, message_id: int, reason: str, actor: Any) -> Message:
    """Call one message back. Raises AlreadyHandedOver. Reverse: message_repeat."""
    row = Message.objects.select_for_update().filter(pk=message_id).first()
    if row is None:
        raise NotFound
    if row.state not in AT_HOME:
        raise AlreadyHandedOver(state=row.state)
    withdraw(Message.objects.filter(pk=row.pk), reason)
    row.refresh_from_db()
    audit(actor, "messaging.message.withdrawn", row, patient_id=row.patient_id, phone=row.phone, reason=reason)
    return row


@command
def message_repeat(*, message_id: int, actor: Any, key: uuid.UUID | None = None) -> Message:
    """The same text once more, as a new message, when the first failed or was withdrawn. Raises AlreadyHandedOver."""
    row = Message.objects.select_for_update().filter(pk=message_id).first()
    if row is None:
        raise NotFound
    if row.state not in (Message.State.FAILED, Message.State.WITHDRAWN):
        raise AlreadyHandedOver(state=row.state)
    known = Message.objects.filter(key=key).first() if key else None
    if known:
        return known
    to = Recipient(row.phone, row.name, row.patient_id, row.language, row.branch_id, True, True)
    again = message_queue(purpose=MANUAL.code, recipient=to, branch=row.branch, text=row.text, actor=actor, key=key)
    assert again is not None
    audit(actor, "messaging.message.repeated", again, patient_id=row.patient_id, phone=row.phone)
    return again
