"""Finishing a visit: every app above adds its step, and all of them happen or none."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.audit import audit
from core.command import check_version, command
from core.errors import DomainError, IllegalMove
from core.events import publish
from scheduling import audit as said
from scheduling import events, rules
from scheduling.models import Appointment, State
from scheduling.selectors.appointments import appointment_shown
from scheduling.selectors.closing import close_steps_of
from scheduling.selectors.confirming import home_of, visits_to_confirm
from scheduling.services.booking import tell
from scheduling.services.locking import appointment_locked
from scheduling.services.states import appointment_cancel, appointment_set_state, state_write
from scheduling.slots import CloseStep


def appointment_step(
    *,
    appointment_id: int,
    state: str,
    actor: Any,
    reason: str = "",
    then: str = "",
    is_walking: bool = False,
    **options: Any,
) -> Appointment:
    """Whatever a menu of statuses may ask for, by the verb that does it. Without a `then` nobody is lost: rebook."""
    if state == State.CANCELLED:
        options.pop("label_id", None)
        then = then or Appointment.Then.REBOOK
        return appointment_cancel(appointment_id=appointment_id, reason=reason, then=then, actor=actor, **options)
    if state == State.COMPLETED:
        options.pop("label_id", None)
        return visit_close(visit=appointment_id, answers={}, actor=actor, is_walking=is_walking, **options)
    return appointment_set_state(
        appointment_id=appointment_id, state=state, actor=actor, reason=reason, is_walking=is_walking, **options
    )


Answers = Mapping[str, Mapping[str, Any]]


@command
def visits_confirm(*, appointment_id: int, actor: Any, is_family: bool = False) -> list[Appointment]:
    """The patient says that he comes; with `is_family` all of his home on that day (SCH-42). Reverse: back to booked."""
    row = appointment_shown(appointment_id, actor)
    chosen = [row]
    if is_family:
        chosen = [
            visit
            for visit in visits_to_confirm(actor, row.branch, row.local_start.date())
            if home_of(visit) == home_of(row) and visit.state == State.BOOKED
        ]
    return [
        appointment_set_state(appointment_id=visit.pk, state=State.CONFIRMED, actor=actor)
        for visit in sorted(chosen, key=lambda visit: visit.pk)
    ]


@command
def visit_close(
    *, visit: int, answers: Answers, actor: Any, expected_version: int | None = None, is_walking: bool = False
) -> Appointment:
    """Run the registered steps in layer order, then the visit is completed (SCH-25).

    `answers` are by the step's key; a step that is not among them goes its usual way, as the untouched form would. A
    step that refuses keeps everything as it was; its fields come back as `<key>.<name>`. Reverse:
    appointment_set_state back into the chair, which undoes the steps.
    """
    row = appointment_locked(visit, actor)
    check_version(expected_version, row.version)
    steps = rules.way_forward(row.state, State.COMPLETED)
    if not steps or (len(steps) > 1 and not is_walking):
        raise IllegalMove(source=row.state, to=State.COMPLETED)
    steps_take(row, close_steps_of(actor), answers, actor)
    row = state_write(row, State.COMPLETED, actor)
    publish(
        events.VisitCompleted(
            appointment_id=row.pk, patient_id=row.patient_id, doctor_id=row.doctor_id, branch_id=row.branch_id
        )
    )
    return row


@command
def work_order_fill(*, visit: int, answers: Answers, actor: Any) -> Appointment:
    """Fill in the work order of a visit that was finished without it, at the desk (SCH-30).

    Raises IllegalMove for a visit that is not finished. Reverse: putting the visit back.
    """
    row = appointment_locked(visit, actor)
    if row.state != State.COMPLETED:
        raise IllegalMove(source=row.state, to=State.COMPLETED)
    steps_take(row, close_steps_of(actor, work_order_only=True), answers, actor)
    audit(actor, said.WORK_ORDER, row, patient_id=row.patient_id)
    tell(row)
    return row


def steps_take(row: Appointment, steps: Iterable[CloseStep], answers: Answers, actor: Any) -> None:
    for step in steps:
        usual = step.usual(row, actor) if step.usual and step.key not in answers else {}
        try:
            step.apply(row, answers.get(step.key, usual), actor)
        except DomainError as error:
            error.fields = {
                name if "." in name else f"{step.key}.{name}": texts for name, texts in error.fields.items()
            }
            raise
