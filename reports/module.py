"""Reports can be switched off as a whole."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module("reports", _("Reports and dashboard"), hint=_("Figures, lists for a period, and the home dashboard."))
