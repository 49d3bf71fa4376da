"""Calls: taken by one person, settled (SCH-27)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock, live
from core.audit import audit
from core.command import command
from core.errors import Invalid, NotFound
from scheduling import audit as said
from scheduling import policies
from scheduling.errors import CallClaimed
from scheduling.models import Appointment, CallAttempt, CallTask, PlannedVisit, State, WaitingEntry
from scheduling.rules import next_try
from scheduling.selectors.calls import calls_alive, calls_due, reasons
from scheduling.services.planned import planned_remove
from scheduling.services.states import appointment_set_state
from scheduling.services.waiting import waiting_remove

Outcome = CallTask.Outcome


@command
def call_claim(*, task_id: int, actor: Any) -> CallTask:
    """Take a call for some minutes; nobody else is shown it. Raises CallClaimed. Reverse: call_release."""
    row = _locked(task_id, actor)
    if is_anothers(row, actor):
        raise CallClaimed(by=str(row.claimed_by), until=row.claimed_until)
    return _claim(row, actor)


@command
def call_next(*, actor: Any, reason: str = "", branch_id: int | None = None) -> CallTask | None:
    """Take the next call that is due; of two who ask at once each gets another. None: nothing to do."""
    rows = calls_due(actor)
    rows = rows.filter(reason=reason) if reason else rows
    rows = rows.filter(branch=branch_id) if branch_id else rows
    row = rows.select_for_update(of=("self",), skip_locked=True).order_by("due_at", "pk").first()
    return _claim(row, actor) if row else None


@command
def call_release(*, task_id: int, actor: Any) -> CallTask:
    """Give a call back untouched."""
    row = _locked(task_id, actor)
    if is_anothers(row, actor):
        raise CallClaimed(by=str(row.claimed_by), until=row.claimed_until)
    row.claimed_by = row.claimed_until = None
    return _save(row)


@command
def call_settle(
    *, task_id: int, outcome: str, actor: Any, comment: str = "", next_at: datetime | None = None
) -> CallTask:
    """What came of the call. A closing outcome does what it means: confirms the visit, takes the patient off the list.

    No reverse: a call that was made was made; the visit and the lists have their own.
    """
    if outcome not in Outcome.values:
        raise Invalid(fields={"outcome": _("Choose what came of the call.")})
    row = _locked(task_id, actor)
    if is_anothers(row, actor):
        raise CallClaimed(by=str(row.claimed_by), until=row.claimed_until)
    now = clock.now()
    if outcome == Outcome.LATER and (next_at is None or next_at <= now):
        raise Invalid(fields={"next_at": _("Say when to call again.")})
    row.attempts += 1
    row.outcome, row.claimed_by, row.claimed_until = outcome, None, None
    if outcome in CallTask.CLOSING:
        cause = reasons()[row.reason]
        if cause.settle:
            cause.settle(row, outcome, actor)
        row.ended_at, row.next_at = now, None
    else:
        row.next_at = next_at or now + next_try(row.attempts, is_wrong=outcome == Outcome.WRONG)
    CallAttempt.objects.create(
        task=row, outcome=outcome, comment=comment.strip()[:300], next_at=row.next_at, at=now, by=actor
    )
    audit(
        actor,
        said.CALLED,
        row,
        patient_id=row.patient_id,
        outcome=row.get_outcome_display(),
        reason=comment.strip()[:300],
    )
    return _save(row)


def is_anothers(row: CallTask, actor: Any) -> bool:
    """Somebody else has it, and his minutes are not over."""
    return bool(
        row.claimed_by_id and row.claimed_by_id != actor.pk and row.claimed_until and row.claimed_until > clock.now()
    )


def _claim(row: CallTask, actor: Any) -> CallTask:
    row.claimed_by = actor
    row.claimed_until = clock.now() + timedelta(minutes=policies.CLAIM_MINUTES.get())
    return _save(row)


def _save(row: CallTask) -> CallTask:
    row.version += 1
    row.save()
    live.announce("call", row.pk, branch_id=row.branch_id, version=row.version)
    return row


def _locked(pk: int, user: Any) -> CallTask:
    found = calls_alive(user).select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


# What a closing outcome means for the calendar's own causes


def visit_settle(task: CallTask, outcome: str, actor: Any) -> None:
    """A broken visit whose patient does not want to come is lost, and that is written down."""
    if outcome == Outcome.CONFIRMED:
        raise Invalid(fields={"outcome": _("There is no visit to confirm.")})
    if outcome == Outcome.REFUSED:
        rows = Appointment.objects.filter(pk=task.subject_id).filter(Q(state=State.CANCELLED) | Q(state=State.NO_SHOW))
        rows.update(cancel_then=Appointment.Then.LOST)


def confirm_settle(task: CallTask, outcome: str, actor: Any) -> None:
    if outcome == Outcome.REFUSED:
        raise Invalid(fields={"outcome": _("Move or cancel the visit: then it is known what is next for the patient.")})
    if outcome == Outcome.CONFIRMED:
        appointment_set_state(appointment_id=task.subject_id, state=State.CONFIRMED, actor=actor)


def planned_settle(task: CallTask, outcome: str, actor: Any) -> None:
    if outcome == Outcome.CONFIRMED:
        raise Invalid(fields={"outcome": _("There is no visit to confirm.")})
    if outcome == Outcome.REFUSED and PlannedVisit.objects.filter(pk=task.subject_id, outcome="planned").exists():
        planned_remove(planned_id=task.subject_id, actor=actor)


def waiting_settle(task: CallTask, outcome: str, actor: Any) -> None:
    if outcome == Outcome.CONFIRMED:
        raise Invalid(fields={"outcome": _("There is no visit to confirm.")})
    if outcome == Outcome.REFUSED and WaitingEntry.objects.filter(pk=task.subject_id, outcome="waiting").exists():
        waiting_remove(entry_id=task.subject_id, actor=actor)
