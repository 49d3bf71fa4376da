"""Whose visit must be told of now: one statement a branch puts them all into the outbox."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, NullIf, Substr, Trim

from clinic.models import Branch
from core import clock
from messaging.models import Message
from messaging.services import awake, messages_queue_from
from patients.models import Representative
from scheduling.models import Appointment, State
from scheduling.reminders import words

SUBJECT = "scheduling.appointment"
PLACES = tuple(words.PLACES)
EXPECTED = (State.BOOKED, State.CONFIRMED)
LOOK_BACK = timedelta(hours=2)  # a booking that the sweep has missed for longer is told by its reminder
SOON = timedelta(hours=1)  # nobody is reminded of what begins within the hour


def local(moment: Any, zone: str, form: str) -> Func:
    """A moment of a zone in a form: the window of a message, or a place of its text."""
    wall = Func(Value(zone), moment, function="timezone", output_field=DateTimeField())
    return Func(wall, Value(form), function="to_char", output_field=TextField())


WINDOW = "YYYY-MM-DD HH24:MI"


def told_rows(visits: QuerySet[Appointment], branch: Branch, send_after: Any, *, window: Any = None) -> QuerySet[Any]:
    """Visits as the outbox wants them: people who may be written to, with the places of the texts."""
    zone = branch.timezone
    representative = Representative.objects.filter(patient=OuterRef("patient"), is_responsible=True).exclude(phone="")
    doctor = Concat(
        "doctor__last_name", Value(" "), Substr("doctor__first_name", 1, 1), Value("."), output_field=TextField()
    )
    fio = Concat(
        "patient__last_name",
        Value(" "),
        "patient__first_name",
        Value(" "),
        "patient__middle_name",
        output_field=TextField(),
    )
    phone = Coalesce(NullIf("patient__phone", Value("")), Subquery(representative.values("phone")[:1]), Value(""))
    return (
        visits.filter(
            branch=branch,
            patient__deleted_at__isnull=True,
            patient__merged_into__isnull=True,
            patient__reminders_allowed=True,
        )
        .annotate(
            phone=phone,
            subject_id=F("pk"),
            window=window or local(F("starts_at"), zone, WINDOW),
            name=Trim(fio),
            language=F("patient__language"),
            send_after=Cast(send_after, DateTimeField()),
            bundle=Concat(
                Value(f"reminder:{branch.pk}:"), local(F("starts_at"), zone, "YYYY-MM-DD"), output_field=TextField()
            ),
            expires_at=F("starts_at"),
            place_name=Trim(
                Concat("patient__first_name", Value(" "), "patient__middle_name", output_field=TextField())
            ),
            place_fio=Trim(fio),
            place_date=local(F("starts_at"), zone, "DD.MM"),
            place_time=local(F("starts_at"), zone, "HH24:MI"),
            place_doctor=doctor,
            place_branch=Value(branch.name, CharField()),
            place_address=Value(branch.address or branch.name, CharField()),
            place_phone=Value(branch.phone, CharField()),
        )
        .exclude(phone="")
        .order_by("starts_at", "pk")
    )


def queue_rows(purpose: str, rows: QuerySet[Any]) -> int:
    """Into the outbox, except what is being moved or cancelled this very moment: the next sweep finds it as it is then."""
    return messages_queue_from(
        purpose=purpose, subject_kind=SUBJECT, rows=rows, places=PLACES, actor=None, lock=Appointment._meta.db_table,
        is_bundled=purpose == words.REMINDER.code,
    )  # fmt: skip


def told_of(*purposes: str) -> Exists:
    """Whether a message of these purposes about the visit's present time is queued or sent."""
    return Exists(
        Message.objects.filter(
            subject_kind=SUBJECT, subject_id=OuterRef("pk"), purpose__in=purposes, window=OuterRef("told_window")
        ).exclude(state=Message.State.WITHDRAWN)
    )


def reminders_find(*, now: datetime | None = None) -> int:
    """Queue a reminder of every visit of tomorrow, by each branch's own clock (MSG-13, MSG-19). Safe at any moment."""
    if not words.REMIND.get():
        return 0
    return sum(branch_reminders(branch, now or clock.now()) for branch in Branch.objects.live())


def branch_reminders(branch: Branch, now: datetime) -> int:
    """Tomorrow's visits, and those of today that nobody could remind of yesterday."""
    today = clock.local(now, branch.timezone).date()
    tomorrow = today + timedelta(days=1)
    begins, ends = clock.day_bounds(today, tomorrow, branch.timezone)
    midnight = clock.day_bounds(tomorrow, tomorrow, branch.timezone)[0]
    hour = time.fromisoformat(words.REMIND_AT.get())
    base = awake(max(now, clock.at(today, hour, branch.timezone)), branch.timezone)
    visits = Appointment.objects.filter(branch=branch, state__in=EXPECTED, starts_at__gt=now + SOON, starts_at__lt=ends)
    visits = visits.annotate(told_window=local(F("starts_at"), branch.timezone, WINDOW))
    visits = visits.exclude(starts_at__lt=midnight, created_at__gte=begins)
    rows = visits.exclude(told_of(words.REMINDER.code)).exclude(told_of(words.ONLINE.code), created_at__gte=begins)
    held = F("created_at") + timedelta(minutes=words.HOLD_MINUTES.get())
    sooner = Greatest(Value(base, DateTimeField()), held)
    return queue_rows(words.REMINDER.code, told_rows(rows, branch, sooner))


def bookings_find(*, now: datetime | None = None) -> int:
    """Queue notices of bookings whose minutes of silence are over (SCH-53); those that get a reminder need none."""
    if not words.TELL_BOOKED.get():
        return 0
    return sum(branch_bookings(branch, now or clock.now()) for branch in Branch.objects.live())


def branch_bookings(branch: Branch, now: datetime) -> int:
    hold = timedelta(minutes=words.HOLD_MINUTES.get())
    today = clock.local(now, branch.timezone).date()
    visits = Appointment.objects.filter(
        branch=branch,
        state__in=EXPECTED,
        created_at__lte=now - hold,
        created_at__gt=now - hold - LOOK_BACK,
        starts_at__gt=now + SOON,
    )
    if words.REMIND.get():
        tomorrow = clock.day_bounds(today + timedelta(days=1), today + timedelta(days=1), branch.timezone)
        visits = visits.exclude(starts_at__gte=tomorrow[0], starts_at__lt=tomorrow[1])
    visits = visits.annotate(told_window=local(F("starts_at"), branch.timezone, WINDOW))
    rows = visits.exclude(told_of(*words.BOOKINGS, words.MOVED.code)).exclude(online__wants_reminders=False)
    at = Value(awake(now, branch.timezone), DateTimeField())
    return queue_rows(words.BOOKED.code, told_rows(rows, branch, at))
