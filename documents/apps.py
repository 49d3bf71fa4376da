"""Templates rendered with a context to HTML and PDF, papers with their signatures, copies that are kept; knows no patient."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from documents import handlers, permissions, policies  # noqa: F401  declared

        handlers.register()
