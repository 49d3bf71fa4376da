"""The table of what is taken: checked, written and freed only here, under the locks of the resources."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from clinic.errors import BranchClosed
from core import clock
from core.command import lock
from core.errors import Invalid, NotFound
from patients.selectors import is_card_visible
from scheduling.errors import InPast, OutsideShift, SlotHeld, SlotTaken
from scheduling.models import Appointment, Block, Hold, Occupancy
from scheduling.rules import LONGEST, LONGEST_BUFFER, Range
from scheduling.selectors.places import RESOURCES, Place, Taken
from scheduling.selectors.pools import pools_full
from scheduling.slots import CHECKS, Draft

SHORTEST = timedelta(minutes=5)


def range_of(starts_at: datetime, ends_at: datetime) -> Range:
    """A visit's time, or Invalid: it ends after it starts and lasts five minutes to twelve hours."""
    if ends_at <= starts_at:
        raise Invalid(fields={"end": _("The end must be after the start.")})
    if ends_at - starts_at > LONGEST:
        raise Invalid(fields={"end": _("A visit lasts twelve hours at most.")})
    if ends_at - starts_at < SHORTEST:
        raise Invalid(fields={"end": _("A visit lasts five minutes at least.")})
    return Range(starts_at, ends_at)


def resources_lock(
    *, chairs: Iterable[int | None] = (), doctors: Iterable[int | None] = (), patients: Iterable[int | None] = ()
) -> None:
    """Queue for resources in the one order that everybody keeps: chairs, doctors, patients, each by number.

    Rows of appointments, holds, blocks and shifts are locked before, never after.
    """
    named = (("chair", chairs), ("doctor", doctors), ("patient", patients))
    lock(*[(kind, pk) for kind, keys in named for pk in keys if pk])


def place_check_known(
    place: Place | None, *, patient_id: int | None, service_ids: Iterable[int], visit_type_id: int | None, user: Any
) -> Place:
    """404 for what does not exist or what the caller may not see."""
    if place is None or place.doctor is None or place.branch.pk not in user.branch_ids:
        raise NotFound
    if patient_id and (place.patient is None or not is_card_visible(user, place.patient)):
        raise NotFound
    if len(place.services) != len(set(service_ids)) or (visit_type_id and place.visit_type is None):
        raise NotFound
    return place


def place_check_time(place: Place, *, over: bool = False) -> None:
    """In the order of the contract: the past, the branch's hours, the doctor's shift. `over` lifts the shift."""
    if place.is_in_past:
        raise InPast
    if not place.is_open:
        raise BranchClosed
    if not over and not place.is_in_shift:
        raise OutsideShift


def place_check_free(place: Place, *, user_id: int | None, over: bool = False, in_kept: bool = False) -> list[Taken]:
    """What the visit would lie over: raises SlotHeld or SlotTaken, or gives the clashes that `over` allows.

    The caller's own holds and expired ones are no clash; the patient never is in two places (SCH-38). `in_kept` is for
    a visit that stands where it stood: time that was kept for others later does not drive it out.
    """
    clashes = [row for row in place.against() if not row.is_expired and not _is_own(row, user_id)]
    if any(row.hold_id for row in clashes):
        raise SlotHeld
    if clashes and (not over or clashes[0].kind == "patient"):
        raise SlotTaken(**facts_of(clashes[0]))
    if not over and not in_kept and (kept := place.kept_against):
        taken_by = "chair" if kept[0].of_chair else "doctor"
        raise SlotTaken(taken_by=taken_by, block=kept[0].block_id, kept_for=kept[0].kind)
    pools_check(place, user_id=user_id)
    return clashes


def pools_check(place: Place, *, user_id: int | None) -> None:
    """One of each pool is free for the whole visit, or SlotTaken; nobody books over a pool (SCH-46).

    Pools are locked after everything else, so that only visits that need them wait for each other.
    """
    if not place.pools:
        return
    lock(*[("pool", pool.place_id) for pool in place.pools if pool.place_id])
    counts = {pool.place_id: pool.count for pool in place.pools if pool.count}
    taken = pools_full(counts, place.visit, user_id=user_id, except_appointments=place.ours)
    for pool in place.pools:
        if not pool.count or any(each.overlaps(place.visit) for each in taken[pool.place_id]):
            words = _("%(pool)s: none is free at this time.") if pool.count else _("%(pool)s: this branch has none.")
            raise SlotTaken(words % {"pool": pool.name}, taken_by="pool", pool=pool.name)


def _is_own(row: Taken, user_id: int | None) -> bool:
    """A hold of an offer to a patient has no user, so it is nobody's own."""
    return bool(row.hold_id and row.hold_user_id is not None and row.hold_user_id == user_id)


def facts_of(clash: Taken) -> dict[str, Any]:
    """Plain facts of a clash; the appointment's number lets staff see whose it is."""
    facts: dict[str, Any] = {"taken_by": clash.kind}
    if clash.appointment_id:
        facts["appointment"] = clash.appointment_id
    if clash.block_id:
        facts["block"] = clash.block_id
    return facts


def place_check_rules(
    place: Place,
    *,
    patient_id: int,
    doctor_id: int,
    source_kind: str,
    actor: Any,
    appointment: Appointment | None = None,
) -> None:
    """What apps above have to say: shortest length, deposits, quotas."""
    draft = Draft(place, patient_id, doctor_id, source_kind, appointment)
    for check in CHECKS:
        check(draft, actor)


def holds_drop(place: Place, *, user_id: int | None, hold_id: int | None = None) -> None:
    """Expired holds in the way lose their rows; the caller's own are used up. The hold's number stays known."""
    gone = {row.hold_id for row in place.against() if row.hold_id and (row.is_expired or _is_own(row, user_id))}
    gone |= {hold_id} - {None}
    if gone:
        Occupancy.objects.filter(hold_id__in=gone).delete()
        Hold.objects.filter(pk__in=gone, expires_at__gt=clock.now()).update(expires_at=clock.now())


def place_take(place: Place, *, clashes: Iterable[Taken] = (), **owner: Any) -> None:
    """Write what is taken; only the rows that lie over something are marked as overbooked."""
    keys = {
        "chair": place.chair.pk,
        "doctor": place.doctor.pk if place.doctor else None,
        "patient": place.patient.pk if place.patient else None,
    }
    over = {clash.kind for clash in clashes}
    pools = [pool.place_id for pool in place.pools if pool.place_id]
    rows_write({**place.takes, "visit": place.visit}, keys, over=over, pools=pools, **owner)


def rows_write(
    takes: Mapping[str, Range],
    keys: Mapping[str, int | None],
    *,
    over: Iterable[str] = (),
    pools: Iterable[int] = (),
    **owner: Any,
) -> None:
    """One row a resource; pools are taken for as long as the patient is there."""
    Occupancy.objects.bulk_create(
        [
            *(
                Occupancy(
                    resource_kind=Occupancy.Kind.POOL,
                    resource_id=pk,
                    during=tuple(takes["visit"]),
                    is_overbooked=True,
                    **owner,
                )
                for pk in pools
            ),
            *(
                Occupancy(
                    resource_kind=kind,
                    resource_id=keys[kind],
                    during=(takes[kind].start, takes[kind].end),
                    is_overbooked=kind in over,
                    **owner,
                )
                for kind in RESOURCES
                if kind in takes and keys.get(kind)
            ),
        ]
    )


SETTLE = """
    UPDATE scheduling_occupancy o SET is_overbooked = false
    WHERE o.is_overbooked
      AND (o.resource_kind, o.resource_id) IN (SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::bigint[]))
      AND o.during && tstzrange(%(start)s, %(end)s)
      AND NOT EXISTS (
          SELECT FROM scheduling_occupancy other
          WHERE other.resource_kind = o.resource_kind AND other.resource_id = o.resource_id
            AND other.during && o.during AND other.id <> o.id)
"""


def place_free(appointment: Appointment) -> None:
    """The visit takes nothing any more; what lay over it alone is no longer overbooked."""
    Occupancy.objects.filter(appointment=appointment).delete()
    resources = [("chair", appointment.chair_id), ("doctor", appointment.doctor_id)]
    settle(resources, Range(appointment.starts_at, appointment.ends_at + timedelta(minutes=LONGEST_BUFFER)))


def settle(resources: Iterable[tuple[str, int]], during: Range) -> None:
    """Overbooked rows that lie over nothing any more come back under the constraint."""
    kinds_ids = list(resources)
    if not kinds_ids:
        return
    with connection.cursor() as cursor:
        asked = {
            "kinds": [kind for kind, _pk in kinds_ids],
            "ids": [pk for _kind, pk in kinds_ids],
            "start": during.start,
            "end": during.end,
        }
        cursor.execute(SETTLE, asked)


def block_rows_write(block: Block) -> None:
    """A block takes its chair or doctor, or both; time that is kept for a kind of visit takes nothing."""
    if block.is_kept:
        return
    during = Range(block.starts_at, block.ends_at)
    rows_write({"chair": during, "doctor": during}, {"chair": block.chair_id, "doctor": block.doctor_id}, block=block)
