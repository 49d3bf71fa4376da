"""What a move, a cancelling or a missed visit makes untrue is withdrawn with it; what is true now is told."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Value
from django.utils.translation import gettext_noop

from clinic.models import Branch
from core import clock
from core.events import after, inside
from messaging.events import MessageFailed
from messaging.models import Message
from messaging.purposes import title_of
from messaging.services import awake, messages_withdraw
from scheduling.events import AppointmentCancelled, AppointmentMoved, AppointmentStateChanged
from scheduling.models import Appointment, State
from scheduling.reminders import words
from scheduling.reminders.finding import SUBJECT, queue_rows, told_rows
from scheduling.reminders.online import online_tell
from work.services import notify

WAS_MOVED, WAS_CANCELLED = gettext_noop("the visit was moved"), gettext_noop("the visit was cancelled")
WAS_MISSED, WAS_PUT_BACK = gettext_noop("the patient did not come"), gettext_noop("the visit was not cancelled")
STRFTIME = "%Y-%m-%d %H:%M"  # as finding.WINDOW


@inside(AppointmentMoved)
def moved(event: AppointmentMoved) -> None:
    """The old time is withdrawn; the patient hears of the new one unless he has never heard of another."""
    branch = Branch.objects.get(pk=event.branch_id)
    old, new = (window_of(text, branch) for text in (event.old_starts_at, event.starts_at))
    unsent = unsent_about(event.appointment_id)
    messages_withdraw(subject=(SUBJECT, event.appointment_id), reason=WAS_MOVED, actor=None)
    if old == new and not unsent:
        return
    believed = next((told.window.partition(">")[0] for told in unsent if told.purpose == words.MOVED.code), old)
    row = Appointment.objects.get(pk=event.appointment_id)
    if any(told.purpose == words.ONLINE.code for told in unsent):
        online_tell(row, branch)
    elif any(told.purpose == words.BOOKED.code for told in unsent):
        if words.TELL_BOOKED.get():
            queue(words.BOOKED.code, row, branch)
    elif believed != new and words.TELL_MOVED.get() and row.created_at < clock.now() - hold():
        queue(words.MOVED.code, row, branch, window=f"{believed}>{new}")


@inside(AppointmentCancelled)
def cancelled(event: AppointmentCancelled) -> None:
    """Nothing about the visit goes out any more. Who was told of it hears that it is cancelled (SCH-53)."""
    unsent = unsent_about(event.appointment_id)
    messages_withdraw(subject=(SUBJECT, event.appointment_id), reason=WAS_CANCELLED, actor=None)
    in_past = datetime.fromisoformat(event.starts_at) < clock.now()
    never_told = any(told.purpose in words.BOOKINGS for told in unsent) or (
        event.is_mistake and not was_told(event.appointment_id)
    )
    if never_told or event.then == Appointment.Then.REBOOK or in_past:
        return
    row = Appointment.objects.get(pk=event.appointment_id)
    if words.TELL_CANCELLED.get() and row.created_at < clock.now() - hold():
        queue(words.CANCELLED.code, row, Branch.objects.get(pk=event.branch_id), window=f"{row.version}")


@inside(AppointmentStateChanged)
def stepped(event: AppointmentStateChanged) -> None:
    """A visit that was missed needs no reminder; one that is put back was not cancelled."""
    if event.new == State.NO_SHOW:
        messages_withdraw(subject=(SUBJECT, event.appointment_id), reason=WAS_MISSED, actor=None)
    elif event.old == State.CANCELLED:
        messages_withdraw(
            subject=(SUBJECT, event.appointment_id), purposes=[words.CANCELLED.code], reason=WAS_PUT_BACK, actor=None
        )


def hold() -> timedelta:
    return timedelta(minutes=words.HOLD_MINUTES.get())


def window_of(moment: str, branch: Branch) -> str:
    return clock.local(datetime.fromisoformat(moment), branch.timezone).strftime(STRFTIME)


def was_told(appointment_id: int) -> bool:
    """Whether anything about the visit has left the clinic."""
    left = (Message.State.CLAIMED, Message.State.SENT, Message.State.DELIVERED, Message.State.UNKNOWN)
    return Message.objects.filter(subject_kind=SUBJECT, subject_id=appointment_id, state__in=left).exists()


def unsent_about(appointment_id: int) -> list[Message]:
    return list(
        Message.objects.filter(subject_kind=SUBJECT, subject_id=appointment_id, state=Message.State.WAITING).order_by(
            "pk"
        )
    )


def queue(purpose: str, row: Appointment, branch: Branch, *, window: str = "") -> None:
    """One notice after the minutes of silence, with the same words and consents as all the others."""
    at = Value(awake(clock.now() + hold(), branch.timezone), DateTimeField())
    visits = Appointment.objects.filter(pk=row.pk)
    rows = told_rows(visits, branch, at, window=Value(window) if window else None)
    queue_rows(purpose, rows)


@after(MessageFailed)
def undelivered(event: MessageFailed) -> None:
    """Somebody has to call instead."""
    if event.subject_kind != SUBJECT or event.purpose not in {purpose.code for purpose in words.ALL}:
        return
    message = Message.objects.filter(pk=event.message_id).first()
    visit: Any = Appointment.objects.filter(pk=event.subject_id, state__in=[State.BOOKED, State.CONFIRMED]).first()
    if message and (visit or event.purpose == words.CANCELLED.code):
        notify(
            words.UNDELIVERED, branch_id=event.branch_id, url=message.get_absolute_url(), key=f"message:{message.pk}",
            name=message.name, phone=message.phone, purpose=title_of(event.purpose),
        )  # fmt: skip
