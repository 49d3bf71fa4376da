"""Barter: contracts, people with limits, what the clinic got in exchange (seed 000)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BarterConfig(AppConfig):
    name = "barter"
    verbose_name = _("Barter")

    def ready(self) -> None:
        from barter import (  # noqa: F401  declared
            directories,
            errors,
            files,
            handlers,
            kinds,
            module,
            permissions,
            policies,
        )
        from barter.payers import Barter, ByInvoice
        from billing.slots import PAYERS

        PAYERS.register(Barter(), module="barter", order=30)
        PAYERS.register(ByInvoice(), module="barter", order=31)
