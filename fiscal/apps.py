"""Fiscal receipts: one for each payment, made with it, sent by a queue that never stands in its way (BIL-19)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiscalConfig(AppConfig):
    name = "fiscal"
    verbose_name = _("Fiscal receipts")

    def ready(self) -> None:
        from fiscal import directories, errors, handlers, module, permissions, policies  # noqa: F401  declared
