"""Insurance can be switched off as a whole."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module(
    "insurance",
    _("Insurance (DMS)"),
    hint=_("Insurers, policies, approvals of plans, registers and insurers' payments."),
)
