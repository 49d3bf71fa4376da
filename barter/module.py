"""Barter can be switched off as a whole."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module(
    "barter", _("Barter"), needs=("billing",),
    hint=_("Contracts with organisations and public persons who pay by something else than money."),
)  # fmt: skip
