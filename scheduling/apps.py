"""Shifts, appointments, holds: the calendar that cannot be wrong."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Schedule")

    def ready(self) -> None:
        from scheduling import audit, errors, permissions, policies  # noqa: F401  declared
        from scheduling.badges import own_badges
        from scheduling.reminders import handlers, words  # noqa: F401  they subscribe
        from scheduling.slots import BADGES

        BADGES.register(own_badges, module="scheduling", order=0)
