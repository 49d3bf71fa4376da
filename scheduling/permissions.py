"""Rights over the calendar."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

DESK = ("director", "administrator", "senior", "callcentre", "coordinator")

SEE = permission("scheduling.see_schedule", _("See the schedule"), *DESK, "doctor", "assistant", "sales")
BOOK = permission("scheduling.book", _("Book, move and cancel appointments"), *DESK)
SET_STATE = permission("scheduling.set_state", _("Change the status of an appointment"), *DESK, "doctor", "assistant")
OVERBOOK = permission("scheduling.overbook", _("Book over a taken time, with a reason"), "director", "senior")
EDIT_SHIFTS = permission("scheduling.edit_shifts", _("Change doctors' shifts"), "director", "administrator", "senior")
BLOCK = permission("scheduling.block_time", _("Block time"), "director", "administrator", "senior")
SEE_MY_DAY = permission("scheduling.see_my_day", _("See one's own day"), "doctor")
CLOSE_VISIT = permission("scheduling.close_visit", _("Finish a visit"), "director", "administrator", "senior", "doctor")
TAKE_CALLS = permission("scheduling.take_calls", _("See who is calling"), *DESK)
REPORT_CALLS = permission("scheduling.report_calls", _("Report calls (the telephone exchange)"), "director")
CALL = permission("scheduling.make_calls", _("Make the calls of the list of calls"), *DESK)
