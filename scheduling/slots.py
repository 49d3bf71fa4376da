"""Where apps above speak in the calendar. Providers get whole batches and are asked in layer order."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet, Value

from core.slots import Slot
from patients.selectors import badges_for
from scheduling.models import Appointment
from scheduling.selectors.places import Place


@dataclass(frozen=True, slots=True)
class Badge:
    """A small mark on a visit: `code` is for programs, `letter` for the grid, `label` for people."""

    code: str
    label: Any
    tone: str = "grey"
    letter: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button on a visit; `panel` opens it in the side panel, `method` posts."""

    label: Any
    url: str
    icon: str = "point"
    tone: str = ""
    panel: bool = False
    method: str = "get"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in the head of a chair's column: planned and actual money, a goal."""

    label: Any
    value: Any
    of: Any = None
    kind: str = "money"
    tone: str = ""


class Head(NamedTuple):
    """A column of the calendar: a doctor in a chair."""

    chair_id: int
    doctor_id: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit that is about to be booked or moved."""

    place: Place
    patient_id: int
    doctor_id: int
    source_kind: str
    appointment: Appointment | None = None


@dataclass(frozen=True, slots=True)
class CloseStep:
    """One step of finishing a visit. `apply` writes, or refuses with fields named `<key>.<name>`.

    `draw` gives the step's part of the form (an HTML text, "" when it has nothing to ask); `usual` what the untouched
    form would send, for a visit that is finished from a menu; `undo` takes back what `apply` did when the visit is put
    back, or refuses. A step of the work order is asked only of those who fill it in (SCH-30).
    """

    key: str
    title: Any
    apply: Callable[[Appointment, Mapping[str, Any], Any], None]
    draw: Callable[[Appointment, Any], str] | None = None
    usual: Callable[[Appointment, Any], Mapping[str, Any]] | None = None
    undo: Callable[[Appointment, Any], None] | None = None
    is_work_order: bool = False


@dataclass(frozen=True, slots=True)
class CallReason:
    """A cause for calling patients (SCH-27). `rows(now)` are those for whom it holds at this moment: a queryset whose rows
    have `pk`, `patient_id`, `branch_id` and `due`. `words(ids, user)` says of each what it is about (selectors.calls.Why).
    `settle(task, outcome, actor)` does what a closing outcome means for the cause, or refuses.
    """

    code: str
    title: Any
    tone: str
    rows: Callable[[datetime], Any]
    words: Callable[[list[int], Any], dict[int, Any]]
    settle: Callable[[Any, str, Any], None] | None = None
    rank: int = 100


# (completed appointments, user) -> {pk: [words]}: who has still to pay, for the last column of the flow board (SCH-48).
FLOW_DUE: Slot[Callable[[list[Appointment], Any], dict[int, list[Any]]]] = Slot("scheduling.flow_due")
# Reasons to call a patient; apps above add theirs, and a row goes away when their `rows` no longer hold it.
CALL_REASONS: Slot[CallReason] = Slot("scheduling.call_reasons")
# (appointments, user) -> {pk: [Badge, ...]}
BADGES: Slot[Callable[[list[Appointment], Any], dict[int, list[Badge]]]] = Slot("scheduling.badges")
# (appointments, user) -> {pk: [text, ...]}: what is written into the grid before the visit's own comment (SCH-22).
NOTES: Slot[Callable[[list[Appointment], Any], dict[int, list[str]]]] = Slot("scheduling.notes")
# (draft, actor): raises BookingRefused or another DomainError when a rule of an app above forbids the booking.
CHECKS: Slot[Callable[[Draft, Any], None]] = Slot("scheduling.checks")
# Layer order: clinical 10, billing 20, insurance 30, inventory 40, labs 50; the next visit is last, 90.
CLOSE_STEPS: Slot[CloseStep] = Slot("scheduling.close_steps")
# (appointments) -> {pk: [sentence, ...]}: why a visit cannot be put back a step.
BACK_OBSTACLES: Slot[Callable[[list[Appointment]], dict[int, list[str]]]] = Slot("scheduling.back_obstacles")
# (appointments, user) -> {pk: [Action, ...]}: buttons on the visit's page and on the doctor's day.
ACTIONS: Slot[Callable[[list[Appointment], Any], dict[int, list[Action]]]] = Slot("scheduling.actions")
# (heads, day, branch_ids, user) -> {head: [Figure, ...]} (SCH-49).
HEADS: Slot[Callable[[list[Head], date, list[int], Any], dict[Head, list[Figure]]]] = Slot("scheduling.heads")
# (user) -> an address, or "": where a user with no business in the calendar begins.
HOMES: Slot[Callable[[Any], str]] = Slot("scheduling.homes")


Badger = Callable[[list[Appointment], Any], dict[int, list[Badge]]]
# Marks that few patients have: who they are, a queryset of one column. All are asked in one statement (SCH-58).
FEW: dict[Badger, Callable[[set[int]], QuerySet[Any, Any]]] = {}


def badges_of(appointments: Iterable[Appointment], user: Any) -> dict[int, list[Badge]]:
    """Every app's marks; an app whose marks few patients have is asked about the visits of those only."""
    rows = list(appointments)
    few = _few({row.patient_id for row in rows}) if rows else {}
    found: dict[int, list[Badge]] = {}
    for provider in BADGES:
        asked = [row for row in rows if row.patient_id in few[provider]] if provider in few else rows
        for pk, badges in (provider(asked, user) if asked else {}).items():
            found.setdefault(pk, []).extend(badges)
    return found


def _few(patient_ids: set[int]) -> dict[Badger, set[int]]:
    providers = [provider for provider in BADGES if provider in FEW]
    parts = [FEW[provider](patient_ids).order_by().annotate(of=Value(n)) for n, provider in enumerate(providers)]
    found: dict[Badger, set[int]] = {provider: set() for provider in providers}
    for patient_id, n in parts[0].union(*parts[1:], all=True) if parts else ():
        found[providers[n]].add(patient_id)
    return found


def marks_of(appointments: Iterable[Appointment], user: Any) -> dict[int, list[Badge]]:
    """Marks of the visits and, after them, of their patients (PAT-42); one that both have is shown once."""
    rows = list(appointments)
    found = badges_of(rows, user)
    of_patients = badges_for([row.patient for row in rows], user)
    for row in rows:
        marks = found.setdefault(row.pk, [])
        known = {mark.code for mark in marks}
        for badge in of_patients.get(row.patient_id, []):
            code = badge.code or str(badge.label)
            if code not in known:
                letter = str(badge.short or badge.label)[:1].upper()
                marks.append(Badge(code, badge.label, badge.tone, letter, badge.icon))
    return found
