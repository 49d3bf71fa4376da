"""Mailings (MSG-04): an audience frozen from a list's filters, counted with reasons, told in portions, stopped at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from clinic.models import Branch
from core import clock, live, undo
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Forbidden, IllegalMove, Invalid, NotFound
from messaging import policies, rules
from messaging.audiences import patients_of
from messaging.errors import AlreadyHandedOver
from messaging.models import Kind, Mailing, MailingPerson, Message
from messaging.permissions import SEND_MAILINGS
from messaging.purposes import HAND_PLACES, MAILING
from messaging.recipients import Recipient, recipients_of
from messaging.services.drain import BEFORE_QUIET
from messaging.services.outbox import awake, hand_facts, message_queue, message_send_by_hand, withdraw, zone_of

State, Who, Why = Mailing.State, MailingPerson.State, MailingPerson.Why
GRACE = timedelta(seconds=30)  # in which a start is undone and nobody has got anything
PORTION = timedelta(seconds=10)
STEP = 2000
PAUSED, STOPPED, UNDONE = (
    gettext_noop("the mailing is paused"),
    gettext_noop("the mailing is stopped"),
    gettext_noop("undone"),
)
START = "messaging.mailing_start"
AT_HOME = (Message.State.WAITING, Message.State.PROPOSED)

sentence(
    "messaging.mailing.made", _("Mailing “%(object)s”: %(count)s people"), "speakerphone", "blue", is_timeline=False
)
sentence("messaging.mailing.changed", _("Mailing “%(object)s” was changed"), "pencil", "blue", is_timeline=False)
sentence("messaging.mailing.started", _("Mailing “%(object)s” goes at %(at)s"), "send", "green", is_timeline=False)
sentence("messaging.mailing.paused", _("Mailing “%(object)s” is paused"), "clock", "amber", is_timeline=False)
sentence("messaging.mailing.resumed", _("Mailing “%(object)s” goes on"), "player-play", "green", is_timeline=False)
sentence("messaging.mailing.stopped", _("Mailing “%(object)s” is stopped"), "hand-stop", "red", is_timeline=False)
sentence(
    "messaging.mailing.undone", _("The start of mailing “%(object)s” was undone"), "arrow-back-up", is_timeline=False
)
sentence("messaging.mailing.tested", _("Mailing “%(object)s” was tried on %(phone)s"), "message", is_timeline=False)
sentence("messaging.mailing.ended", _("Mailing “%(object)s” has been sent"), "circle-check", "green", is_timeline=False)
sentence(
    "messaging.mailing.dropped", _("%(name)s was taken out of mailing “%(object)s”"), "user-minus", is_timeline=False
)


def mailing_audience(*, listing: str, query: str, user: Any) -> int:
    """How many people the list shows, before anything is made of it; nobody, where the user may not see the list."""
    try:
        return patients_of(listing=listing, query=query, user=user).count()
    except Forbidden:
        return 0


def check_words(text: str, name: str = "") -> None:
    wrong: dict[str, Any] = {}
    if not text.strip():
        wrong["text"] = _("Write the text of the message.")
    elif unknown := rules.unknown_places(text, HAND_PLACES):
        wrong["text"] = _("Nothing can be put here: %(names)s") % {"names": ", ".join(unknown)}
    if not name.strip():
        wrong["name"] = _("Give it a name: you will find it by it.")
    if wrong:
        raise Invalid(fields=wrong)


@command
def mailing_make(
    *, name: str, text: str, kind: str, per_minute: int, listing: str, query: str, branch: Branch | None, actor: Any
) -> Mailing:
    """Freeze the audience and say who is left out, and why; nothing goes yet. Reverse: mailing_stop."""
    check_words(text, name)
    row = Mailing.objects.create(
        name=name.strip()[:120], text=text.strip(), kind=kind, per_minute=per_minute, listing=listing, query=query,
        branch=branch, created_at=clock.now(), created_by=actor, state=State.READY,
    )  # fmt: skip
    audience_count(row, actor)
    audit(actor, "messaging.mailing.made", row, count=row.people.filter(state=Who.IN).count())
    return row


def audience_count(row: Mailing, actor: Any) -> None:
    ids = [pk for pk in patients_of(listing=row.listing, query=row.query, user=actor) if pk]
    lately = had_lately(row.kind, ids)
    taken: set[str] = set()
    for start in range(0, len(ids), STEP):
        portion = ids[start : start + STEP]
        people = recipients_of(portion) or {}
        MailingPerson.objects.bulk_create(person_of(row, pk, people.get(pk), lately, taken) for pk in portion)
    row.counted_at = clock.now()
    row.save(update_fields=["counted_at"])


def had_lately(kind: str, ids: Iterable[int]) -> set[int]:
    """Those who have had a marketing mailing within the days that the clinic leaves between two."""
    days = policies.MAILING_REST.get()
    if not days or kind != Kind.MARKETING:
        return set()
    since = clock.now() - timedelta(days=days)
    rows = Message.objects.filter(purpose=MAILING.code, kind=kind, patient_id__isnull=False, sent_at__gte=since)
    return set(rows.values_list("patient_id", flat=True))


def person_of(row: Mailing, pk: int, person: Recipient | None, lately: set[int], taken: set[str]) -> MailingPerson:
    why = why_not(row, pk, person, lately, taken)
    if person and not why:
        taken.add(person.phone)
    return MailingPerson(
        mailing=row, patient_id=pk, name=person.name if person else "", phone=person.phone if person else "",
        language=person.language if person else "", branch_id=person.branch_id if person else None,
        state=Who.OUT if why else Who.IN, why=why,
    )  # fmt: skip


def why_not(row: Mailing, pk: int, person: Recipient | None, lately: set[int], taken: set[str]) -> str:
    if person is None:
        return Why.GONE
    if not person.phone:
        return Why.NO_PHONE
    if not person.allows(row.kind):
        return Why.NO_CONSENT
    if pk in lately:
        return Why.LATELY
    return Why.SAME_PHONE if person.phone in taken else ""


def locked(mailing_id: int, *states: str) -> Mailing:
    row = Mailing.objects.select_for_update().filter(pk=mailing_id).first()
    if row is None:
        raise NotFound
    if states and row.state not in states:
        raise IllegalMove(source=row.state, to=states[0])
    return row


def saved(row: Mailing, state: str, **changes: Any) -> Mailing:
    row.state, row.version = state, row.version + 1
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    live.announce("mailing", row.pk, version=row.version)
    return row


@command
def mailing_change(
    *, mailing_id: int, name: str, text: str, per_minute: int, actor: Any, expected_version: int | None = None
) -> Mailing:
    """Other words or another pace, while it has not begun or is paused. Raises IllegalMove, Stale."""
    row = locked(mailing_id, State.READY, State.PAUSED)
    check_version(expected_version, row.version)
    check_words(text, name)
    row = saved(row, row.state, name=name.strip()[:120], text=text.strip(), per_minute=per_minute)
    audit(actor, "messaging.mailing.changed", row)
    return row


@command
def mailing_drop(*, mailing_id: int, person_id: int, actor: Any) -> None:
    """One person less, while it has not begun or is paused."""
    row = locked(mailing_id, State.READY, State.PAUSED)
    person = row.people.select_for_update().filter(pk=person_id, state=Who.IN).first()
    if person is None:
        raise NotFound
    person.state, person.why = Who.OUT, Why.BY_HAND
    person.save(update_fields=["state", "why"])
    audit(actor, "messaging.mailing.dropped", row, name=person.name)


@command
def mailing_start(
    *, mailing_id: int, actor: Any, goes_at: datetime | None = None, expected_version: int | None = None
) -> Mailing:
    """Let it go, half a minute from now at the soonest. Raises IllegalMove. Reverse: mailing_undo or undo, while nobody has it."""
    row = locked(mailing_id, State.READY)
    check_version(expected_version, row.version)
    if not row.people.filter(state=Who.IN).exists():
        raise Invalid(_("There is nobody to send it to."), fields={"people": _("There is nobody to send it to.")})
    at = max(goes_at or clock.now(), clock.now() + GRACE)
    at = awake(at, zone_of(row.branch))
    begun = undo.Owned(Mailing, {"pk": row.pk}, ("goes_at",))  # its state the clock moves on; mailing_undo looks at it
    with undo.step(actor, START, _("Start of the mailing: %(name)s") % {"name": row.name}, begun):
        row = saved(row, State.GOING, goes_at=at, next_at=at)
        audit(actor, "messaging.mailing.started", row, at=f"{clock.local(at, zone_of(row.branch)):%d.%m %H:%M}")
    return row


@undo.inverse(START, SEND_MAILINGS)
def start_back(step: undo.Step, actor: Any) -> None:
    """Before it goes: as long as nobody has it (MOON-18)."""
    mailing_undo(mailing_id=step.where[0]["pk"], actor=actor)


def call_back(row: Mailing, reason: str) -> int:
    """What is still at home of it comes back to the list; gives how many."""
    home = Message.objects.filter(mailing=row, state__in=AT_HOME)
    withdraw(home, reason)
    back = row.people.filter(state=Who.QUEUED, message__state=Message.State.WITHDRAWN, message__withdraw_reason=reason)
    return back.update(state=Who.IN, message=None)


@command
def mailing_pause(*, mailing_id: int, actor: Any) -> Mailing:
    """Nothing more is handed over; what the operator has, it has. Reverse: mailing_resume."""
    row = locked(mailing_id, State.GOING)
    call_back(row, PAUSED)
    row = saved(row, State.PAUSED, next_at=None)
    audit(actor, "messaging.mailing.paused", row)
    return row


@command
def mailing_resume(*, mailing_id: int, actor: Any) -> Mailing:
    """On from where it stopped; nobody gets it twice."""
    row = saved(locked(mailing_id, State.PAUSED), State.GOING, next_at=clock.now())
    audit(actor, "messaging.mailing.resumed", row)
    return row


@command
def mailing_stop(*, mailing_id: int, actor: Any) -> Mailing:
    """The end of it, half-way too: who has not got it, will not. There is no way back but a new one."""
    row = locked(mailing_id, State.READY, State.GOING, State.PAUSED)
    call_back(row, STOPPED)
    row.people.filter(state=Who.IN).update(state=Who.DROPPED)
    row = saved(row, State.STOPPED, next_at=None, ended_at=clock.now())
    audit(actor, "messaging.mailing.stopped", row)
    return row


@command
def mailing_undo(*, mailing_id: int, actor: Any) -> Mailing:
    """Take the start back as long as nothing has left the clinic (MOON-18). Raises AlreadyHandedOver."""
    row = locked(mailing_id, State.GOING, State.DONE)
    call_back(row, UNDONE)
    if Message.objects.filter(mailing=row).exclude(state=Message.State.WITHDRAWN).exists():
        raise AlreadyHandedOver
    row = saved(row, State.READY, goes_at=None, next_at=None, ended_at=None)
    audit(actor, "messaging.mailing.undone", row)
    return row


@command
def mailing_test(*, mailing_id: int, phone: str, actor: Any) -> Message:
    """The text as the first of the list would read it, to a phone of one's own."""
    row = locked(mailing_id)
    first = row.people.filter(state=Who.IN).select_related("branch").first()
    person = (recipients_of([first.patient_id]) or {}).get(first.patient_id) if first else None
    text = rules.render(row.text, hand_facts(person, row.branch or (first.branch if first else None)))
    message = message_send_by_hand(phone=phone, text=text, branch=row.branch, actor=actor)
    audit(actor, "messaging.mailing.tested", row, phone=phone)
    return message


# The clock's part


def mailings_run() -> int:
    """Queue the next portion of each mailing that goes; gives how many messages. Safe in many workers at once."""
    due = Mailing.objects.filter(state=State.GOING, next_at__lte=clock.now()).values_list("pk", flat=True)
    return sum(portion_queue(pk) for pk in list(due))


@transaction.atomic
def portion_queue(mailing_id: int) -> int:
    rows = Mailing.objects.select_for_update(skip_locked=True, of=("self",)).select_related("branch")
    row = rows.filter(pk=mailing_id, state=State.GOING, next_at__lte=clock.now()).first()
    if row is None:
        return 0
    now = clock.now()
    soon = now + BEFORE_QUIET
    if (morning := awake(soon, zone_of(row.branch))) > soon:  # at night nothing piles up for nine o'clock
        Mailing.objects.filter(pk=row.pk).update(next_at=morning)
        return 0
    size = max(1, row.per_minute * int(PORTION.total_seconds()) // 60)
    pace = max(PORTION, timedelta(seconds=60 / row.per_minute))
    waiting = row.people.select_for_update(of=("self",)).filter(state=Who.IN).select_related("branch")
    people = list(waiting.order_by("pk")[:size])
    known = recipients_of(person.patient_id for person in people) or {}
    for person in people:
        tell(row, person, known.get(person.patient_id))
    if row.people.filter(state=Who.IN).exists():
        Mailing.objects.filter(pk=row.pk).update(next_at=now + pace)
    else:
        saved(row, State.DONE, next_at=None, ended_at=now)
        audit(None, "messaging.mailing.ended", row)
    live.announce("mailing", row.pk, version=row.version)
    return len(people)


def tell(row: Mailing, person: MailingPerson, to: Recipient | None) -> None:
    """One of the portion: what has become of him since the audience was counted is looked at again."""
    message = None
    branch = row.branch or person.branch  # its clock says when it is night
    if to is not None:
        message = message_queue(
            purpose=MAILING.code, recipient=to, branch=branch, actor=row.created_by, kind=row.kind, mailing_id=row.pk,
            text=rules.render(row.text, hand_facts(to, branch)), subject=("messaging.mailing", row.pk),
            window=str(person.patient_id), expires_at=clock.now() + timedelta(days=2),
        )  # fmt: skip
    person.state, person.message = (Who.QUEUED, message) if message else (Who.DROPPED, None)
    person.save(update_fields=["state", "message"])
