"""A place kept for five minutes while somebody has its form open (SCH-39)."""

from datetime import datetime, timedelta
from typing import Any

from core import clock, live
from core.command import command
from core.errors import NotFound
from scheduling.models import Hold, Occupancy
from scheduling.selectors.places import Place, place_read
from scheduling.services.places import (
    holds_drop,
    place_check_free,
    place_check_known,
    place_check_time,
    place_take,
    range_of,
    resources_lock,
)

LASTS = timedelta(minutes=5)
REMEMBERED = timedelta(hours=12)


@command
def hold_place(
    *,
    doctor_id: int,
    chair_id: int,
    starts_at: datetime,
    ends_at: datetime,
    actor: Any,
    replaces: int | None = None,
    is_takeover: bool = False,
) -> Hold:
    """Keep a place. Reverse: hold_release.

    Two forms of one person are two holds; `replaces` gives up an earlier one. With `is_takeover` the newest form
    wins: what the same person holds there, perhaps in a tab that is long gone, is no obstacle.
    """
    visit = range_of(starts_at, ends_at)
    former = Hold.objects.select_for_update().filter(pk=replaces, user=actor).first() if replaces else None
    chairs, doctors = [chair_id, former and former.chair_id], [doctor_id, former and former.doctor_id]
    resources_lock(chairs=chairs, doctors=doctors)
    if former:
        _end(former)
    place = place_check_known(
        place_read(chair_id=chair_id, doctor_id=doctor_id, visit=visit),
        patient_id=None,
        service_ids=(),
        visit_type_id=None,
        user=actor,
    )
    user_id = actor.pk if is_takeover else None
    place_check_time(place)
    place_check_free(place, user_id=user_id)
    holds_drop(place, user_id=user_id)
    return _keep(
        Hold(user=actor, doctor_id=doctor_id, chair_id=chair_id, starts_at=visit.start, ends_at=visit.end), place
    )


def _end(hold: Hold) -> None:
    """It takes nothing any more; its number stays known, since a form may be on its way with it."""
    Occupancy.objects.filter(hold=hold).delete()
    Hold.objects.filter(pk=hold.pk).update(expires_at=clock.now())


def _keep(hold: Hold, place: Place) -> Hold:
    hold.expires_at = clock.now() + LASTS
    hold.save()
    place_take(place, hold=hold)
    live.announce("hold", hold.pk, branch_id=place.branch.pk)
    return hold


def _mine(hold_id: int, actor: Any) -> Hold:
    found = Hold.objects.select_for_update().select_related("chair").filter(pk=hold_id, user=actor).first()
    if found is None:
        raise NotFound
    return found


@command
def hold_extend(*, hold_id: int, actor: Any) -> Hold:
    """Five minutes more from now. An expired hold is taken anew, if nobody has come meanwhile."""
    hold = _mine(hold_id, actor)
    if hold.expires_at > clock.now():
        hold.expires_at = clock.now() + LASTS
        hold.save(update_fields=["expires_at"])
        return hold
    resources_lock(chairs=[hold.chair_id], doctors=[hold.doctor_id])
    Occupancy.objects.filter(hold=hold).delete()
    visit = range_of(hold.starts_at, hold.ends_at)
    place = place_check_known(
        place_read(chair_id=hold.chair_id, doctor_id=hold.doctor_id, visit=visit),
        patient_id=None,
        service_ids=(),
        visit_type_id=None,
        user=actor,
    )
    place_check_time(place)
    place_check_free(place, user_id=None)
    holds_drop(place, user_id=None)
    return _keep(hold, place)


@command
def hold_release(*, hold_id: int, actor: Any) -> None:
    """Give the place up before its time."""
    hold = _mine(hold_id, actor)
    branch_id = hold.chair.branch_id
    hold.delete()
    live.announce("hold", hold_id, branch_id=branch_id)


@command
def holds_sweep() -> int:
    """Forget holds that ended long ago; those that just expired lose their rows when somebody wants the place."""
    gone, _ = Hold.objects.filter(expires_at__lt=clock.now() - REMEMBERED).delete()
    return gone
