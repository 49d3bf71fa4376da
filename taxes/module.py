"""Tax certificates can be switched off as a whole."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module(
    "taxes", _("Tax certificates"), needs=("billing",),
    hint=_("Certificates of what was paid for treatment, for the tax deduction, and their registers for the tax office."),
)  # fmt: skip
