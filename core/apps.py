"""The frame: it knows no patient, no money, no clinic."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"

    verbose_name = _("System")

    def ready(self) -> None:
        from core import own_policies, permissions  # noqa: F401  declared
        from core.navigation import SECTIONS, Item
        from core.setting_pages import PAGES

        sections = (
            Item("directories", _("Directories"), "books", "core:directories", permissions.SEE_DIRECTORIES, "system"),
            Item("trash", _("Trash"), "trash", "core:trash-list", permissions.SEE_TRASH, "system"),
            Item("settings", _("Settings"), "settings", "core:settings", permissions.SEE_SETTINGS, "system"),
        )
        for order, item in enumerate(sections):
            SECTIONS.register(item, module="core", order=900 + order)
        pages = (
            Item("modules", _("Modules"), "puzzle", "core:modules", permissions.EDIT_POLICIES),
            Item("audit", _("Audit"), "history", "core:audit-list", permissions.SEE_AUDIT),
            Item("health", _("Health"), "heartbeat", "core:health", permissions.SEE_HEALTH),
        )
        for order, item in enumerate(pages):
            PAGES.register(item, module="core", order=900 + order)
