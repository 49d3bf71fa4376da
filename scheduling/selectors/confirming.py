"""Tomorrow's visits by home: a family has one phone and gets one call (SCH-42)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clinic.models import Branch
from core import clock
from messaging.models import Message
from scheduling.models import Appointment, State
from scheduling.selectors.appointments import appointments_visible_to

EXPECTED = (State.BOOKED, State.CONFIRMED, State.ARRIVED, State.IN_CHAIR)


@dataclass(slots=True)
class Home:
    """Visits of one day of people who share a family or a phone; the earliest decides the order."""

    key: tuple[str, Any]
    visits: list[Appointment] = field(default_factory=list)

    @property
    def left(self) -> int:
        return sum(visit.state == State.BOOKED for visit in self.visits)

    @property
    def is_family(self) -> bool:
        return len({visit.patient_id for visit in self.visits}) > 1

    @property
    def phone(self) -> str:
        return next((visit.patient.phone for visit in self.visits if visit.patient.phone), "")


def visits_to_confirm(user: Any, branch: Branch, day: date) -> list[Appointment]:
    """Everybody who is expected on a day, each with `.reminder`, the newest message about the visit."""
    start, end = clock.day_bounds(day, day, branch.timezone)
    rows = appointments_visible_to(user).filter(
        branch=branch, starts_at__gte=start, starts_at__lt=end, state__in=EXPECTED, is_mistake=False
    )
    visits = list(rows.select_related("patient", "doctor", "chair", "branch", "visit_type").order_by("starts_at", "pk"))
    messages = Message.objects.filter(
        subject_kind="scheduling.appointment", subject_id__in=[visit.pk for visit in visits]
    ).exclude(state=Message.State.WITHDRAWN)
    newest = {message.subject_id: message for message in messages.order_by("pk")}
    for visit in visits:
        visit.reminder = newest.get(visit.pk)  # type: ignore[attr-defined]
    return visits


def home_of(visit: Appointment) -> tuple[str, Any]:
    patient = visit.patient
    if patient.family_id:
        return "family", patient.family_id
    return ("phone", patient.phone) if patient.phone else ("patient", patient.pk)


def households(visits: Iterable[Appointment]) -> list[Home]:
    homes: dict[tuple[str, Any], Home] = {}
    for visit in visits:
        homes.setdefault(home_of(visit), Home(home_of(visit))).visits.append(visit)
    return list(homes.values())
