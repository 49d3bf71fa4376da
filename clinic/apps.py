"""The clinic itself: legal entities, branches, chairs, staff, roles, users, number sequences."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = _("Clinic")

    def ready(self) -> None:
        from clinic import handlers, permissions, policies  # noqa: F401  declared

        handlers.register()
