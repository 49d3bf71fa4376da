"""The clinic's own rules of treatment."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

LONGEST_VISIT = Policy(
    "clinical.longest_visit", int, 120, _("Longest visit of a treatment plan, minutes"),
    _("When a whole plan is booked, services are put together into visits that last no longer."), _("Treatment"),
    minimum=15, maximum=720,
)  # fmt: skip
