"""What the calendar's script is given: addresses and every word that it shows."""

from django.urls import reverse
from django.utils.translation import gettext as _


def urls_of() -> dict[str, str]:
    """Addresses for the script; 0 stands for the id."""
    plain = (
        "feed",
        "changed",
        "load",
        "hold",
        "view-keep",
        "view-last",
        "appointment-new",
        "shift-new",
        "block-new",
        "waiting-list",
    )
    of_one = (
        "hold-one", "view-drop", "appointment", "appointment-drag", "appointment-step", "appointment-move", "appointment-cancel",
        "appointment-back", "appointment-close", "appointment-edit", "appointment-uncancel", "shift-drag", "shift-edit",
        "shift-delete", "block-drag", "block-edit", "block-delete", "waiting-edit", "waiting-remove", "waiting-return",
    )  # fmt: skip
    urls = {name: reverse(f"scheduling:{name}") for name in plain}
    urls |= {name: reverse(f"scheduling:{name}", args=[0]) for name in of_one}
    return urls | {"patient": reverse("patients:card", args=[0])}


def words_of() -> dict[str, str]:
    """Every word of the script."""
    return {
        "open": _("Open the visit"), "card": _("Patient card"), "edit": _("Services and comment"),
        "move": _("Move to another day…"), "pin": _("Put on the pinboard"), "unpin": _("Take off the pinboard"),
        "next": _("Book the next visit"), "cancel": _("Cancel the appointment…"), "finish": _("Finish the visit…"),
        "back": _("Back: %s"),
        "new_visit": _("New appointment"), "block": _("Block time"), "new_shift": _("Working time"),
        "shift_edit": _("Change the shift…"), "shift_delete": _("Delete the shift…"), "block_edit": _("Change…"),
        "block_delete": _("Free the time"), "freed": _("The time is free"),
        "moved": _("Moved: %s"), "undo": _("Undo"), "free": _("Free: %s"), "state": _("Status: %s"),
        "cancelled": _("Appointment cancelled"), "removed": _("Removed from the waiting list"),
        "shift_moved": _("Shift changed"), "now_booking": _("%s is booking"),
        "no_chairs": _("Nobody works on this day"), "no_chairs_hint": _("Show all chairs or add working time in “Doctors”."),
        "all_chairs": _("Show all chairs"), "closed": _("The branch is closed on this day"), "to_doctors": _("Add working time"),
        "own": _("doctor: %s min"), "series": _("one of a series"), "no_visits": _("No appointments"),
        "choose_doctor": _("Choose a doctor or a chair"), "doctors": _("Doctors"), "chairs": _("Chairs"), "saved_view": _("View saved"),
        "visits": _("Appointments: %s"), "filled": _("%s of the time is booked"),
        "drop_view": _("Delete the view"), "remove": _("Remove"),
        "remove_waiting": _("Take this patient off the waiting list?"),
    }  # fmt: skip
