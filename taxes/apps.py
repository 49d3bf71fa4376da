"""Tax certificates: what a person paid for treatment in a year (KND 1151156)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaxesConfig(AppConfig):
    name = "taxes"
    verbose_name = _("Tax certificates")

    def ready(self) -> None:
        from taxes import errors, handlers, module, permissions, policies  # noqa: F401  declared
