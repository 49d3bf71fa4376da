"""The demo clinic: only a command, no tables and no pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = _("Demo clinic")

    def ready(self) -> None:
        from core.audit import sentence

        sentence(
            "demo.clinic.loaded",
            _("The demo clinic was loaded: %(patients)s patients, %(visits)s visits"),
            "database-import",
            "blue",
            is_timeline=False,
        )
