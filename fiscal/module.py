"""Fiscal receipts can be switched off as a whole."""

from django.utils.translation import gettext_lazy as _

from core.modules import Module

MODULE = Module(
    "fiscal", _("Fiscal receipts"), needs=("billing",),
    hint=_("Receipts by 54-FZ through cash registers in the cloud: ATOL Online, Evotor, Business.ru."),
)  # fmt: skip
