"""Booking of appointments: lock, check, write, audit, publish."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock, live
from core.access import check as check_right
from core.audit import audit
from core.command import command
from core.errors import Invalid, NotFound
from core.events import publish
from scheduling import audit as said
from scheduling import events
from scheduling.models import Appointment, Hold
from scheduling.permissions import OVERBOOK
from scheduling.rules import Range
from scheduling.selectors.free import offering_alternatives
from scheduling.selectors.places import Place, place_read
from scheduling.services.leaving import lists_leave
from scheduling.services.places import (
    holds_drop,
    place_check_free,
    place_check_known,
    place_check_rules,
    place_check_time,
    place_take,
    range_of,
    resources_lock,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: who, with whom, where, when, and what is to be done."""

    patient_id: int
    doctor_id: int
    chair_id: int
    visit: Range
    service_ids: tuple[int, ...] = ()
    visit_type_id: int | None = None
    own_minutes: int | None = None
    comment: str = ""
    hold_id: int | None = None
    over_reason: str = ""
    source_kind: str = Appointment.Source.STAFF
    series_id: int | None = None


def appointment_book(
    *,
    patient_id: int,
    doctor_id: int,
    chair_id: int,
    starts_at: datetime,
    ends_at: datetime,
    actor: Any,
    service_ids: Iterable[int] = (),
    **details: Any,
) -> Appointment:
    """Book a visit (SCH-06, SCH-38, MOON-01); `details` are the other fields of Wish. Reverse: appointment_cancel.

    A taken place is refused with who takes it and, found after the locks are gone, three places that are free.
    `over_reason` books over a taken chair or doctor with the right to it; the patient is never in two places.
    """
    wish = Wish(
        patient_id=patient_id,
        doctor_id=doctor_id,
        chair_id=chair_id,
        visit=range_of(starts_at, ends_at),
        service_ids=tuple(dict.fromkeys(service_ids)),
        **details,
    )
    with offering_alternatives(
        visit=wish.visit,
        patient_id=patient_id,
        doctor_id=doctor_id,
        chair_id=chair_id,
        own_minutes=wish.own_minutes,
        service_ids=wish.service_ids,
        actor=actor,
    ):
        return book_or_refuse(wish, actor=actor)


@command
def book_or_refuse(wish: Wish, *, actor: Any) -> Appointment:
    """The booking itself, without a look for alternatives."""
    over = bool(wish.over_reason)
    if over:
        check_right(actor, OVERBOOK)
    own_minutes_check(wish.own_minutes, wish.visit)
    resources_lock(chairs=[wish.chair_id], doctors=[wish.doctor_id], patients=[wish.patient_id])
    place = _place_of(wish, actor)
    place_check_time(place, over=over)
    clashes = place_check_free(place, user_id=actor.pk, over=over)
    place_check_rules(
        place, patient_id=wish.patient_id, doctor_id=wish.doctor_id, source_kind=wish.source_kind, actor=actor
    )
    holds_drop(place, user_id=actor.pk, hold_id=wish.hold_id)
    made = _row_of(wish, place, actor, is_over=over and bool(clashes or place.kept_against or not place.is_in_shift))
    made.save(force_insert=True)
    place_take(place, clashes=clashes, appointment=made)
    made.pool_names = [pool.name for pool in place.pools]  # type: ignore[attr-defined]
    services_set(made, wish.service_ids, is_new=True)
    if place.is_awaited:
        lists_leave(made, actor)
    _say_booked(made, place, actor)
    return made


def _place_of(wish: Wish, actor: Any) -> Place:
    place = place_read(
        chair_id=wish.chair_id,
        doctor_id=wish.doctor_id,
        patient_id=wish.patient_id,
        visit=wish.visit,
        service_ids=wish.service_ids,
        visit_type_id=wish.visit_type_id,
        own_minutes=wish.own_minutes,
    )
    place = place_check_known(
        place,
        patient_id=wish.patient_id,
        service_ids=wish.service_ids,
        visit_type_id=wish.visit_type_id,
        user=actor,
    )
    if wish.hold_id and not any(row.hold_id == wish.hold_id for row in place.busy):
        _check_hold(wish.hold_id, actor)
    return place


def _row_of(wish: Wish, place: Place, actor: Any, *, is_over: bool) -> Appointment:
    return Appointment(
        patient=place.patient,
        doctor=place.doctor,
        chair=place.chair,
        branch=place.branch,
        starts_at=wish.visit.start,
        ends_at=wish.visit.end,
        own_minutes=wish.own_minutes,
        visit_type=place.visit_type,
        comment=wish.comment,
        source_kind=wish.source_kind,
        series_id=wish.series_id,
        is_overbooked=is_over,
        overbook_reason=wish.over_reason if is_over else "",
        created_at=clock.now(),
        created_by=actor if actor.pk else None,
        state_since=clock.now(),
    )


def own_minutes_check(own_minutes: int | None, visit: Range) -> None:
    if own_minutes is not None and not 0 < own_minutes <= visit.length.total_seconds() / 60:
        raise Invalid(fields={"own_minutes": _("The doctor's own minutes are part of the visit.")})


def _check_hold(hold_id: int, actor: Any) -> None:
    """A hold that was named must have been the caller's, be it expired or used."""
    if not Hold.objects.filter(pk=hold_id, user=actor).exists():
        raise NotFound


def services_set(appointment: Appointment, service_ids: Iterable[int], *, is_new: bool = False) -> None:
    through = Appointment.services.through
    wanted = list(dict.fromkeys(service_ids))
    if not is_new:
        through.objects.filter(appointment_id=appointment.pk).exclude(service_id__in=wanted).delete()
    if wanted:
        through.objects.bulk_create(
            [through(appointment_id=appointment.pk, service_id=service_id) for service_id in wanted],
            ignore_conflicts=not is_new,
        )
    appointment.service_ids = wanted  # type: ignore[attr-defined]


def _say_booked(made: Appointment, place: Place, actor: Any) -> None:
    facts = {"when": str(made), "doctor": str(place.doctor), "chair": str(place.chair)}
    audit(actor, said.BOOKED, made, patient_id=made.patient_id, **facts)
    if made.is_overbooked:
        audit(actor, said.OVERBOOKED, made, patient_id=made.patient_id, reason=made.overbook_reason, **facts)
    publish(
        events.AppointmentBooked(
            appointment_id=made.pk,
            patient_id=made.patient_id,
            doctor_id=made.doctor_id,
            branch_id=made.branch_id,
            starts_at=iso(made.starts_at),
            source_kind=made.source_kind,
        )
    )
    tell(made)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def tell(appointment: Appointment) -> None:
    live.announce("appointment", appointment.pk, branch_id=appointment.branch_id, version=appointment.version)
