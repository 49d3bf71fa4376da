"""Blocked time: lunch, meeting, repair; or time kept for emergencies and first visits (SCH-55)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Chair, Staff
from core import clock, live
from core.audit import audit
from core.command import command
from core.errors import Invalid, NotFound
from scheduling import audit as said
from scheduling.errors import SlotHeld, SlotTaken
from scheduling.models import Block, Occupancy
from scheduling.rules import Range
from scheduling.selectors.places import busy_rows
from scheduling.services.places import block_rows_write, facts_of, resources_lock, settle

LONGEST = timedelta(days=31)


@command
def block_create(
    *,
    starts_at: datetime,
    ends_at: datetime,
    actor: Any,
    chair_id: int | None = None,
    doctor_id: int | None = None,
    kind: str = Block.Kind.OTHER,
    note: str = "",
) -> Block:
    """Take time of a chair, a doctor or both. Reverse: block_delete.

    Visits already there refuse it, unless it only keeps the time for a kind of visit.
    """
    block = Block(
        chair=_chair(chair_id, actor),
        doctor=_doctor(doctor_id),
        kind=kind,
        note=note,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    _check(block)
    resources_lock(chairs=[chair_id], doctors=[doctor_id])
    _check_free(block)
    block.save(force_insert=True)
    block_rows_write(block)
    _say(actor, said.BLOCK_CREATED, block)
    return block


@command
def block_change(
    *,
    block_id: int,
    actor: Any,
    starts_at: datetime,
    ends_at: datetime,
    chair_id: int | None = None,
    kind: str = "",
    note: str | None = None,
) -> Block:
    """Move, stretch or rename blocked time."""
    block = _locked(block_id, actor)
    old, old_chair = _when(block), block.chair_id
    resources_lock(chairs=[old_chair, chair_id], doctors=[block.doctor_id])
    Occupancy.objects.filter(block=block).delete()
    if chair_id and old_chair:
        block.chair = _chair(chair_id, actor)
    block.starts_at, block.ends_at, block.kind = starts_at, ends_at, kind or block.kind
    block.note = block.note if note is None else note
    _check(block)
    _check_free(block)
    block.save()
    block_rows_write(block)
    _say(actor, said.BLOCK_CHANGED, block, old=old)
    return block


@command
def block_delete(*, block_id: int, actor: Any) -> None:
    """Free the time. Reverse: block_create."""
    block = _locked(block_id, actor)
    resources_lock(chairs=[block.chair_id], doctors=[block.doctor_id])
    pk = block.pk
    block.delete()
    block.pk = pk
    resources = [(kind, key) for kind, key in (("chair", block.chair_id), ("doctor", block.doctor_id)) if key]
    settle(resources, Range(block.starts_at, block.ends_at))
    _say(actor, said.BLOCK_DELETED, block)


def _locked(pk: int, actor: Any) -> Block:
    found = (
        Block.objects.select_for_update(of=("self",)).select_related("chair__branch", "doctor").filter(pk=pk).first()
    )
    if found is None or (found.chair and found.chair.branch_id not in actor.branch_ids):
        raise NotFound
    return found


def _chair(pk: int | None, actor: Any) -> Chair | None:
    if not pk:
        return None
    found = Chair.objects.live().select_related("branch").filter(pk=pk, branch_id__in=actor.branch_ids).first()
    if found is None:
        raise NotFound
    return found


def _doctor(pk: int | None) -> Staff | None:
    if not pk:
        return None
    found = Staff.objects.live().filter(pk=pk, is_doctor=True).first()
    if found is None:
        raise NotFound
    return found


def _check(block: Block) -> None:
    wrong: dict[str, Any] = {}
    if block.kind not in Block.Kind.values:
        wrong["kind"] = _("Unknown kind.")
    if block.ends_at <= block.starts_at:
        wrong["end"] = _("The end must be after the start.")
    elif block.ends_at - block.starts_at > LONGEST:
        wrong["end"] = _("Time is blocked for a month at most.")
    if not (block.chair or block.doctor):
        wrong["chair"] = _("Choose a chair or a doctor.")
    if wrong:
        raise Invalid(fields=wrong)


def _check_free(block: Block) -> None:
    if block.is_kept:
        return
    resources = [(kind, key) for kind, key in (("doctor", block.doctor_id), ("chair", block.chair_id)) if key]
    clashes = busy_rows(resources, Range(block.starts_at, block.ends_at))
    if any(clash.hold_id for clash in clashes):
        raise SlotHeld
    if clashes:
        appointments = sorted({clash.appointment_id for clash in clashes if clash.appointment_id})
        raise SlotTaken(**facts_of(clashes[0]), appointments=appointments)
    # Expired holds have rows too; they are in the way of the constraint.
    ranges = Occupancy.objects.filter(
        hold__expires_at__lte=clock.now(), during__overlap=(block.starts_at, block.ends_at)
    )
    for kind, key in resources:
        ranges.filter(resource_kind=kind, resource_id=key).delete()


def _when(block: Block) -> str:
    return f"{block.local_start:%d.%m.%Y %H:%M}–{block.local_end:%H:%M}"


def _say(actor: Any, code: str, block: Block, **facts: Any) -> None:
    branch_id = block.chair.branch_id if block.chair else None
    audit(actor, code, block, branch_id=branch_id, when=_when(block), kind=block.note or str(block), **facts)
    live.announce("block", block.pk or 0, branch_id=branch_id)
