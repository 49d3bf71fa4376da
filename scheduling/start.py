"""The last step of the first start: who works in which chair, and when."""

from django.utils.translation import gettext_lazy as _

from clinic.slots import StartLink, StartStep
from scheduling.models import Shift


def is_done() -> bool:
    return Shift.objects.exists()


def step() -> StartStep:
    links = (
        StartLink(
            _("Add a shift"), "scheduling:shift-new", "calendar-plus",
            _("One day, or every week by the rule that you set."),
        ),
        StartLink(_("Open the schedule"), "scheduling:schedule", "calendar", _("Shifts can be drawn right on the grid.")),
    )  # fmt: skip
    return StartStep(
        "shifts", _("The first shift"), _("Patients can be booked when a doctor works in a chair."), is_done,
        "calendar-event", links,
    )  # fmt: skip
