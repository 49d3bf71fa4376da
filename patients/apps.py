"""Patient cards: search, families, statuses, consents, import, merge."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        from patients import for_work, handlers, happenings, module, permissions, policies  # noqa: F401  declared
        from patients.recipients import register

        register()
        handlers.register()
        for_work.register()
