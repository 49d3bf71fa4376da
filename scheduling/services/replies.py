"""What a patient's reply does with his visits (MSG-21)."""

from collections.abc import Sequence

from core import clock
from core.command import command
from scheduling.models import Appointment, State
from scheduling.services.states import state_write


@command
def visits_confirm_by_reply(*, appointment_ids: Sequence[int]) -> list[Appointment]:
    """The patient has answered «1»: his visits ahead are confirmed; gives those that stand confirmed now.

    Nobody's rights are asked: the patient speaks of his own visit. Reverse: appointment_set_state with a reason.
    """
    rows = Appointment.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk__in=appointment_ids, state__in=(State.BOOKED, State.CONFIRMED), starts_at__gt=clock.now()
    )
    standing = list(rows.select_related("branch").order_by("pk"))
    return [row if row.state == State.CONFIRMED else state_write(row, State.CONFIRMED, None) for row in standing]
