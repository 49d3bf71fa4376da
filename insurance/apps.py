"""Voluntary medical insurance (DMS): insurers, policies, approvals, registers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsuranceConfig(AppConfig):
    name = "insurance"
    verbose_name = _("Insurance (DMS)")

    def ready(self) -> None:
        from insurance import errors, for_work, handlers, module, permissions, policies  # noqa: F401  declared

        for_work.register()
