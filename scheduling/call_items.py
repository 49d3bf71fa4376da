"""What the calendar puts into the queue «What should I do now»: the list of calls, each call once (MOON-04).

Whose window has opened, planned or waiting, is named; of other reasons, and of what is too much to name, one line says how
many there are, and the list of calls shares them out.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.access import is_allowed
from scheduling import permissions
from scheduling.models import CallTask, PlannedVisit, WaitingEntry
from scheduling.selectors.calls import calls_count, causes, is_anothers_now, is_put_off, reasons
from scheduling.slots import CALL_REASONS, CallReason
from work.items import WorkItem

IN_OTHER_ITEMS = ("confirm",)  # for_work names these visits
NAMED = ("planned", "waiting")
WINDOW_DAYS = 7
MOST = 20  # of a reason; more than that is a list, not a queue


def call_items(user: Any) -> Iterator[WorkItem]:
    """Whom to call now; a patient who both waits and is planned is called once."""
    if not is_allowed(user, permissions.CALL):
        return
    seen: set[int] = set()
    for code in NAMED:
        yield from windows(reasons()[code], user, seen)
    counted = calls_count(user)
    for reason in CALL_REASONS:
        number = counted.get(reason.code, 0)
        if number and reason.code not in (*IN_OTHER_ITEMS, *NAMED):
            yield many(reason, number)


def windows(reason: CallReason, user: Any, seen: set[int]) -> Iterator[WorkItem]:
    """Who wanted to come in a time that has begun or begins within a week, and is not booked (SCH-13, SCH-26)."""
    rows = open_now(reason, user).exclude(patient_id__in=seen)
    found = list(rows.select_related("patient", "branch")[: MOST + 1])
    named, calls = found[:MOST], {}
    if named:
        ids = [row.pk for row in named]
        calls = dict(CallTask.objects.filter(reason=reason.code, subject_id__in=ids).values_list("subject_id", "pk"))
        words = reason.words(ids, user)
    for row in named:
        if row.patient_id in seen:
            continue
        seen.add(row.patient_id)
        call = calls.get(row.pk)
        yield WorkItem(
            key=f"call:{reason.code}:{row.pk}", kind=_("Planned visits"), title=_("Call and book: %(patient)s") % {"patient": row.patient},
            why=words[row.pk].text or _("The time that the patient wanted has come"), icon="calendar-plus", tone=reason.tone,
            due_at=end_of(row), is_urgent=getattr(row, "is_urgent", False), panel=call is not None,
            url=reverse("scheduling:call", args=[call]) if call else reverse("patients:card", args=[row.patient_id]),
            action=_("Call") if call else _("Open"),
        )  # fmt: skip
    if len(found) > MOST:
        yield many(reason, rows.exclude(patient_id__in=seen).count())


def open_now(reason: CallReason, user: Any) -> QuerySet[Any]:
    """Causes of the user's branches whose window is open and whose call is neither settled, put off nor another's."""
    calls = CallTask.objects.filter(reason=reason.code, subject_id=OuterRef("pk"))
    closed = calls.filter(Q(ended_at__isnull=False) | is_put_off() | is_anothers_now(user))
    rows = causes(reason).filter(Q(branch__isnull=True) | Q(branch__in=user.branch_ids)).filter(~Exists(closed))
    if issubclass(rows.model, PlannedVisit):
        return rows.order_by("due_on", "pk")
    today = clock.now().date()
    begun = Q(earliest__isnull=True) | Q(earliest__lte=today + timedelta(days=WINDOW_DAYS))
    rows = rows.filter(begun, Q(latest__isnull=True) | Q(latest__gte=today))
    return rows.order_by("-is_urgent", F("latest").asc(nulls_last=True), "created_at", "pk")


def end_of(row: PlannedVisit | WaitingEntry) -> datetime | None:
    day: date | None = row.due_on if isinstance(row, PlannedVisit) else row.latest
    return clock.at(day, time(20), row.branch.timezone if row.branch else "Europe/Moscow") if day else None


def many(reason: CallReason, number: int) -> WorkItem:
    return WorkItem(
        key=f"calls:{reason.code}", kind=_("Calls"), title=reason.title, icon="phone-outgoing", tone=reason.tone,
        why=ngettext("%(n)s patient to call", "%(n)s patients to call", number) % {"n": number}, action=_("Call"),
        url=f"{reverse('scheduling:call-tasks-list')}?reason={reason.code}",
    )  # fmt: skip
