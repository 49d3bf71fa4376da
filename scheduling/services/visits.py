"""Finishing a visit: every app above adds its step, and all of them happen or none."""

from collections.abc import Mapping
from typing import Any

from core.command import check_version, command
from core.errors import DomainError, IllegalMove
from core.events import publish
from scheduling import events, rules
from scheduling.models import Appointment, State
from scheduling.services.locking import appointment_locked
from scheduling.services.states import appointment_cancel, appointment_set_state, state_write
from scheduling.slots import CLOSE_STEPS


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


@command
def visit_close(
    *,
    visit: int,
    answers: Mapping[str, Mapping[str, Any]],
    actor: Any,
    expected_version: int | None = None,
    is_walking: bool = False,
) -> Appointment:
    """Run the registered steps in layer order, then the visit is completed (SCH-25).

    `answers` are by the step's key. A step that refuses keeps everything as it was; its fields come back as
    `<key>.<name>`. Reverse: appointment_set_state back into the chair.
    """
    row = appointment_locked(visit, actor)
    check_version(expected_version, row.version)
    steps = rules.way_forward(row.state, State.COMPLETED)
    if not steps or (len(steps) > 1 and not is_walking):
        raise IllegalMove(source=row.state, to=State.COMPLETED)
    for step in CLOSE_STEPS:
        try:
            step.apply(row, answers.get(step.key, {}), actor)
        except DomainError as error:
            error.fields = {
                name if "." in name else f"{step.key}.{name}": texts for name, texts in error.fields.items()
            }
            raise
    row = state_write(row, State.COMPLETED, actor)
    publish(
        events.VisitCompleted(
            appointment_id=row.pk, patient_id=row.patient_id, doctor_id=row.doctor_id, branch_id=row.branch_id
        )
    )
    return row
