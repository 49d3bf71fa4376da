"""The ways back of the calendar's commands (MOON-18)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import undo
from scheduling import permissions, rules
from scheduling.models import State
from scheduling.selectors.appointments import appointment_get
from scheduling.services.moving import MOVE, appointment_change, appointment_move
from scheduling.services.states import STEP, appointment_set_state


@undo.inverse(MOVE, permissions.BOOK)
def move_back(step: undo.Step, actor: Any) -> None:
    """To the place where the visit stood, if it is still free."""
    ((was,),), ((where),) = step.before, step.where
    row = appointment_move(
        appointment_id=where["pk"], starts_at=datetime.fromisoformat(was["starts_at"]),
        ends_at=datetime.fromisoformat(was["ends_at"]), chair_id=was["chair_id"], doctor_id=was["doctor_id"], actor=actor,
    )  # fmt: skip
    if row.own_minutes != was["own_minutes"]:
        appointment_change(appointment_id=row.pk, own_minutes=was["own_minutes"], actor=actor)


@undo.inverse(STEP, permissions.SET_STATE)
def step_back(step: undo.Step, actor: Any) -> None:
    """Back to the state, over «booked» where there is no straight way; then the clinic's own label of it."""
    ((was,),), ((where),) = step.before, step.where
    given = {"appointment_id": where["pk"], "actor": actor, "reason": _("Taken back"), "is_walking": True}
    now = appointment_get(where["pk"], actor).state
    if not rules.is_way_back(now, was["state"]) and not rules.way_forward(now, was["state"]):
        appointment_set_state(state=State.BOOKED, **given)
    row = appointment_set_state(state=was["state"], **given)
    if was["label_id"] and row.label_id != was["label_id"]:
        appointment_set_state(state=was["state"], label_id=was["label_id"], **given)
