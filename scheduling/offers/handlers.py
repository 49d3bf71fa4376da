"""What frees a time begins its offering; a message that did not arrive passes the offer on."""

from datetime import datetime

from clinic.models import Chair
from core.events import after
from messaging.events import MessageFailed
from scheduling.events import AppointmentMoved, PlaceFreed
from scheduling.offers import words
from scheduling.services.refills import SUBJECT, offer_expire, refill_start


@after(PlaceFreed)
def freed(event: PlaceFreed) -> None:
    if event.is_silent:
        return
    refill_start(
        chair_id=event.chair_id,
        doctor_id=event.doctor_id,
        branch_id=event.branch_id,
        starts_at=datetime.fromisoformat(event.starts_at),
        ends_at=datetime.fromisoformat(event.ends_at),
    )


@after(AppointmentMoved)
def moved(event: AppointmentMoved) -> None:
    """The old place of a visit that went elsewhere; what it still covers itself is found taken and offered to nobody."""
    branch_id = Chair.objects.filter(pk=event.old_chair_id).values_list("branch_id", flat=True).first()
    if branch_id:
        refill_start(
            chair_id=event.old_chair_id,
            doctor_id=event.old_doctor_id,
            branch_id=branch_id,
            starts_at=datetime.fromisoformat(event.old_starts_at),
            ends_at=datetime.fromisoformat(event.old_ends_at),
        )


@after(MessageFailed)
def undelivered(event: MessageFailed) -> None:
    if event.subject_kind == SUBJECT and event.purpose == words.OFFER.code and event.subject_id:
        offer_expire(offer_id=event.subject_id, is_undelivered=True)
