"""The day on paper: a doctor's or a branch's visits in order, and where a patient goes today (SCH-57)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from clinic.models import Branch, Staff
from core import clock
from core.access import is_allowed
from patients.models import Alert
from patients.permissions import SEE_CONTACTS
from patients.selectors.records import alerts_for
from scheduling.models import Appointment, Block, Shift, State
from scheduling.selectors.appointments import appointments_visible_to
from scheduling.selectors.calendar import Days, blocks_visible_to, shifts_within, visits_drawn, visits_within
from scheduling.slots import NOTES, marks_of


@dataclass(slots=True)
class DoctorSheet:
    """A doctor's part of the day: when he works, and what stands in order."""

    doctor: Staff
    shifts: list[Shift] = field(default_factory=list)
    lines: list[Appointment | Block] = field(default_factory=list)

    @property
    def visits(self) -> int:
        return sum(isinstance(line, Appointment) for line in self.lines)


@dataclass(frozen=True, slots=True)
class DaySheet:
    days: Days
    doctors: list[DoctorSheet]
    with_phones: bool

    @property
    def visits(self) -> int:
        return sum(sheet.visits for sheet in self.doctors)


def day_sheet(days: Days) -> DaySheet:
    """Everybody who works or has visits on the day, in order of names; cancelled visits are on no paper."""
    rows = visits_drawn(visits_within(days).exclude(state__in=(State.CANCELLED, State.NO_SHOW)))
    visits = words_put(list(rows.select_related("chair").order_by("starts_at", "pk")), days.user)
    sheets: dict[int, DoctorSheet] = {}
    for shift in shifts_within(days).order_by("starts_at"):
        sheets.setdefault(shift.doctor_id, DoctorSheet(shift.doctor)).shifts.append(shift)
    for visit in visits:
        sheets.setdefault(visit.doctor_id, DoctorSheet(visit.doctor)).lines.append(visit)
    for block in _blocks(days, sheets):
        sheets[block.doctor_id].lines.append(block)
    for sheet in sheets.values():
        sheet.lines.sort(key=lambda line: line.starts_at)
    by_name = sorted(sheets.values(), key=lambda sheet: (str(sheet.doctor), sheet.doctor.pk))
    return DaySheet(days, by_name, is_allowed(days.user, SEE_CONTACTS))


def _blocks(days: Days, doctor_ids: Iterable[int]) -> list[Block]:
    rows = blocks_visible_to(days.user).filter(
        doctor__in=list(doctor_ids), starts_at__lt=days.during.end, ends_at__gt=days.during.start
    )
    return [row for row in rows.order_by("starts_at") if not row.is_kept]


def words_put(visits: list[Appointment], user: Any) -> list[Appointment]:
    """Notes, marks and warnings of each visit as this reader may know them; four questions for the whole day."""
    notes = NOTES.gather(visits, user) if visits else {}
    marks = marks_of(visits, user)
    alerts = alerts_for([visit.patient_id for visit in visits], user)
    for visit in visits:
        warned = alerts.get(visit.patient_id, [])
        visit.alerts = [f"{row.get_kind_display()}: {row.title}" for row in warned]  # type: ignore[attr-defined]
        visit.notes = [str(note) for note in notes.get(visit.pk, [])]  # type: ignore[attr-defined]
        visit.marks = [mark for mark in marks.get(visit.pk, []) if mark.code not in Alert.Kind.values]  # type: ignore[attr-defined]
        visit.age = visit.patient.age_on(visit.local_start.date())  # type: ignore[attr-defined]
    return visits


@dataclass(frozen=True, slots=True)
class RouteSlip:
    """Where a patient goes on a day of his: every visit of it in this branch, in order."""

    visit: Appointment
    branch: Branch
    stops: list[Appointment]


def route_slip(visit: Appointment, user: Any) -> RouteSlip:
    start, end = clock.day_bounds(visit.local_start.date(), visit.local_start.date(), visit.zone)
    rows = appointments_visible_to(user).filter(
        patient=visit.patient_id, branch=visit.branch_id, starts_at__gte=start, starts_at__lt=end, is_mistake=False
    )
    stops = list(
        visits_drawn(rows.exclude(state__in=(State.CANCELLED, State.NO_SHOW)))
        .select_related("chair")
        .order_by("starts_at")
    )
    return RouteSlip(visit, visit.branch, words_put(stops, user))
