"""What happens to a limit or a visit moves the entry: in the same transaction, all or nothing (BAR-18, BAR-24)."""

from barter.models import Beneficiary, Kind, State
from barter.services.entries import announce, saved
from barter.services.telling import exhausted_key, exhausted_task, step_task, tell
from billing.events import LimitMoved
from core.events import inside
from scheduling.events import AppointmentStateChanged
from work.services import tasks_end_by_key


@inside(LimitMoved)
def on_limit_moved(event: LimitMoved) -> None:
    """The sum is spent: the mark and the note follow from it, the senior administrator gets his task; or it is back."""
    entry = (
        Beneficiary.objects.select_related("contract__organisation", "limit", "patient")
        .filter(limit=event.limit_id).first()
    )  # fmt: skip
    if entry is None:
        return
    announce(entry)
    if entry.is_exhausted and entry.granted > 0:
        exhausted_task(entry)
        tell(None, "entry.exhausted", entry)
    else:
        tasks_end_by_key(key=exhausted_key(entry), actor=None)


@inside(AppointmentStateChanged)
def on_visit(event: AppointmentStateChanged) -> None:
    if event.new != "arrived":
        return
    rows = Beneficiary.objects.select_for_update(of=("self",)).filter(
        patient=event.patient_id, state=State.BOOKED, contract__kind=Kind.PUBLIC_PERSON, contract__status="active"
    )
    for entry in rows.select_related("contract__organisation", "limit", "patient"):
        entry.state = State.MET
        saved(entry)
        tell(None, "entry.step", entry, state=entry.get_state_display())
        step_task(entry, None)
