"""The list of calls (SCH-27): causes that hold now, whoever made or ended them; and its own causes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from clinic.models import Branch
from core import clock
from core.errors import NotFound
from scheduling.models import Appointment, CallTask, PlannedVisit, State, WaitingEntry
from scheduling.rules import OCCUPYING
from scheduling.slots import CALL_REASONS, CallReason

REMEMBERED = timedelta(days=60)  # a cancelled or missed visit is called about for so long


def reasons() -> dict[str, CallReason]:
    return {reason.code: reason for reason in CALL_REASONS}


def causes(reason: CallReason, now: datetime | None = None) -> QuerySet[Any]:
    """Rows whose `pk`, `patient_id`, `branch_id` and `due` say whom to call."""
    return reason.rows(now or clock.now())


def calls_alive(user: Any) -> QuerySet[CallTask]:
    """Calls of the user's branches whose cause holds at this moment."""
    now = clock.now()
    alive = Q(pk__in=())
    for reason in CALL_REASONS:
        alive |= Q(reason=reason.code, subject_id__in=causes(reason, now).order_by().values("pk"))
    rows = CallTask.objects.filter(alive, ended_at__isnull=True)
    rows = rows.filter(Q(branch__in=user.branch_ids) | Q(branch__isnull=True))
    return rows.select_related("patient", "branch", "claimed_by")


def calls_open_to(user: Any) -> QuerySet[CallTask]:
    """Those that nobody else has taken (never shown to two)."""
    now = clock.now()
    return calls_alive(user).filter(Q(claimed_by__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_by=user))


def is_anothers_now(user: Any) -> Q:
    """Somebody else has taken it, and his minutes are not over."""
    return Q(claimed_by__isnull=False, claimed_until__gt=clock.now()) & ~Q(claimed_by=user)


def is_put_off() -> Q:
    return Q(next_at__isnull=False, next_at__gt=clock.now())


def calls_due(user: Any) -> QuerySet[CallTask]:
    """To be made now: not put off."""
    return calls_open_to(user).filter(~is_put_off())


def call_shown(pk: int, user: Any) -> CallTask:
    """One call with its words; NotFound when its cause is gone."""
    found = calls_alive(user).prefetch_related("history__by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return decorated([found], user)[0]


def calls_count(user: Any) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for reason in calls_due(user).order_by().values_list("reason", flat=True):
        found[reason] += 1
    return found


# The calendar's own causes


def unbooked(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Visits after whose end nobody has booked the patient anew; of several only the last."""
    later = Appointment.objects.filter(patient=OuterRef("patient"), state__in=OCCUPYING)
    anew = later.filter(Q(created_at__gte=OuterRef("state_since")) | Q(starts_at__gt=OuterRef("starts_at")))
    again = Appointment.objects.filter(
        patient=OuterRef("patient"), state__in=(State.CANCELLED, State.NO_SHOW), is_mistake=False
    ).filter(Q(state_since__gt=OuterRef("state_since")) | Q(state_since=OuterRef("state_since"), pk__gt=OuterRef("pk")))
    return rows.filter(~Exists(anew), ~Exists(again)).annotate(due=F("state_since"))


def broken(now: datetime) -> QuerySet[Appointment]:
    """Cancelled to be booked anew, and still not booked (SCH-43)."""
    return unbooked(
        Appointment.objects.filter(
            state=State.CANCELLED,
            cancel_then=Appointment.Then.REBOOK,
            is_mistake=False,
            state_since__gt=now - REMEMBERED,
        )
    )


def missed(now: datetime) -> QuerySet[Appointment]:
    return unbooked(Appointment.objects.filter(state=State.NO_SHOW, is_mistake=False, state_since__gt=now - REMEMBERED))


def planned_due(now: datetime) -> QuerySet[PlannedVisit]:
    rows = PlannedVisit.objects.filter(outcome=PlannedVisit.Outcome.PLANNED, opens_on__lte=now.date())
    return rows.annotate(due=Cast("opens_on", DateTimeField()))


def waiting(now: datetime) -> QuerySet[WaitingEntry]:
    return WaitingEntry.objects.filter(outcome=WaitingEntry.Outcome.WAITING).annotate(due=F("created_at"))


def to_confirm(now: datetime) -> QuerySet[Appointment]:
    """Booked for the rest of today and for tomorrow, by each branch's clock, and not confirmed (SCH-42)."""
    zones: defaultdict[str, list[int]] = defaultdict(list)
    for pk, zone in Branch.objects.live().values_list("pk", "timezone"):
        zones[zone].append(pk)
    near = Q(pk__in=())
    for zone, branches in zones.items():
        tomorrow = clock.local(now, zone).date() + timedelta(days=1)
        near |= Q(branch__in=branches, starts_at__lt=clock.day_bounds(tomorrow, tomorrow, zone)[1])
    return Appointment.objects.filter(near, state=State.BOOKED, starts_at__gt=now, is_mistake=False).annotate(
        due=F("starts_at")
    )


@dataclass(frozen=True, slots=True)
class Why:
    """What a call is about, for its row: words, and what of it may be opened."""

    text: str
    url: str = ""
    doctor_id: int | None = None


def decorated(rows: Iterable[CallTask], user: Any) -> list[CallTask]:
    """Rows with `.cause` (CallReason) and `.why` (Why); a statement a reason, whatever the number of rows."""
    rows, known = list(rows), reasons()
    for code, reason in known.items():
        ids = [row.subject_id for row in rows if row.reason == code]
        found = reason.words(ids, user) if ids else {}
        for row in rows:
            if row.reason == code:
                row.cause, row.why = reason, found.get(row.subject_id, Why(""))  # type: ignore[attr-defined]
    return rows
