"""The clinic's own rules of booking."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Schedule")

STEP_MINUTES = Policy(
    "scheduling.step_minutes", int, 15, _("Step of the schedule, minutes"),
    _("Appointments begin at these marks when they are dragged or offered."), SECTION, minimum=5, maximum=60,
)  # fmt: skip
GRACE_MINUTES = Policy(
    "scheduling.grace_minutes", int, 10, _("Minutes in which a cancelled appointment is a slip"),
    _("An appointment that is cancelled within these minutes of booking counts in no statistics."), SECTION,
    minimum=0, maximum=240,
)  # fmt: skip
