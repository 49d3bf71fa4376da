"""A chain of visits is held while its page is open, and booked all or nothing (MOON-02)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core import undo
from core.command import command
from core.errors import DomainError, from_integrity_error
from scheduling.errors import ChainBroken
from scheduling.models import Appointment, Hold, PlannedVisit
from scheduling.permissions import BOOK
from scheduling.selectors.free import Spot
from scheduling.services.booking import Wish, book_or_refuse
from scheduling.services.holds import hold_extend, hold_place, hold_release
from scheduling.services.locking import appointment_locked
from scheduling.services.moving import move_or_refuse
from scheduling.services.places import resources_lock
from scheduling.services.planned import planned_remove, planned_return
from scheduling.services.states import appointment_cancel

BOOKED, PLANNED, UNPLANNED = "scheduling.chain_visit", "scheduling.chain_planned", "scheduling.chain_unplanned"
PLACE = ("state", "doctor_id", "chair_id", "starts_at", "ends_at")


@dataclass(frozen=True, slots=True)
class Moved:
    """A visit that is booked already and goes to another place."""

    appointment_id: int
    spot: Spot


@command
def chain_hold(*, spots: Sequence[Spot], actor: Any, replaces: Iterable[int] = ()) -> list[Hold]:
    """Keep all places of a chain or none. What the same person held for it before is given up. Reverse: chain_release.

    Raises ChainBroken with the number of the place that somebody else has.
    """
    former = list(Hold.objects.select_for_update().filter(pk__in=list(replaces), user=actor).order_by("pk"))
    resources_lock(
        chairs=[*(row.chair_id for row in former), *(spot.chair_id for spot in spots)],
        doctors=[*(row.doctor_id for row in former), *(spot.doctor_id for spot in spots)],
    )
    for row in former:
        hold_release(hold_id=row.pk, actor=actor)
    made = []
    for number, spot in enumerate(spots):
        place = {"doctor_id": spot.doctor_id, "chair_id": spot.chair_id}
        with breaking(number):
            made.append(
                hold_place(starts_at=spot.start, ends_at=spot.end, actor=actor, is_takeover=True, **place)
            )  # fmt: skip
    return made


@command
def chain_keep(*, hold_ids: Iterable[int], actor: Any) -> None:
    """Five minutes more for all of them; places that others have taken meanwhile are ChainBroken."""
    rows = Hold.objects.filter(pk__in=list(hold_ids), user=actor).order_by("pk")
    for number, row in enumerate(rows):
        with breaking(number):
            hold_extend(hold_id=row.pk, actor=actor)


@command
def chain_release(*, hold_ids: Iterable[int], actor: Any) -> None:
    """The page is closed: the places are free for everybody."""
    for row in Hold.objects.filter(pk__in=list(hold_ids), user=actor).order_by("pk"):
        hold_release(hold_id=row.pk, actor=actor)


@command
def chain_book(
    *, parts: Sequence[Wish | Moved], patient_id: int, title: Any, actor: Any, hold_ids: Iterable[int] = ()
) -> list[Appointment]:
    """Book and move all visits of a chain or none, as one command that one undo takes back (MOON-02, MOON-18).

    Everything is locked first, in the order of everybody: rows of visits, then chairs, doctors, the patient. Raises
    ChainBroken with the number of the visit whose place is lost. Reverse: the undo, or appointment_cancel of each.
    """
    moved = [part for part in parts if isinstance(part, Moved)]
    rows = {pk: appointment_locked(pk, actor) for pk in sorted(part.appointment_id for part in moved)}
    wishes = [part for part in parts if isinstance(part, Wish)]
    holds = list(Hold.objects.select_for_update().filter(pk__in=list(hold_ids), user=actor).order_by("pk"))
    places = [*rows.values(), *wishes, *(part.spot for part in moved), *holds]
    resources_lock(
        chairs=[place.chair_id for place in places], doctors=[place.doctor_id for place in places],
        patients=[patient_id],
    )  # fmt: skip
    with undo.together(actor, title):
        made = _book_all(parts, rows, actor)
    for hold in holds:
        hold_release(hold_id=hold.pk, actor=actor)
    return made


def _book_all(parts: Sequence[Wish | Moved], rows: dict[int, Appointment], actor: Any) -> list[Appointment]:
    made: dict[int, Appointment] = {}
    for number in _in_turn(parts, rows):
        part = parts[number]
        with breaking(number):
            if isinstance(part, Moved):
                made[number] = _moved(part, rows[part.appointment_id], actor)
            else:
                made[number] = book_or_refuse(part, actor=actor)
                owned = undo.Owned(Appointment, {"pk": made[number].pk}, PLACE, back=_cancelled(made[number]))
                undo.made(actor, BOOKED, "", owned)
    return [made[number] for number in range(len(parts))]


def _in_turn(parts: Sequence[Wish | Moved], rows: dict[int, Appointment]) -> list[int]:
    """Visits that go later, the last of them first, then those that go earlier: so none stands in another's way."""
    later: list[tuple[datetime, int]] = []
    earlier: list[tuple[datetime, int]] = []
    for number, part in enumerate(parts):
        if isinstance(part, Moved):
            was = rows[part.appointment_id].starts_at
            (later if part.spot.start > was else earlier).append((was, number))
    moved = [number for _was, number in [*sorted(later, reverse=True), *sorted(earlier)]]
    return [*moved, *(number for number, part in enumerate(parts) if isinstance(part, Wish))]


def _moved(part: Moved, row: Appointment, actor: Any) -> Appointment:
    spot = part.spot
    if (row.doctor_id, row.chair_id, row.starts_at, row.ends_at) == (
        spot.doctor_id, spot.chair_id, spot.start, spot.end,
    ):  # fmt: skip
        return row
    return move_or_refuse(
        appointment_id=row.pk, visit=spot.during, chair_id=spot.chair_id, doctor_id=spot.doctor_id, actor=actor,
        expected_version=None,
    )  # fmt: skip


def _cancelled(row: Appointment) -> dict[str, Any]:
    ends = {name: getattr(row, name).astimezone(UTC) for name in ("starts_at", "ends_at")}
    return {"state": "cancelled", "doctor_id": row.doctor_id, "chair_id": row.chair_id, **ends}


class breaking:
    """A refusal of one place is a refusal of the chain that says which place it was."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        refusal = from_integrity_error(error) if isinstance(error, IntegrityError) else error
        if isinstance(refusal, ChainBroken) or not isinstance(refusal, DomainError) or refusal.status != 409:
            return
        raise ChainBroken(
            _("Visit %(number)s cannot be booked: %(why)s") % {"number": self.number + 1, "why": refusal},
            visit=self.number, because=refusal.code,
        ) from error  # fmt: skip


def planned_made(row: PlannedVisit, actor: Any) -> None:
    """A visit without a date that the chain has made goes with it."""
    owned = undo.Owned(PlannedVisit, {"pk": row.pk}, ("outcome",), back={"outcome": PlannedVisit.Outcome.REMOVED})
    undo.made(actor, PLANNED, "", owned)


@command
def planned_leave(*, planned_id: int, actor: Any) -> None:
    """A visit without a date is booked or planned anew by a chain; the undo of the chain brings it back."""
    with undo.step(actor, UNPLANNED, "", undo.Owned(PlannedVisit, {"pk": planned_id}, ("outcome",))):
        planned_remove(planned_id=planned_id, actor=actor)


@undo.inverse(BOOKED, BOOK)
def unbook(step: undo.Step, actor: Any) -> None:
    """A visit of the chain is cancelled: a slip, while it is fresh."""
    ((where),) = step.where
    appointment_cancel(appointment_id=where["pk"], reason=str(_("Taken back")), then="lost", actor=actor)


@undo.inverse(PLANNED, BOOK)
def unplan(step: undo.Step, actor: Any) -> None:
    ((where),) = step.where
    planned_remove(planned_id=where["pk"], actor=actor)


@undo.inverse(UNPLANNED, BOOK)
def replan(step: undo.Step, actor: Any) -> None:
    ((where),) = step.where
    planned_return(planned_id=where["pk"], actor=actor)
