"""Holes refill themselves (SCH-41, MOON-03): a freed time is offered to one patient after another, held meanwhile.

Whatever happens next to a refill happens under the lock of its row, each step in one transaction with its message and its
hold: a killed worker leaves either the step before or the step after, and the sweep goes on from there.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Branch
from core import clock, live
from core.audit import audit
from core.command import command
from core.errors import DomainError, IllegalMove, NotFound
from messaging.recipients import Recipient, recipients_of
from messaging.services import awake, message_queue, messages_withdraw
from scheduling import audit as said
from scheduling.errors import OfferClosed
from scheduling.models import Appointment, Hold, Occupancy, Offer, PlannedVisit, Refill, WaitingEntry
from scheduling.offers import words
from scheduling.offers.links import link_of
from scheduling.rules import Range
from scheduling.selectors.places import Place, place_read
from scheduling.selectors.refills import candidates, refills_visible_to
from scheduling.services.booking import Wish, book_or_refuse
from scheduling.services.holds import LASTS
from scheduling.services.leaving import planned_end, waiting_end
from scheduling.services.places import (
    holds_drop,
    place_check_free,
    place_check_known,
    place_check_time,
    place_take,
    resources_lock,
)
from scheduling.visitors import ByLink

SUBJECT = "scheduling.offer"
MOST = 20  # patients asked about one time
LAST_CHANCE = timedelta(minutes=30)  # nobody is asked who could answer later than so long before the visit
State = Offer.State


@command
def refill_start(
    *, chair_id: int, doctor_id: int, branch_id: int, starts_at: datetime, ends_at: datetime
) -> Refill | None:
    """Begin to offer a freed time to those whom it fits. None: nobody, too late, not wished, or already begun.

    Reverse: refill_stop.
    """
    soonest = clock.now() + timedelta(minutes=words.NOTICE_MINUTES.get())
    if not words.REFILL.get() or starts_at < soonest or ends_at - starts_at < timedelta(minutes=10):
        return None
    place = {"chair_id": chair_id, "doctor_id": doctor_id, "starts_at": starts_at}
    if Refill.objects.filter(**place, state=Refill.State.RUNNING).exists():
        return None
    row = Refill(branch=Branch.objects.get(pk=branch_id), ends_at=ends_at, **place)
    found = candidates(row)[:MOST]
    if not found:
        return None
    row.save(force_insert=True)
    Offer.objects.bulk_create(
        [
            Offer(
                refill=row, patient_id=who.patient_id, starts_at=start, ends_at=end, position=position,
                waiting=who if isinstance(who, WaitingEntry) else None,
                planned=who if isinstance(who, PlannedVisit) else None,
                score=points.points, why=[list(reason) for reason in points.why],
            )
            for position, (who, (start, end), points) in enumerate(found, 1)
        ]
    )  # fmt: skip
    audit(None, said.REFILL_STARTED, row, branch_id=branch_id, when=str(row), count=len(found))
    offer_next(row)
    return row


def offer_next(refill: Refill) -> Offer | None:
    """Ask the next in the queue who can still be asked; the caller has locked the refill. None: the queue is over."""
    outcome = Refill.State.EXHAUSTED
    rows = refill.offers.filter(state=State.QUEUED).select_related("waiting", "planned", "refill__branch")
    for offer in rows.order_by("position"):
        reason = _reason_to_skip(offer) or _send(offer, refill)
        if not reason:
            tell(refill)
            return offer
        if reason == "too_late":
            break
        outcome = Refill.State.GONE if reason == "taken" else outcome
        offer.state, offer.skip_reason = State.SKIPPED, reason
        offer.save(update_fields=["state", "skip_reason"])
    refill.offers.filter(state=State.QUEUED).update(state=State.WITHDRAWN)
    _end(refill, outcome)
    return None


def _reason_to_skip(offer: Offer) -> str:
    entry = offer.waiting or offer.planned
    if entry is None or entry.outcome not in ("waiting", "planned"):
        return "gone"
    return "no_offers" if entry.no_offers else ""


def _send(offer: Offer, refill: Refill) -> str:
    """Hold the place and queue the message; gives why it could not be done."""
    recipient = _recipient(offer.patient_id)
    if recipient is None:
        return "no_consent"
    after = awake(clock.now(), refill.zone)
    until = after + timedelta(minutes=words.OFFER_MINUTES.get())
    if until > offer.starts_at - LAST_CHANCE:
        return "too_late"
    resources_lock(chairs=[refill.chair_id], doctors=[refill.doctor_id], patients=[offer.patient_id])
    place = _place(offer, refill)
    try:
        place_check_time(place)
        place_check_free(place, user_id=None)
    except DomainError as error:
        return "busy" if error.facts.get("taken_by") == "patient" else "taken"
    holds_drop(place, user_id=None)
    offer.hold = Hold.objects.create(
        doctor_id=refill.doctor_id, chair_id=refill.chair_id, starts_at=offer.starts_at, ends_at=offer.ends_at,
        expires_at=until + LASTS,
    )  # fmt: skip
    bare = place_read(
        chair_id=refill.chair_id, doctor_id=refill.doctor_id, visit=place.visit,
        service_ids=[service.pk for service in place.services],
    )  # fmt: skip
    assert bare is not None
    place_take(bare, hold=offer.hold)
    offer.state, offer.sent_at, offer.expires_at = State.SENT, clock.now(), until
    offer.save()
    if _message(offer, refill, recipient, after) is None:
        _hold_drop(offer)
        offer.state, offer.sent_at, offer.expires_at = State.QUEUED, None, None
        offer.save()
        return "no_consent"
    audit(None, said.OFFERED, offer, patient_id=offer.patient_id, branch_id=refill.branch_id, when=str(refill))
    return ""


def _recipient(patient_id: int) -> Recipient | None:
    found = (recipients_of([patient_id]) or {}).get(patient_id)
    return found if found and found.phone and found.allows_service else None


def _place(offer: Offer, refill: Refill) -> Place:
    services = list((offer.waiting or offer.planned).services.values_list("pk", flat=True))  # type: ignore[union-attr]
    return place_check_known(
        place_read(
            chair_id=refill.chair_id, doctor_id=refill.doctor_id, visit=Range(offer.starts_at, offer.ends_at),
            patient_id=offer.patient_id, service_ids=services,
        ),
        patient_id=offer.patient_id, service_ids=services, visit_type_id=None, user=ByLink((refill.branch_id,)),
    )  # fmt: skip


def _message(offer: Offer, refill: Refill, recipient: Recipient, after: datetime) -> Any:
    branch = refill.branch
    local, until = clock.local(offer.starts_at, branch.timezone), clock.local(offer.expires_at, branch.timezone)  # type: ignore[arg-type]
    facts = {
        "name": f"{offer.patient.first_name} {offer.patient.middle_name}".strip(), "date": f"{local:%d.%m}",
        "time": f"{local:%H:%M}", "doctor": refill.doctor.short_name, "branch": branch.name, "address": branch.address,
        "phone": branch.phone, "link": link_of(offer.pk), "until": f"{until:%H:%M}",
    }  # fmt: skip
    return message_queue(
        purpose=words.OFFER.code, recipient=recipient, branch=branch, actor=None, facts=facts, subject=(SUBJECT, offer.pk),
        send_after=after, expires_at=offer.expires_at,
    )  # fmt: skip


# What a patient answers


def locked(offer_id: int) -> tuple[Refill, Offer]:
    """The refill's row first, always: whoever has it decides."""
    refill_id = Offer.objects.filter(pk=offer_id).values_list("refill_id", flat=True).first()
    if refill_id is None:
        raise NotFound
    refill = (
        Refill.objects.select_for_update(of=("self",)).select_related("branch", "chair", "doctor").get(pk=refill_id)
    )
    offer = (
        Offer.objects.select_for_update(of=("self",)).select_related("patient", "waiting", "planned").get(pk=offer_id)
    )
    return refill, offer


def is_answerable(offer: Offer, refill: Refill) -> bool:
    """While it is his turn; and afterwards too, where the whole queue has let the time lie and it has not come yet."""
    if offer.state == State.SENT:
        return refill.state == Refill.State.RUNNING
    late = offer.state == State.EXPIRED and refill.state == Refill.State.EXHAUSTED
    return late and offer.starts_at > clock.now() + LAST_CHANCE


@command
def offer_accept(*, offer_id: int) -> Appointment:
    """The patient takes the time by his link (SCH-41). Raises OfferClosed; a second press changes nothing.

    Reverse: appointment_cancel.
    """
    refill, offer = locked(offer_id)
    if offer.state == State.ACCEPTED and offer.appointment:
        return offer.appointment
    if not is_answerable(offer, refill):
        raise OfferClosed
    entry: Any = offer.waiting or offer.planned
    resources_lock(chairs=[refill.chair_id], doctors=[refill.doctor_id], patients=[offer.patient_id])
    entry.refresh_from_db()  # under the patient's lock: another freed time may have answered the same wish
    if entry.outcome not in (WaitingEntry.Outcome.WAITING, PlannedVisit.Outcome.PLANNED):
        raise OfferClosed
    _hold_drop(offer)
    wish = Wish(
        patient_id=offer.patient_id, doctor_id=refill.doctor_id, chair_id=refill.chair_id, comment=entry.comment,
        visit=Range(offer.starts_at, offer.ends_at), source_kind=Appointment.Source.WAITING,
        service_ids=tuple(entry.services.values_list("pk", flat=True)),
    )  # fmt: skip
    try:
        made = book_or_refuse(wish, actor=ByLink((refill.branch_id,)))
    except DomainError as error:
        raise OfferClosed from error
    _entry_end(entry, made)
    offer.state, offer.appointment, offer.answered_at = State.ACCEPTED, made, clock.now()
    offer.save()
    refill.offers.filter(state=State.QUEUED).update(state=State.WITHDRAWN)
    _unsend(offer)
    audit(None, said.OFFER_ACCEPTED, offer, patient_id=offer.patient_id, branch_id=refill.branch_id, when=str(made))
    _end(refill, Refill.State.FILLED)
    return made


def _entry_end(entry: Any, made: Appointment) -> None:
    """The booking has ended most lists itself; the wish that was answered ends in any case."""
    entry.refresh_from_db()
    if isinstance(entry, WaitingEntry) and entry.outcome == WaitingEntry.Outcome.WAITING:
        other = WaitingEntry.objects.filter(appointment=made).exists()
        waiting_end(entry, WaitingEntry.Outcome.BOOKED, None, appointment=None if other else made)
    if isinstance(entry, PlannedVisit) and entry.outcome == PlannedVisit.Outcome.PLANNED:
        planned_end(entry, PlannedVisit.Outcome.BOOKED, None, appointment=made)


@command
def offer_decline(*, offer_id: int, is_last: bool = False) -> Offer:
    """«Not this time»; with `is_last` he stays on his list but is offered nothing more by himself. The next is asked."""
    refill, offer = locked(offer_id)
    entry: Any = offer.waiting or offer.planned
    if is_last and entry and not entry.no_offers:
        type(entry).objects.filter(pk=entry.pk).update(no_offers=True)
    if offer.state != State.SENT:
        return offer
    _close(offer, State.DECLINED)
    audit(None, said.OFFER_DECLINED, offer, patient_id=offer.patient_id, branch_id=refill.branch_id, when=str(refill))
    offer_next(refill)
    return offer


@command
def offer_expire(*, offer_id: int, is_undelivered: bool = False) -> None:
    """His time is over, or the message did not reach him: the next is asked. Safe twice."""
    refill, offer = locked(offer_id)
    if offer.state != State.SENT or not (is_undelivered or (offer.expires_at and offer.expires_at <= clock.now())):
        return
    offer.skip_reason = "undelivered" if is_undelivered else ""
    _close(offer, State.EXPIRED)
    audit(None, said.OFFER_EXPIRED, offer, patient_id=offer.patient_id, branch_id=refill.branch_id, when=str(refill))
    offer_next(refill)


def offers_expire() -> int:
    """The sweep: each offer in a transaction of its own, so that one that fails keeps no other waiting."""
    due = Offer.objects.filter(state=State.SENT, expires_at__lte=clock.now()).order_by("expires_at")
    ids = list(due.values_list("pk", flat=True)[:500])
    for pk in ids:
        offer_expire(offer_id=pk)
    return len(ids)


@command
def refill_stop(*, refill_id: int, actor: Any) -> Refill:
    """Staff stop the offering: the offer that is out is withdrawn, the time is free for them (MOON-03)."""
    if not refills_visible_to(actor).filter(pk=refill_id).exists():
        raise NotFound
    row = Refill.objects.select_for_update(of=("self",)).select_related("branch").get(pk=refill_id)
    if row.state != Refill.State.RUNNING:
        raise IllegalMove(source=row.state, to=Refill.State.STOPPED)
    for offer in row.offers.select_for_update().filter(state=State.SENT):
        _close(offer, State.WITHDRAWN)
    row.offers.filter(state=State.QUEUED).update(state=State.WITHDRAWN)
    row.stopped_by = actor
    audit(actor, said.REFILL_STOPPED, row, branch_id=row.branch_id, when=str(row))
    _end(row, Refill.State.STOPPED)
    return row


def _close(offer: Offer, state: str) -> None:
    _hold_drop(offer)
    offer.state, offer.answered_at = state, clock.now()
    offer.save()
    _unsend(offer)


def _hold_drop(offer: Offer) -> None:
    if offer.hold_id:
        Occupancy.objects.filter(hold=offer.hold_id).delete()
        Hold.objects.filter(pk=offer.hold_id, expires_at__gt=clock.now()).update(expires_at=clock.now())
        live.announce("hold", offer.hold_id, branch_id=offer.refill.branch_id)


def _unsend(offer: Offer) -> None:
    messages_withdraw(subject=(SUBJECT, offer.pk), reason=_("the offer is over"), actor=None)


def _end(refill: Refill, state: str) -> None:
    refill.state, refill.ended_at = state, clock.now()
    refill.save(update_fields=["state", "ended_at", "stopped_by"])
    tell(refill)


def tell(refill: Refill) -> None:
    live.announce("refill", refill.pk, branch_id=refill.branch_id)
