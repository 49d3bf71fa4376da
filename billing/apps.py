"""Invoices, payments, deposits, discounts, the payers' slot and the cash desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Money")

    def ready(self) -> None:
        from billing import errors, for_work, handlers, kinds, permissions, policies  # noqa: F401  declared
        from billing.reference import load_articles
        from core.reference import LOADERS

        for_work.register()
        LOADERS.register(load_articles, module="billing", order=60)
