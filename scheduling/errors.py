"""What the calendar refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class InPast(DomainError):
    """The visit would begin before the branch's today."""

    code = "in_past"
    message = _("This day has passed.")


class OutsideShift(DomainError):
    """The doctor does not work in that chair for the whole visit."""

    code = "outside_shift"
    message = _("The doctor does not work in this chair at this time.")


class SlotHeld(DomainError):
    """Somebody has a form open for this time."""

    code = "slot_held"
    message = _("Somebody is booking this time right now.")


class SlotTaken(DomainError):
    """`facts.taken_by` is patient, doctor or chair; `facts.alternatives` are places that are free."""

    code = "slot_taken"
    message = _("This time is taken.")


class PoolExists(DomainError):
    """Another resource has this name."""

    code = "pool_exists"
    message = _("There is a resource of this name.")


class ShiftOverlaps(DomainError):
    """The chair has another shift at this time."""

    code = "shift_overlaps"
    message = _("The chair is taken by another shift at this time.")


class ShiftHasVisits(DomainError):
    """Visits would be left without their shift; `facts.appointments` names them."""

    code = "shift_has_visits"
    message = _("Patients are booked in this shift. Say what becomes of them.")


class BackRefused(DomainError):
    """Something that was done with the visit stands in the way back; `facts.obstacles` says what."""

    code = "back_refused"
    message = _("This visit can no longer be put back.")


class BookingRefused(DomainError):
    """A rule of the clinic for this patient, service or source says no."""

    code = "booking_refused"
    message = _("The rules of the clinic do not allow this booking.")


class ChainBroken(DomainError):
    """One place of a chain is gone: `facts.visit` counts from 0, `facts.because` is the code of the refusal (MOON-02)."""

    code = "chain_broken"
    message = _("One of the visits can no longer be booked.")


class CallClaimed(DomainError):
    """Somebody else has taken this call; `facts.by` says who."""

    code = "call_claimed"
    message = _("Somebody else is calling this patient.")


class OfferClosed(DomainError):
    """The offered time was given to somebody else, or the offer is over."""

    code = "offer_closed"
    message = _("This time has already been given to somebody else.")


constraint_means("occupancy_never_overlaps", SlotTaken)
constraint_means("occupancy_patient_never_overbooked", SlotTaken)
constraint_means("pool_name_is_unique", PoolExists)
constraint_means("shift_chair_never_overlaps", ShiftOverlaps)
