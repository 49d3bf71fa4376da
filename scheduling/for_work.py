"""What the calendar gives to tasks, chats and the queue."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from catalog.selectors import prices_on
from core import clock
from core.access import is_allowed
from patients.selectors import missing_of
from scheduling import permissions
from scheduling.models import Appointment, State
from scheduling.selectors.appointments import appointments_visible_to, with_services
from scheduling.selectors.online import bookings_to_check
from work.items import ITEMS, WorkItem
from work.subjects import SUBJECTS, Found, Subject

SOON = timedelta(hours=3)
LATEST_QUESTION = timedelta(hours=20)
MOST_ONLINE = 50
MOST_PICKED = 6


def visits(user: Any, ids: list[int]) -> dict[int, Found]:
    if not is_allowed(user, permissions.SEE):
        return {}
    rows = appointments_visible_to(user).filter(pk__in=ids).select_related("patient", "branch", "chair", "doctor")
    return {
        row.pk: Found(f"{row.patient}, {row}", row.get_absolute_url(), row.patient_id, row.branch_id) for row in rows
    }


def near(user: Any, *, hours: int, states: Iterable[str]) -> list[Appointment]:
    """Visits ahead that the reception deals with, with what they are worth by the price list."""
    now = clock.now()
    rows = with_services(appointments_visible_to(user)).filter(
        state__in=list(states), starts_at__gte=now - SOON, starts_at__lt=now + timedelta(hours=hours)
    )
    found = list(rows.select_related("patient", "doctor", "branch", "chair").order_by("starts_at"))
    prices = prices_on({pk for row in found for pk in row.service_ids}, clock.now().date())
    for row in found:
        row.worth = sum((prices.get(pk) or Decimal() for pk in row.service_ids), Decimal())
    return found


def unconfirmed(user: Any) -> Iterator[WorkItem]:
    """Visits of tomorrow that nobody has confirmed."""
    if not is_allowed(user, permissions.BOOK):
        return
    for row in near(user, hours=48, states=[State.BOOKED]):
        zone = row.branch.timezone
        if clock.local(row.starts_at, zone).date() != clock.today(zone) + timedelta(days=1):
            continue
        at = f"{clock.local(row.starts_at, zone):%H:%M}"
        yield WorkItem(
            key=f"confirm:{row.pk}", kind=say("Confirm tomorrow"), title=say("Confirm: %(patient)s") % {"patient": row.patient},
            why=say("%(doctor)s, nobody has confirmed it") % {"doctor": row.doctor}, icon="calendar-check", tone="teal",
            due_at=row.starts_at - timedelta(hours=12), due_text=say("tomorrow at %(time)s") % {"time": at},
            url=row.get_absolute_url(), action=say("Confirmed"), post=reverse("scheduling:appointment-step", args=[row.pk]),
            values={"state": State.CONFIRMED, "version": row.version}, money=row.worth,
        )  # fmt: skip


def without_papers(user: Any) -> Iterator[WorkItem]:
    """Who comes within hours, or is here already, and lacks what must be asked (PAT-27, PAT-36)."""
    if not is_allowed(user, permissions.BOOK):
        return
    rows = near(user, hours=3, states=[State.BOOKED, State.CONFIRMED, State.ARRIVED])
    missing = missing_of({row.patient_id: row.patient for row in rows}.values())
    for row in rows:
        lacks = missing.get(row.patient_id)
        if lacks:
            yield WorkItem(
                key=f"papers:{row.pk}", kind=say("Documents"), title=say("Documents of %(patient)s") % {"patient": row.patient},
                why=say("Missing: %(what)s") % {"what": ", ".join(str(words) for _code, words in lacks).lower()},
                icon="file-alert", tone="red" if row.state == State.ARRIVED else "amber", due_at=row.starts_at,
                url=reverse("patients:arrival", args=[row.patient_id]), panel=True, action=say("Fill in"), money=row.worth,
            )  # fmt: skip


def online(user: Any) -> Iterator[WorkItem]:
    """What patients have booked themselves and nobody has looked at (SCH-51); what is not clear stands first."""
    if not is_allowed(user, permissions.BOOK):
        return
    for row in bookings_to_check(user)[:MOST_ONLINE]:
        visit, is_unclear = row.appointment, row.person == row.Person.UNCLEAR
        why = [str(row.get_person_display())]
        if row.is_refused:
            why.append(say("may be somebody who may not book online"))
        if row.ask != row.Ask.NOTHING:
            why.append(say("first visit asks for %(what)s") % {"what": row.get_ask_display()})
        yield WorkItem(
            key=f"online:{row.pk}", kind=say("Online bookings to check"), title=say("Booked online: %(name)s") % {"name": row.full_name},
            why=f"{clock.local(visit.starts_at, visit.branch.timezone):%d.%m %H:%M}, {visit.doctor}. {'; '.join(why)}", icon="world",
            tone="red" if row.is_refused else "amber" if is_unclear else "violet", due_at=visit.starts_at - timedelta(hours=12),
            url=reverse("scheduling:online-booking", args=[row.pk]), panel=True, action=say("Look"),
            is_urgent=is_unclear or row.is_refused,
        )  # fmt: skip


def picked(user: Any, words: str) -> Iterator[tuple[int, str]]:
    """Visits by the patient's name, the newest first."""
    if not is_allowed(user, permissions.SEE):
        return
    rows = appointments_visible_to(user).filter(patient__last_name__istartswith=words)
    rows = rows.select_related("patient", "branch", "chair", "doctor").order_by("-starts_at")[:MOST_PICKED]
    yield from ((row.pk, f"{row.patient}, {row}") for row in rows)


def not_answered(user: Any) -> Iterator[WorkItem]:
    """«Has the patient come?», from the start of the visit until somebody says so (SCH-35).

    The key changes by the hour: who has put the question off is asked again in the next one, ever more urgently.
    """
    if not is_allowed(user, permissions.SET_STATE):
        return
    now = clock.now()
    rows = appointments_visible_to(user).filter(
        state__in=(State.BOOKED, State.CONFIRMED), starts_at__lte=now, starts_at__gte=now - LATEST_QUESTION
    )
    for row in rows.select_related("patient", "doctor", "branch").order_by("starts_at")[:50]:
        if row.local_start.date() != clock.today(row.zone):
            continue
        hours = int((now - row.starts_at).total_seconds() // 3600)
        yield WorkItem(
            key=f"came:{row.pk}:{hours}", kind=say("Has the patient come?"), title=say("Has %(patient)s come?") % {"patient": row.patient},
            why=say("Booked for %(time)s, %(doctor)s") % {"time": f"{row.local_start:%H:%M}", "doctor": row.doctor},
            icon="door-enter", tone="red" if hours else "amber", due_at=row.starts_at, is_urgent=hours > 0,
            url=row.get_absolute_url(), panel=True, action=say("Came"), post=reverse("scheduling:appointment-step", args=[row.pk]),
            values={"state": State.ARRIVED, "version": row.version},
        )  # fmt: skip


def register() -> None:
    SUBJECTS.register(
        Subject("scheduling.appointment", _("Visit"), "calendar", visits, picked), module="scheduling", order=20
    )
    for order, provider in enumerate((unconfirmed, without_papers, online, not_answered)):
        ITEMS.register(provider, module="scheduling", order=10 + order)
