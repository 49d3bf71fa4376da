"""Triggers as data (MSG-12..16): what happened is looked for, told once, after a delay, and looked at before."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch
from core import clock, undo
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import IllegalMove, Invalid, NotFound
from core.trash import trash_put
from messaging import rules
from messaging.happenings import REGISTRY, Happening, Occurrence
from messaging.models import Message, Trigger
from messaging.permissions import SEND_MESSAGES
from messaging.purposes import TRIGGER
from messaging.recipients import Recipient, recipients_of
from messaging.services.outbox import message_queue, states_of

APPROVE = "messaging.approve"
LATE = timedelta(days=3)  # what the clinic's computer has slept through for longer is not told any more

sentence("messaging.trigger.saved", _("Trigger “%(object)s” was saved"), "bolt", "blue", is_timeline=False)
sentence("messaging.trigger.switched", _("Trigger “%(object)s” works: %(works)s"), "bolt", "violet", is_timeline=False)
sentence("messaging.message.approved", _("Message to %(phone)s was approved"), "check", "green")
sentence("messaging.message.proposed_again", _("Message to %(phone)s waits for approval again"), "clock", "amber")


def delayed(moment: datetime, trigger: Trigger, sign: int = 1) -> datetime:
    """The moment after the trigger's delay; months by the calendar."""
    step = relativedelta(**{trigger.unit: trigger.delay * sign})
    return (moment.astimezone(UTC) + step).astimezone(moment.tzinfo)


def happening_of(trigger: Trigger) -> Happening | None:
    return REGISTRY.get(trigger.event)


def occurrences(trigger: Trigger, since: datetime, until: datetime) -> list[Occurrence]:
    """What falls due in [since, until)."""
    happening = happening_of(trigger)
    if happening is None:
        return []
    slack = timedelta(days=4) if trigger.unit == Trigger.Unit.MONTHS else timedelta(0)  # months have no one length
    first, last = delayed(since, trigger, -1) - slack, delayed(until, trigger, -1) + slack
    found = happening.find(first, last, trigger.conditions)
    return [each for each in found if since <= delayed(each.at, trigger) < until]


def triggers_run(*, now: datetime | None = None) -> int:
    """Queue what is due of every trigger that works; gives how many. Safe twice and in many workers: the database
    lets each (trigger, subject, window) in once."""
    now = now or clock.now()
    return sum(trigger_run(trigger, now) for trigger in Trigger.objects.live().filter(is_active=True))


def trigger_run(trigger: Trigger, now: datetime) -> int:
    assert trigger.since is not None
    due = occurrences(trigger, max(trigger.since, now - LATE), now)
    told = set(
        Message.objects.filter(trigger=trigger, created_at__gte=now - LATE - timedelta(days=1)).values_list(
            "subject_id", "window"
        )
    )
    left = [each for each in due if (each.subject_id, window_of(trigger, each)) not in told]
    people = recipients_of(each.patient_id for each in left) or {}
    branches = Branch.objects.in_bulk({each.branch_id for each in left if each.branch_id})
    return sum(bool(tell(trigger, each, people.get(each.patient_id), branches)) for each in left)


def window_of(trigger: Trigger, each: Occurrence) -> str:
    return f"{trigger.pk}:{each.window}"[:60]


@command
def tell(trigger: Trigger, each: Occurrence, to: Recipient | None, branches: Mapping[int, Branch]) -> Message | None:
    if to is None:
        return None
    return message_queue(
        purpose=TRIGGER.code, recipient=to, branch=branches.get(each.branch_id or 0), actor=None,
        text=rules.render(trigger.text, each.facts), subject=(each.subject_kind, each.subject_id),
        window=window_of(trigger, each), send_after=max(delayed(each.at, trigger), clock.now()),
        expires_at=each.expires_at or clock.now() + timedelta(days=7), kind=trigger.kind, wanted=trigger.channel,
        is_proposed=trigger.is_approved_by_people, trigger_id=trigger.pk,
    )  # fmt: skip


def void(rows: Any) -> set[int]:
    """Before a trigger's message leaves: is what it tells of still so? (MSG-19)"""
    mine = [row for row in rows if row.trigger_id]
    triggers = Trigger.objects.in_bulk({row.trigger_id for row in mine})
    gone: set[int] = set()
    for trigger in triggers.values():
        told = [row for row in mine if row.trigger_id == trigger.pk]
        happening = happening_of(trigger)
        if happening is None or trigger.deleted_at or not trigger.is_active:
            gone |= {row.pk for row in told}
            continue
        standing = happening.still({row.subject_id for row in told})
        gone |= {row.pk for row in told if row.subject_id not in standing}
    return gone


@command
def trigger_save(
    *, actor: Any, trigger_id: int | None = None, expected_version: int | None = None, **given: Any
) -> Trigger:
    """A new trigger or other words for one. Raises Invalid beside the fields, Stale. Reverse: the same with the former."""
    row = Trigger() if trigger_id is None else Trigger.objects.live().select_for_update().filter(pk=trigger_id).first()
    if row is None:
        raise NotFound
    if trigger_id is not None:
        check_version(expected_version, row.version)
    happening = REGISTRY.get(given.get("event", row.event))
    if happening is None:
        raise Invalid(fields={"event": _("Choose from the list.")})
    unknown = rules.unknown_places(given["text"], happening.places)
    if unknown:
        raise Invalid(fields={"text": _("Nothing can be put here: %(names)s") % {"names": ", ".join(unknown)}})
    conditions_check(happening, given.get("conditions", {}))
    if Trigger.objects.live().filter(name=given["name"]).exclude(pk=row.pk).exists():
        raise Invalid(fields={"name": _("There is such a trigger already.")})
    was_active = row.is_active
    for name, value in given.items():
        setattr(row, name, value)
    if row.is_active and not was_active:
        row.since = clock.now()
    if trigger_id is not None:
        row.version += 1
    row.save()
    audit(actor, "messaging.trigger.saved", row)
    return row


def conditions_check(happening: Happening, conditions: Mapping[str, list[Any]]) -> None:
    """Only the event's own conditions, and only values that they offer."""
    known = {each.name: {key for key, _label in each.choices()} for each in happening.conditions}
    if any(name not in known or set(values) - known[name] for name, values in conditions.items()):
        raise Invalid(fields={"conditions": _("Choose from the list.")})


@command
def trigger_switch(*, trigger_id: int, is_active: bool, actor: Any) -> Trigger:
    """On: from now on. Off: what waits of it does not go. Its own reverse."""
    row = Trigger.objects.live().select_for_update().filter(pk=trigger_id).first()
    if row is None:
        raise NotFound
    if row.is_active != is_active:
        row.is_active, row.since, row.version = is_active, clock.now() if is_active else row.since, row.version + 1
        row.save()
        audit(actor, "messaging.trigger.switched", row, works=_("yes") if is_active else _("no"))
    return row


@command
def trigger_trash(*, trigger_id: int, actor: Any) -> None:
    row = Trigger.objects.live().filter(pk=trigger_id).first()
    if row is None:
        raise NotFound
    trash_put(row, actor=actor)


@command
def messages_approve(*, message_ids: list[int], actor: Any) -> int:
    """People agree to what a trigger proposes (MSG-16); gives how many go. Reverse: undo, or messages_withdraw_chosen."""
    rows = list(
        Message.objects.select_for_update().filter(pk__in=message_ids, state=Message.State.PROPOSED).order_by("pk")
    )
    ids = [row.pk for row in rows]
    with undo.step(actor, APPROVE, _("Messages approved: %(count)s") % {"count": len(ids)}, states_of(ids)):
        Message.objects.filter(pk__in=ids).update(state=Message.State.WAITING, created_by=actor)
        for row in rows:
            audit(actor, "messaging.message.approved", row, patient_id=row.patient_id, phone=row.phone)
    return len(rows)


@undo.inverse(APPROVE, SEND_MESSAGES)
def approved_back(step: undo.Step, actor: Any) -> None:
    """Proposed again, as long as none of them has left."""
    rows = list(Message.objects.select_for_update().filter(**step.where[0]).order_by("pk"))
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(state=Message.State.PROPOSED, created_by=None)
    for row in rows:
        audit(actor, "messaging.message.proposed_again", row, patient_id=row.patient_id, phone=row.phone)


def message_approve(*, message_id: int, actor: Any) -> None:
    """Raises IllegalMove when it does not wait for approval."""
    if not messages_approve(message_ids=[message_id], actor=actor):
        raise IllegalMove(source="", to=Message.State.WAITING)
