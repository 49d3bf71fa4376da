"""Price list, service categories, diagnoses (ICD-10)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Price list and diagnoses")

    def ready(self) -> None:
        from catalog import handlers, import_jobs  # noqa: F401  registered
