"""The frame: it knows no patient, no money, no clinic."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.navigation import SECTIONS, Item
        from core.permissions import SEE_DIRECTORIES

        title = _("Directories")
        SECTIONS.register(
            Item("directories", title, "books", "core:directories", SEE_DIRECTORIES, "system"), module="core", order=900
        )
