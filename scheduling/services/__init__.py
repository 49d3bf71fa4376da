"""The calendar's verbs; other apps import them from here."""

from scheduling.services.blocks import block_change, block_create, block_delete
from scheduling.services.booking import appointment_book
from scheduling.services.call_rows import calls_refresh
from scheduling.services.calls import call_claim, call_next, call_release, call_settle
from scheduling.services.chains import chain_book, chain_hold, chain_keep, chain_release
from scheduling.services.feeds import feed_make, feed_revoke
from scheduling.services.holds import hold_extend, hold_place, hold_release, holds_sweep
from scheduling.services.moving import appointment_change, appointment_move
from scheduling.services.planned import planned_add, planned_change, planned_remove, planned_return
from scheduling.services.pools import pool_add, pool_change
from scheduling.services.series import series_book, series_cancel, series_move
from scheduling.services.shifts import shift_change, shift_create, shift_delete, shifts_generate
from scheduling.services.states import appointment_cancel, appointment_set_state
from scheduling.services.undoing import move_back, step_back
from scheduling.services.visits import appointment_step, visit_close, visits_confirm, work_order_fill
from scheduling.services.waiting import waiting_add, waiting_book, waiting_change, waiting_remove, waiting_return

__all__ = [
    "appointment_book",
    "appointment_cancel",
    "appointment_change",
    "appointment_move",
    "appointment_set_state",
    "appointment_step",
    "block_change",
    "block_create",
    "block_delete",
    "call_claim",
    "call_next",
    "call_release",
    "call_settle",
    "calls_refresh",
    "chain_book",
    "chain_hold",
    "chain_keep",
    "chain_release",
    "feed_make",
    "feed_revoke",
    "hold_extend",
    "hold_place",
    "hold_release",
    "holds_sweep",
    "move_back",
    "planned_add",
    "planned_change",
    "planned_remove",
    "planned_return",
    "pool_add",
    "pool_change",
    "series_book",
    "series_cancel",
    "series_move",
    "shift_change",
    "shift_create",
    "shift_delete",
    "shifts_generate",
    "step_back",
    "visit_close",
    "visits_confirm",
    "waiting_add",
    "waiting_book",
    "waiting_change",
    "waiting_remove",
    "waiting_return",
    "work_order_fill",
]
