"""The clinic itself: legal entities, branches, chairs, staff, roles, users, number sequences."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = _("Clinic")

    def ready(self) -> None:
        from clinic import permissions  # noqa: F401  declared
        from clinic.reference import load_roles
        from core.reference import LOADERS

        LOADERS.register(load_roles, module="clinic", order=0)
