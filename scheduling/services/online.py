"""Online booking by patients: a hold, the booking with its card, a move and a cancelling by the secret link (SCH-51..53).

Everything goes through the same locks and constraints as the reception's own bookings; a place has one owner whoever asks.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, live
from core.command import command, lock
from core.errors import DomainError, IllegalMove, NotFound
from patients.models import Consent, ConsentKind, Patient
from patients.services import consent_sign, patient_register
from scheduling.models import Appointment, Hold, Occupancy, OnlineBooking, OnlineRule, State
from scheduling.online import policies, rules, words
from scheduling.online.errors import BookedAlready, OnlineNotYours, OnlineRefused, TooLateToChange
from scheduling.online.links import Slot, nonce_made
from scheduling.reminders.online import online_tell
from scheduling.reminders.words import is_silent
from scheduling.rules import Range
from scheduling.selectors.online import (
    Wanted,
    cards_near,
    has_come,
    is_mark,
    rule_of,
    rules_of,
    somebody_of,
)
from scheduling.selectors.places import Place, place_read
from scheduling.services.booking import Wish, book_or_refuse
from scheduling.services.moving import move_or_refuse
from scheduling.services.places import (
    holds_drop,
    place_check_free,
    place_check_known,
    place_check_time,
    place_take,
    range_of,
    resources_lock,
)
from scheduling.services.states import appointment_cancel
from scheduling.visitors import Online
from work.services import notify

Person = OnlineBooking.Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a patient has typed; `consent_text` is what he has agreed to, as it was shown."""

    last_name: str
    first_name: str
    phone: str
    middle_name: str = ""
    birth_date: date | None = None
    comment: str = ""
    wants_reminders: bool = True
    consent_text: str = ""
    language: str = ""
    is_phone_proven: bool = False

    @property
    def somebody(self) -> rules.Somebody:
        return rules.Somebody(
            self.last_name, self.first_name, self.middle_name, self.birth_date, frozenset({self.phone})
        )


@command
def online_hold(*, wanted: Wanted, doctor_id: int, chair_id: int, start: datetime, replaces: int = 0) -> Hold:
    """Keep a time while the patient types his name (SCH-39). It ends by itself; `replaces` gives up an earlier one."""
    check_offered(wanted, doctor_id, start)
    former = hold_of(replaces)
    chairs, doctors = [chair_id, former and former.chair_id], [doctor_id, former and former.doctor_id]
    resources_lock(chairs=chairs, doctors=doctors)
    if former:
        hold_end(former)
    visit = range_of(start, start + wanted.length)
    place = place_of(wanted, doctor_id, chair_id, visit)
    place_check_time(place)
    place_check_free(place, user_id=None)
    holds_drop(place, user_id=None)
    made = Hold.objects.create(
        doctor_id=doctor_id, chair_id=chair_id, starts_at=visit.start, ends_at=visit.end,
        expires_at=clock.now() + timedelta(minutes=policies.HOLD_MINUTES.get()),
    )  # fmt: skip
    place_take(place, hold=made)
    live.announce("hold", made.pk, branch_id=wanted.branch.pk)
    return made


def check_offered(wanted: Wanted, doctor_id: int, start: datetime) -> None:
    """A form can be sent with anything in it: only what the page offers is booked."""
    if doctor_id not in wanted.doctors or (wanted.doctor and wanted.doctor.pk != doctor_id):
        raise OnlineRefused(why="no_doctor")
    zone = wanted.branch.timezone
    why = rules.refusal_of(clock.local(start, zone), wanted.now, policies.terms())
    if why or not is_mark(start, zone):
        raise OnlineRefused(why=why or "no_mark")


def place_of(wanted: Wanted, doctor_id: int, chair_id: int, visit: Range) -> Place:
    visit_type_id = wanted.visit_type.pk if wanted.visit_type else None
    return place_check_known(
        place_read(
            chair_id=chair_id, doctor_id=doctor_id, visit=visit, service_ids=wanted.service_ids, visit_type_id=visit_type_id
        ),
        patient_id=None, service_ids=wanted.service_ids, visit_type_id=visit_type_id, user=wanted.visitor,
    )  # fmt: skip


def hold_of(pk: int) -> Hold | None:
    """A hold of nobody's: its number came signed."""
    rows = Hold.objects.select_for_update(of=("self",)).filter(pk=pk, user__isnull=True, offer__isnull=True)
    return rows.first() if pk else None


def hold_end(hold: Hold) -> None:
    Occupancy.objects.filter(hold=hold).delete()
    Hold.objects.filter(pk=hold.pk, expires_at__gt=clock.now()).update(expires_at=clock.now())


@command
def online_book(*, wanted: Wanted, slot: Slot, typed: Typed) -> OnlineBooking:
    """The booking of a patient by himself (SCH-51). The same form sent twice is one booking. Reverse: online_cancel.

    His visit goes onto his card only where phone, name and birth date name exactly one; else a card is opened and the
    reception clarifies. Whoever he is, the answer is the same: nobody learns here who is treated by the clinic.
    """
    lock(("scheduling.online", int(slot.key[:7], 16)))  # two sendings of one form, one after the other
    if known := sent_before(slot.key, typed):
        return known
    check_offered(wanted, slot.doctor, slot.start)
    hold = hold_of(slot.hold)
    person, card, is_refused = person_find(typed)
    patient = card or register(wanted, typed)
    resources_lock(chairs=[slot.chair], doctors=[slot.doctor], patients=[patient.pk])
    if hold:
        hold_end(hold)
    made = book_or_refuse(
        Wish(
            patient_id=patient.pk, doctor_id=slot.doctor, chair_id=slot.chair, comment=typed.comment,
            visit=range_of(slot.start, slot.start + wanted.length), service_ids=tuple(wanted.service_ids),
            visit_type_id=wanted.visit_type.pk if wanted.visit_type else None, source_kind=Appointment.Source.ONLINE,
        ),
        actor=wanted.visitor,
    )  # fmt: skip
    booking = row_of(made, slot, typed, person, is_refused, first_visit_asks(card))
    booking.save(force_insert=True)
    consent_keep(patient, typed, wanted.visitor, is_own=card is None or typed.is_phone_proven)
    online_tell(made, wanted.branch)
    return booking


def sent_before(key: str, typed: Typed) -> OnlineBooking | None:
    """Only who typed the same phone is shown what came of it."""
    found = OnlineBooking.objects.select_related("appointment__branch").filter(request_key=key).first()
    if found and found.phone != typed.phone:
        raise BookedAlready
    return found


def person_find(typed: Typed) -> tuple[str, Patient | None, bool]:
    """Whose visit it is: his certain card, or none; and whether somebody who may be he is not allowed to book online.

    Only a proven phone lets the refusal be said: to anybody else it would tell that the person is known here.
    """
    somebody = typed.somebody
    cards = {card.pk: card for card in cards_near(somebody) if rules.is_near(somebody, somebody_of(card))}
    state, pk = rules.person_of(somebody, [somebody_of(card) for card in cards.values()])
    refused = [cards[each] for each, rule in rules_of(cards).items() if rule == OnlineRule.Choice.REFUSED]
    if not refused:
        return state, cards[pk] if pk else None, False
    if typed.is_phone_proven and any(rules.is_same(somebody, somebody_of(card)) for card in refused):
        raise OnlineNotYours
    return Person.UNCLEAR, None, True


def register(wanted: Wanted, typed: Typed) -> Patient:
    """A new card, marked for the reception; a double is found by the queue and merged there."""
    with translation.override(settings.LANGUAGE_CODE):
        comment = _("The card was opened by an online booking")
    return patient_register(
        last_name=typed.last_name, first_name=typed.first_name, middle_name=typed.middle_name, birth_date=typed.birth_date,
        phone=typed.phone, branch=wanted.branch, language=typed.language, reminders_allowed=typed.wants_reminders,
        comment=comment, actor=wanted.visitor,
    )  # fmt: skip


def first_visit_asks(card: Patient | None) -> rules.Asked:
    rule = rule_of(card.pk) if card else None
    return rules.asked_of(
        policies.FIRST_ASK.get(), policies.DEPOSIT.get(), is_first=card is None or not has_come(card.pk),
        is_trusted=bool(rule and rule.choice == OnlineRule.Choice.TRUSTED),
    )  # fmt: skip


def row_of(
    made: Appointment, slot: Slot, typed: Typed, person: str, is_refused: bool, asked: rules.Asked
) -> OnlineBooking:
    return OnlineBooking(
        appointment=made, nonce=nonce_made(), request_key=slot.key, last_name=typed.last_name, first_name=typed.first_name,
        middle_name=typed.middle_name, birth_date=typed.birth_date, phone=typed.phone, comment=typed.comment,
        language=typed.language, person=person, is_refused=is_refused, is_phone_proven=typed.is_phone_proven,
        wants_reminders=typed.wants_reminders, ask=asked.kind,
        deposit=asked.amount, consent_text=typed.consent_text, consented_at=clock.now(), created_at=made.created_at,
    )  # fmt: skip


def consent_keep(patient: Patient, typed: Typed, visitor: Online, *, is_own: bool) -> None:
    """His consent goes into the register where it is certain that it is his: on the card that he has opened, or with a
    proven phone; in any case it stands with the booking, word for word."""
    kind = ConsentKind.objects.live().filter(code="personal_data").first()
    if not is_own or kind is None or patient.consents.filter(kind=kind, revoked_on__isnull=True).exists():
        return
    channel = Consent.Channel.SMS if typed.is_phone_proven else Consent.Channel.ONLINE
    consent_sign(patient_id=patient.pk, kind=kind, actor=visitor, channel=channel)


# By the secret link


def booking_locked(booking_id: int) -> OnlineBooking:
    """The visit's row first, as for everybody; then the booking."""
    visit_id = OnlineBooking.objects.filter(pk=booking_id).values_list("appointment_id", flat=True).first()
    visit = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("branch", "doctor", "patient")
        .filter(pk=visit_id)
        .first()
    )
    if visit is None:
        raise NotFound
    booking = OnlineBooking.objects.select_for_update(of=("self",)).get(pk=booking_id)
    booking.appointment = visit
    return booking


def is_changeable(visit: Appointment) -> bool:
    """Not begun, not cancelled, and far enough ahead (SCH-52)."""
    is_ahead = visit.state in (State.BOOKED, State.CONFIRMED)
    return is_ahead and rules.may_change(visit.starts_at, clock.now(), policies.change_notice())


def is_undoable(booking: OnlineBooking) -> bool:
    """A booking may be taken back at once even where it is nearer than that: nobody has heard of it (SCH-53)."""
    visit = booking.appointment
    return visit.state == State.BOOKED and visit.starts_at > clock.now() and is_silent(booking.created_at)


@command
def online_move(*, booking_id: int, wanted: Wanted, doctor_id: int, chair_id: int, start: datetime) -> Appointment:
    """Another time by the link. Raises TooLateToChange, OnlineRefused, SlotTaken. Its own reverse."""
    booking = booking_locked(booking_id)
    visit = booking.appointment
    if not is_changeable(visit):
        raise TooLateToChange
    check_offered(wanted, doctor_id, start)
    if visit.starts_at == start and visit.doctor_id == doctor_id:
        return visit
    old = f"{visit}"
    moved = move_or_refuse(
        appointment_id=visit.pk, visit=range_of(start, start + (visit.ends_at - visit.starts_at)), chair_id=chair_id,
        doctor_id=doctor_id, actor=wanted.visitor, expected_version=None,
    )  # fmt: skip
    if booking.announced_at:
        key = f"online:{booking.pk}:{moved.version}"
        notify(
            words.MOVED, branch_id=moved.branch_id, url=moved.get_absolute_url(), key=key, old=old, **told_facts(moved)
        )
    return moved


@command
def online_cancel(*, booking_id: int, wants_call: bool = False) -> Appointment:
    """Cancel by the link; `wants_call` puts the patient on the list of calls, else he is let go (SCH-43, SCH-52).

    Within the minutes of silence nobody hears of it, neither the doctor nor the desk nor the patient (SCH-53).
    Raises TooLateToChange. A second press changes nothing. Reverse: the reception's step back.
    """
    booking = booking_locked(booking_id)
    visit = booking.appointment
    if visit.state == State.CANCELLED:
        return visit
    if not (is_changeable(visit) or is_undoable(booking)):
        raise TooLateToChange
    with translation.override(settings.LANGUAGE_CODE):
        reason = _("Cancelled by the patient online")
    then = Appointment.Then.REBOOK if wants_call else Appointment.Then.LOST
    try:
        gone = appointment_cancel(appointment_id=visit.pk, reason=reason, then=then, actor=Online((visit.branch_id,)))
    except IllegalMove as error:
        raise TooLateToChange from error
    if booking.announced_at:
        key = f"online:{booking.pk}:{gone.version}"
        notify(words.CANCELLED, branch_id=gone.branch_id, url=gone.get_absolute_url(), key=key, **told_facts(visit))
    return gone


def told_facts(visit: Appointment) -> dict[str, Any]:
    return {
        "time": f"{clock.local(visit.starts_at, visit.branch.timezone):%d.%m %H:%M}", "doctor": visit.doctor.short_name,
        "patient": visit.patient.short_name,
    }  # fmt: skip


def alternatives_matter(error: DomainError) -> bool:
    """Whether another time would help: the place is lost, and nothing is wrong with what was typed."""
    return error.code in ("slot_taken", "slot_held", "outside_shift", "closed", "in_past", "online_refused")
