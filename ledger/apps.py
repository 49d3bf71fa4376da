"""Accounts, payers and postings: the one place where money moves."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        from ledger import errors, handlers, permissions  # noqa: F401  declared
