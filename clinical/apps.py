"""Dental chart, diagnoses, treatment plans, rendered services."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClinicalConfig(AppConfig):
    name = "clinical"
    verbose_name = _("Treatment")

    def ready(self) -> None:
        from clinical import for_work, handlers, policies  # noqa: F401  declared

        for_work.register()
