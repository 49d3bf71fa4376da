"""Shifts, appointments, holds: the calendar that cannot be wrong."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Schedule")

    def ready(self) -> None:
        from messaging.audiences import AUDIENCES
        from messaging.recipients import VOID
        from scheduling import audit, call_causes, errors, for_work, handlers, permissions, policies  # noqa: F401  declared
        from scheduling.offers import handlers as offers  # noqa: F401  they subscribe
        from scheduling.online import policies as online_policies  # noqa: F401  declared
        from scheduling.online import words as online_words  # noqa: F401  declared
        from scheduling.reminders import handlers as reminders  # noqa: F401  they subscribe
        from scheduling.reminders import happenings, replies, words  # noqa: F401
        from scheduling.reminders.truth import untrue

        AUDIENCES.register({"appointments": "patient_id"}, module="scheduling")
        VOID.register(untrue, module="scheduling")
        handlers.register()
        for_work.register()
