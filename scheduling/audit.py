"""How the calendar's facts read in the feeds."""

from django.utils.translation import gettext_lazy as _

from core.audit import sentence

BOOKED = "scheduling.appointment.booked"
MOVED = "scheduling.appointment.moved"
CHANGED = "scheduling.appointment.changed"
BACK = "scheduling.appointment.put_back"
CANCELLED = "scheduling.appointment.cancelled"
OVERBOOKED = "scheduling.appointment.overbooked"
WORK_ORDER = "scheduling.appointment.work_order"
SHIFT_CREATED = "scheduling.shift.created"
SHIFTS_GENERATED = "scheduling.shift.generated"
SHIFT_CHANGED = "scheduling.shift.changed"
SHIFT_DELETED = "scheduling.shift.deleted"
BLOCK_CREATED = "scheduling.block.created"
BLOCK_CHANGED = "scheduling.block.changed"
BLOCK_DELETED = "scheduling.block.deleted"
WAITING_ADDED = "scheduling.waiting.added"
WAITING_CHANGED = "scheduling.waiting.changed"
WAITING_BOOKED = "scheduling.waiting.booked"
WAITING_REMOVED = "scheduling.waiting.removed"

PLANNED = "scheduling.planned.added"
PLANNED_BOOKED = "scheduling.planned.booked"
PLANNED_REMOVED = "scheduling.planned.removed"
CALLED = "scheduling.call.made"
OFFERED = "scheduling.offer.sent"
OFFER_ACCEPTED = "scheduling.offer.accepted"
OFFER_DECLINED = "scheduling.offer.declined"
OFFER_EXPIRED = "scheduling.offer.expired"
REFILL_STARTED = "scheduling.refill.started"
REFILL_STOPPED = "scheduling.refill.stopped"
FEED_MADE = "scheduling.feed.made"
FEED_REVOKED = "scheduling.feed.revoked"
POOL_ADDED = "scheduling.pool.added"
POOL_CHANGED = "scheduling.pool.changed"
CALL_CAME = "scheduling.phone_call.came"
CALL_SETTLED = "scheduling.phone_call.settled"
DAY_PRINTED = "scheduling.day.printed"
SLIP_PRINTED = "scheduling.slip.printed"

sentence(
    FEED_MADE, _("%(object)s made a link to the visits for a calendar"), "calendar-plus", "violet", is_timeline=False
)
sentence(FEED_REVOKED, _("The calendar link of %(object)s was revoked"), "link-off", "amber", is_timeline=False)
sentence(POOL_ADDED, _("Resource “%(object)s” added: %(counts)s"), "microscope", "green", is_timeline=False)
sentence(POOL_CHANGED, _("Resource “%(object)s” changed: %(counts)s"), "microscope", "grey", is_timeline=False)
sentence(CALL_CAME, _("The patient called"), "phone", "blue")
sentence(CALL_SETTLED, _("The call of %(object)s was put away"), "phone", "grey", is_timeline=False)
sentence(DAY_PRINTED, _("The day %(day)s was printed: %(count)s visits"), "printer", "grey", is_timeline=False)
sentence(SLIP_PRINTED, _("Route slip for %(day)s was printed"), "printer", "grey")
sentence(PLANNED, _("Planned for about %(when)s"), "calendar-time", "violet")
sentence(PLANNED_BOOKED, _("The planned visit is booked for %(when)s"), "calendar-check", "green")
sentence(PLANNED_REMOVED, _("The planned visit is taken off the list"), "calendar-off", "grey")
sentence(CALLED, _("Call: %(outcome)s"), "phone", "blue")
sentence(OFFERED, _("A freed time was offered: %(when)s"), "message-forward", "teal")
sentence(OFFER_ACCEPTED, _("The offered time was accepted: %(when)s"), "circle-check", "green")
sentence(OFFER_DECLINED, _("The offered time was declined: %(when)s"), "circle-x", "grey")
sentence(OFFER_EXPIRED, _("No answer to the offered time: %(when)s"), "clock-x", "grey")
sentence(
    REFILL_STARTED,
    _("The freed time %(when)s is being offered to %(count)s who wait"),
    "refresh",
    "teal",
    is_timeline=False,
)
sentence(
    REFILL_STOPPED, _("Offering of the freed time %(when)s was stopped"), "player-stop", "amber", is_timeline=False
)
sentence(BOOKED, _("Booked for %(when)s with %(doctor)s, %(chair)s"), "calendar-plus", "blue")
sentence(OVERBOOKED, _("Booked over a taken time, %(when)s: %(reason)s"), "calendar-exclamation", "amber")
sentence(MOVED, _("Appointment moved from %(old)s to %(when)s, %(doctor)s, %(chair)s"), "calendar-due", "violet")
sentence(CHANGED, _("Appointment of %(object)s changed"), "edit", "grey")
sentence(BACK, _("Appointment of %(object)s put back a step: %(reason)s"), "arrow-back-up", "amber")
sentence(CANCELLED, _("Appointment of %(object)s cancelled: %(reason)s"), "calendar-x", "red")
sentence(WORK_ORDER, _("Work order of %(object)s filled in"), "clipboard", "green")
sentence(SHIFT_CREATED, _("Shift of %(doctor)s: %(when)s, %(chair)s"), "clock-plus", "blue")
sentence(
    SHIFTS_GENERATED,
    _("%(created)s shifts of %(doctor)s made by a rule, %(skipped)s dates skipped"),
    "calendar-repeat",
    "blue",
)
sentence(SHIFT_CHANGED, _("Shift of %(doctor)s changed from %(old)s to %(when)s, %(chair)s"), "clock-edit", "violet")
sentence(SHIFT_DELETED, _("Shift of %(doctor)s deleted: %(when)s, %(chair)s"), "clock-x", "red")
sentence(BLOCK_CREATED, _("Time blocked, %(when)s: %(kind)s"), "ban", "grey")
sentence(BLOCK_CHANGED, _("Blocked time moved from %(old)s to %(when)s"), "ban", "grey")
sentence(BLOCK_DELETED, _("Blocked time freed, %(when)s: %(kind)s"), "ban", "grey")
sentence(WAITING_ADDED, _("Put on the waiting list"), "hourglass", "blue")
sentence(WAITING_CHANGED, _("Wishes on the waiting list changed"), "hourglass", "grey")
sentence(WAITING_BOOKED, _("Booked from the waiting list for %(when)s"), "hourglass-off", "green")
sentence(WAITING_REMOVED, _("Removed from the waiting list"), "hourglass-off", "grey")

# A code for each state that a visit steps into.
STATES = {
    "booked": sentence(
        "scheduling.appointment.unconfirmed", _("Appointment of %(object)s is not confirmed"), "circle-dashed", "blue"
    ),
    "confirmed": sentence(
        "scheduling.appointment.confirmed", _("Appointment of %(object)s confirmed"), "circle-check", "teal"
    ),
    "arrived": sentence(
        "scheduling.appointment.arrived", _("The patient arrived for %(object)s"), "door-enter", "amber"
    ),
    "in_chair": sentence(
        "scheduling.appointment.seated", _("The patient of %(object)s is in the chair"), "armchair", "violet"
    ),
    "completed": sentence(
        "scheduling.appointment.completed", _("Visit of %(object)s finished"), "circle-check", "green"
    ),
    "no_show": sentence("scheduling.appointment.missed", _("The patient did not come for %(object)s"), "user-x", "red"),
}
