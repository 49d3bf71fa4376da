"""Moving and changing of appointments: another time, chair, doctor or length; services, type, comment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import live, undo
from core.audit import audit
from core.command import check_version, command
from core.errors import IllegalMove, Invalid
from core.events import publish
from scheduling import audit as said
from scheduling import events
from scheduling.models import Appointment, Occupancy, StatusLabel
from scheduling.rules import Range
from scheduling.selectors.appointments import appointment_get
from scheduling.selectors.free import offering_alternatives
from scheduling.selectors.places import Place, Taken, place_read
from scheduling.services.booking import iso, own_minutes_check, services_set, tell
from scheduling.services.locking import appointment_locked
from scheduling.services.places import (
    holds_drop,
    place_check_free,
    place_check_known,
    place_check_rules,
    place_check_time,
    place_free,
    place_take,
    range_of,
    resources_lock,
)

MOVE = "scheduling.move"
PLACE = (
    "starts_at",
    "ends_at",
    "chair_id",
    "doctor_id",
    "branch_id",
    "own_minutes",
    "is_overbooked",
    "overbook_reason",
)


def appointment_move(
    *,
    appointment_id: int,
    actor: Any,
    starts_at: datetime,
    ends_at: datetime | None = None,
    chair_id: int | None = None,
    doctor_id: int | None = None,
    expected_version: int | None = None,
) -> Appointment:
    """Another time, chair, doctor or length; without an end the length stays (SCH-07, SCH-10, SCH-11, SCH-29).

    Its own reverse: move it back. Of two changes at once the later one works on what the earlier has left.
    """
    seen = appointment_get(appointment_id, actor)
    visit = range_of(starts_at, ends_at or starts_at + (seen.ends_at - seen.starts_at))
    wanted = {
        "patient_id": seen.patient_id,
        "doctor_id": doctor_id or seen.doctor_id,
        "chair_id": chair_id or seen.chair_id,
    }
    with offering_alternatives(
        visit=visit,
        own_minutes=seen.own_minutes,
        service_ids=seen.service_ids,
        actor=actor,
        except_appointments=[seen.pk],
        **wanted,
    ):
        return move_or_refuse(
            appointment_id=appointment_id,
            visit=visit,
            chair_id=chair_id,
            doctor_id=doctor_id,
            actor=actor,
            expected_version=expected_version,
        )


@command
def move_or_refuse(
    *,
    appointment_id: int,
    visit: Range,
    chair_id: int | None,
    doctor_id: int | None,
    actor: Any,
    expected_version: int | None,
) -> Appointment:
    """The move itself, without a look for alternatives."""
    row = appointment_locked(appointment_id, actor)
    check_version(expected_version, row.version)
    if not row.is_open:
        raise IllegalMove(source=row.state, to=row.state)
    chair_id, doctor_id = chair_id or row.chair_id, doctor_id or row.doctor_id
    resources_lock(chairs=[row.chair_id, chair_id], doctors=[row.doctor_id, doctor_id], patients=[row.patient_id])
    place = place_of(row, visit=visit, chair_id=chair_id, doctor_id=doctor_id, actor=actor)
    shrinks = (chair_id, doctor_id) == (row.chair_id, row.doctor_id) and Range(row.starts_at, row.ends_at).covers(visit)
    place_check_time(place, over=row.is_overbooked and shrinks)
    clashes = place_check_free(place, user_id=actor.pk, over=row.is_overbooked and shrinks, in_kept=shrinks)
    place_check_rules(
        place, patient_id=row.patient_id, doctor_id=doctor_id, source_kind=row.source_kind, actor=actor, appointment=row
    )
    with undo.step(actor, MOVE, _("Move: %(visit)s") % {"visit": row.patient}, visit_owned(row.pk, PLACE)):
        return place_change(row, place, actor, clashes=clashes)


def visit_owned(pk: int, columns: tuple[str, ...]) -> undo.Owned:
    """What a move or a step answers for in the log of undo (MOON-18)."""
    return undo.Owned(Appointment, {"pk": pk}, columns)


def place_of(
    row: Appointment,
    *,
    visit: Range,
    chair_id: int,
    doctor_id: int,
    actor: Any,
    except_appointments: Iterable[int] = (),
) -> Place:
    """The place where an existing visit shall stand, without its own rows."""
    own = min(row.own_minutes, int(visit.length.total_seconds() // 60)) if row.own_minutes else None
    return place_check_known(
        place_read(
            chair_id=chair_id,
            doctor_id=doctor_id,
            patient_id=row.patient_id,
            visit=visit,
            service_ids=row.service_ids,
            visit_type_id=row.visit_type_id,
            own_minutes=own,
            except_appointments={row.pk, *except_appointments},
        ),
        patient_id=row.patient_id,
        service_ids=row.service_ids,
        visit_type_id=row.visit_type_id,
        user=actor,
    )


def place_change(
    row: Appointment, place: Place, actor: Any, *, clashes: Iterable[Taken] = (), is_freed: bool = False
) -> Appointment:
    """Put a visit into its new place, under the locks of both places."""
    old = {
        "old_starts_at": iso(row.starts_at),
        "old_ends_at": iso(row.ends_at),
        "old_doctor_id": row.doctor_id,
        "old_chair_id": row.chair_id,
    }
    old_branch, old_text = row.branch_id, str(row)
    if not is_freed:
        place_free(row)
    holds_drop(place, user_id=actor.pk)
    row.starts_at, row.ends_at, row.own_minutes = place.visit.start, place.visit.end, place.own_minutes
    row.chair, row.doctor, row.branch = place.chair, place.doctor, place.branch
    row.is_overbooked = bool(clashes) or (row.is_overbooked and not place.is_in_shift)
    row.overbook_reason = row.overbook_reason if row.is_overbooked else ""
    row.moves += 1
    row.version += 1
    row.save()
    place_take(place, clashes=clashes, appointment=row)
    audit(
        actor,
        said.MOVED,
        row,
        patient_id=row.patient_id,
        old=old_text,
        when=str(row),
        doctor=str(place.doctor),
        chair=str(place.chair),
    )
    publish(
        events.AppointmentMoved(
            appointment_id=row.pk,
            patient_id=row.patient_id,
            doctor_id=row.doctor_id,
            branch_id=row.branch_id,
            starts_at=iso(row.starts_at),
            **old,
        )
    )
    tell(row)
    if old_branch != row.branch_id:
        live.announce("appointment", row.pk, branch_id=old_branch, version=row.version)
    return row


@command
def appointment_change(
    *,
    appointment_id: int,
    actor: Any,
    expected_version: int | None = None,
    service_ids: Iterable[int] | None = None,
    **changes: Any,
) -> Appointment:
    """Comment, type, label, doctor's own minutes, services (SCH-21, SCH-22).

    The place stays, but what the visit takes of it may grow or shrink.
    """
    row = appointment_locked(appointment_id, actor)
    check_version(expected_version, row.version)
    unknown = set(changes) - {"comment", "visit_type_id", "label_id", "own_minutes"}
    if unknown:
        raise Invalid(fields={name: _("Unknown field.") for name in sorted(unknown)})
    _check_label(row, changes.get("label_id"))
    resources_lock(chairs=[row.chair_id], doctors=[row.doctor_id], patients=[row.patient_id])
    for name, value in changes.items():
        setattr(row, name, value)
    own_minutes_check(row.own_minutes, Range(row.starts_at, row.ends_at))
    if service_ids is not None:
        row.service_ids = list(service_ids)  # type: ignore[attr-defined]
    place = place_of(
        row, visit=Range(row.starts_at, row.ends_at), chair_id=row.chair_id, doctor_id=row.doctor_id, actor=actor
    )
    if row.is_occupying and (service_ids is not None or "own_minutes" in changes):
        clashes = place_check_free(place, user_id=actor.pk, over=row.is_overbooked, in_kept=True)
        holds_drop(place, user_id=actor.pk)
        Occupancy.objects.filter(appointment=row).delete()
        place_take(place, clashes=clashes, appointment=row)
    row.version += 1
    row.save()
    if service_ids is not None:
        services_set(row, row.service_ids)
    audit(actor, said.CHANGED, row, patient_id=row.patient_id)
    publish(events.AppointmentChanged(appointment_id=row.pk, patient_id=row.patient_id))
    tell(row)
    return row


def _check_label(row: Appointment, label_id: int | None) -> None:
    """A label belongs to one state; another state's label does not fit."""
    if label_id and not StatusLabel.objects.live().filter(pk=label_id, state=row.state).exists():
        raise Invalid(fields={"label": _("This label belongs to another status.")})
