"""Start and end of work, corrections by request (HR-14)."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import clock, live
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import IllegalMove, Invalid, NotFound
from work import notices
from work.errors import AlreadyAtWork, NotAtWork
from work.models import TimeCorrection, WorkKind, WorkPeriod
from work.permissions import DECIDE_TIME
from work.selectors import deciders
from work.services.notifications import notify

sentence("work.time.started", _lazy("Work started"), "player-play", "green", is_timeline=False)
sentence("work.time.ended", _lazy("Work ended"), "player-stop", "grey", is_timeline=False)
sentence("work.time.asked", _lazy("Correction of working time asked for"), "clock-edit", "amber", is_timeline=False)
sentence("work.time.approved", _lazy("Correction of working time agreed to"), "check", "green", is_timeline=False)
sentence("work.time.refused", _lazy("Correction of working time refused"), "x", "red", is_timeline=False)
LONGEST = timedelta(hours=24)


def open_period(user: Any) -> WorkPeriod | None:
    return WorkPeriod.objects.select_for_update().filter(user_id=user.pk, ended_at__isnull=True).first()


@command
def work_start(*, user: Any, branch_id: int | None = None, kind_id: int | None = None) -> WorkPeriod:
    """He is at work from now on. Raises AlreadyAtWork. Reverse: work_end."""
    lock(("presence", user.pk))
    if going := open_period(user):
        raise AlreadyAtWork(period=going.pk)
    if kind_id and not WorkKind.objects.filter(pk=kind_id, is_active=True).exists():
        raise Invalid(fields={"kind": _("There is no such kind of work.")})
    row = WorkPeriod.objects.create(user_id=user.pk, branch_id=branch_id, kind_id=kind_id, started_at=clock.now())
    audit(user, "work.time.started", row, branch_id=branch_id)
    live.announce("presence", user.pk, branch_id=branch_id)
    return row


@command
def work_end(*, user: Any) -> WorkPeriod:
    """He goes home, or to other work. Raises NotAtWork."""
    lock(("presence", user.pk))
    row = open_period(user)
    if row is None:
        raise NotAtWork
    row.ended_at = max(clock.now(), row.started_at + timedelta(seconds=1))
    row.version += 1
    row.save()
    audit(user, "work.time.ended", row, branch_id=row.branch_id)
    live.announce("presence", user.pk, branch_id=row.branch_id)
    return row


@command
def correction_ask(
    *,
    user: Any,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    period_id: int | None = None,
    branch_id: int | None = None,
) -> TimeCorrection:
    """Other times of a period, or a period that was forgotten; nothing changes before somebody else agrees."""
    period = WorkPeriod.objects.select_for_update().filter(pk=period_id, user_id=user.pk).first() if period_id else None
    if period_id and period is None:
        raise NotFound
    wrong = {}
    if ended_at <= started_at or ended_at - started_at > LONGEST:
        wrong["ended_at"] = _("The end must be after the start, and within a day.")
    if ended_at > clock.now():
        wrong["ended_at"] = _("This time has not come yet.")
    if not reason.strip():
        wrong["reason"] = _("Say why.")
    if wrong:
        raise Invalid(fields=wrong)
    row = TimeCorrection.objects.create(
        user_id=user.pk, period=period, branch_id=period.branch_id if period else branch_id, started_at=started_at,
        ended_at=ended_at, reason=reason.strip()[:300], asked_at=clock.now(),
    )  # fmt: skip
    audit(user, "work.time.asked", row, reason=row.reason)
    notify(
        notices.TIME_ASKED,
        users=deciders(row),
        url=reverse("work:time-corrections-list"),
        but=user,
        who=str(user),
        reason=row.reason,
    )
    live.announce("queue", row.pk)
    return row


@command
def correction_decide(*, correction_id: int, agrees: bool, actor: Any) -> TimeCorrection:
    """Agree, and the period gets the times that were asked for; or refuse. Nobody decides on his own.

    Raises IllegalMove when it has been decided, and what the database says of periods that would overlap.
    """
    row = TimeCorrection.objects.select_for_update(of=("self",)).select_related("user").filter(pk=correction_id).first()
    if row is None or (row.branch_id and row.branch_id not in actor.branch_ids):
        raise NotFound
    to = TimeCorrection.State.APPROVED if agrees else TimeCorrection.State.REFUSED
    if row.state != TimeCorrection.State.ASKED or row.user_id == actor.pk:
        raise IllegalMove(source=row.state, to=to, needs=DECIDE_TIME.code)
    if agrees:
        row.period = corrected(row)
    row.state, row.decided_at, row.decided_by = to, clock.now(), actor
    row.save()
    audit(actor, "work.time.approved" if agrees else "work.time.refused", row)
    notify(
        notices.TIME_DECIDED,
        users=[row.user],
        url=reverse("work:time-list"),
        but=actor,
        what=str(row.get_state_display()),
        who=str(actor),
    )
    live.announce("queue", row.pk)
    return row


def corrected(row: TimeCorrection) -> WorkPeriod:
    lock(("presence", row.user_id))
    period = row.period or WorkPeriod(user_id=row.user_id, branch_id=row.branch_id)
    period.started_at, period.ended_at, period.is_corrected = row.started_at, row.ended_at, True
    period.version += bool(period.pk)
    period.save()
    return period
