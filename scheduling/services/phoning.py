"""What the telephone exchange reports: a call rings, is answered, ends, is missed (SCH-31)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock, live
from core.audit import audit
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.events import publish
from core.phones import WRONG_PHONE, phone_of
from core.templatetags.ui import phone as phone_words
from scheduling import audit as said
from scheduling.events import CallAnswered, CallCame, CallMissed
from scheduling.models import CallTask, PhoneCall
from scheduling.selectors.phoning import line_of, with_phone
from scheduling.services.call_rows import calls_refresh
from work.models import Task
from work.services import task_create, task_move

State = PhoneCall.State
# Reports come late and out of order: a call never goes back. Who has answered has not missed it.
RANK = {State.RINGING: 0, State.MISSED: 1, State.ANSWERED: 2, State.ENDED: 3}
REASON = "missed_call"
CALLERS = "callcentre"


@command
def call_report(
    *,
    phone: str,
    actor: Any,
    state: str = State.RINGING,
    line: str = "",
    external_id: str = "",
    at: datetime | None = None,
) -> PhoneCall:
    """A call, or the next that became of it; told twice or in a wrong order it stays one call and the right one.

    The person at the line sees who it may be. Reverse: none, a call is a fact; call_settle puts it away.
    """
    try:
        number = phone_of(phone)
    except ValueError as error:
        raise Invalid(fields={"phone": WRONG_PHONE}) from error
    if state not in RANK:
        raise Invalid(fields={"state": _("Choose from the list.")})
    moment = min(at or clock.now(), clock.now())
    row = _known(external_id) or _begun(number, line.strip(), external_id, moment, actor)
    _follow(row, State(state), moment, actor)
    return row


@command
def call_follow(*, call_id: int, state: str, actor: Any, at: datetime | None = None) -> PhoneCall:
    """What became of a call that is known by our own number (SCH-31)."""
    row = PhoneCall.objects.select_for_update().filter(pk=call_id).first()
    if row is None:
        raise NotFound
    if state not in RANK:
        raise Invalid(fields={"state": _("Choose from the list.")})
    _follow(row, State(state), min(at or clock.now(), clock.now()), actor)
    return row


def _known(external_id: str) -> PhoneCall | None:
    """Two reports of one call at once wait for each other."""
    if not external_id:
        return None
    lock((f"phone_call:{external_id}", 0))
    return PhoneCall.objects.select_for_update().filter(external_id=external_id).first()


def _begun(number: str, line: str, external_id: str, moment: datetime, actor: Any) -> PhoneCall:
    known, same = line_of(line), list(with_phone(number)[:2])
    patient = same[0] if len(same) == 1 else None
    row = PhoneCall.objects.create(
        external_id=external_id or None, phone=number, line=line, patient=patient, started_at=moment,
        user=known.user if known else None,
        branch_id=known.branch_id if known and known.branch_id else patient.branch_id if patient else None,
    )  # fmt: skip
    if patient:
        audit(actor, said.CALL_CAME, row, patient_id=patient.pk, line=line)
    publish(CallCame(call_id=row.pk, phone=number, patient_id=patient.pk if patient else None))
    _tell(row)
    return row


def _follow(row: PhoneCall, state: Any, moment: datetime, actor: Any) -> None:
    if state == State.ENDED and row.state in (State.RINGING, State.MISSED):
        state = State.MISSED  # it ended before anybody answered
    if RANK[state] <= RANK[State(row.state)]:
        return
    row.state = state
    if state == State.ANSWERED:
        row.answered_at = max(moment, row.started_at)
    else:
        row.ended_at = moment
    row.save()
    if state == State.ANSWERED:
        _answered(row, actor)
    elif state == State.MISSED:
        _missed(row, actor)
    _tell(row)


def _answered(row: PhoneCall, actor: Any) -> None:
    """Who was missed before and has come through now is called by nobody."""
    earlier = PhoneCall.objects.filter(phone=row.phone, state=State.MISSED, settled_at__isnull=True)
    earlier.update(settled_at=clock.now())
    _task_done(row.phone, actor)
    publish(CallAnswered(call_id=row.pk, phone=row.phone, patient_id=row.patient_id))


def _missed(row: PhoneCall, actor: Any) -> None:
    """A known patient comes onto the list of calls; an unknown number becomes a task, once, however often it rings."""
    publish(CallMissed(call_id=row.pk, phone=row.phone, patient_id=row.patient_id))
    if row.patient_id:
        calls_refresh(codes=[REASON], patient_id=row.patient_id)
        return
    task_create(
        title=_("Call back: %(phone)s") % {"phone": phone_words(row.phone)}, roles=[CALLERS, "administrator"], actor=actor,
        text=_("Missed, the number is on no card."), branch_id=row.branch_id, due_at=row.started_at, key=_key(row.phone),
        subject=(PhoneCall._meta.label_lower, row.pk), url=row.get_absolute_url(), is_urgent=True,
    )  # fmt: skip


def _key(phone: str) -> str:
    return f"missed-call:{phone}"


def _task_done(phone: str, actor: Any) -> None:
    for task in Task.objects.live().filter(key=_key(phone), state__in=Task.OPEN):
        task_move(task_id=task.pk, state=Task.State.DONE, actor=actor, by_cause=True)


@command
def call_settle_by_hand(*, call_id: int, actor: Any) -> PhoneCall:
    """Put a call away: its window closes, nobody is asked to call back (SCH-31)."""
    row = PhoneCall.objects.select_for_update().filter(pk=call_id).first()
    if row is None:
        raise NotFound
    row.settled_at = row.settled_at or clock.now()
    row.save(update_fields=["settled_at"])
    _task_done(row.phone, actor)
    audit(actor, said.CALL_SETTLED, row, patient_id=row.patient_id)
    _tell(row)
    return row


def missed_settle(task: CallTask, outcome: str, actor: Any) -> None:
    """The patient was called back: every missed call of that number is settled."""
    phone = PhoneCall.objects.filter(pk=task.subject_id).values_list("phone", flat=True).first()
    rows = PhoneCall.objects.filter(phone=phone, state=State.MISSED, settled_at__isnull=True)
    rows.update(settled_at=clock.now())


def _tell(row: PhoneCall) -> None:
    """The person at the line alone; at a line that is nobody's, whoever sees its branch."""
    live.announce("phone-call", row.pk, branch_id=row.branch_id, user_id=row.user_id)
