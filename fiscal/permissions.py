"""Rights over fiscal receipts."""

from django.utils.translation import gettext_lazy as _

from core.access import permission

SEE_RECEIPTS = permission(
    "fiscal.see_receipts", _("See fiscal receipts"), "director", "senior", "administrator", "finance",
    compartment="financial",
)  # fmt: skip
RETRY = permission(
    "fiscal.retry", _("Send a fiscal receipt once more"), "director", "senior", "administrator", "finance",
    compartment="financial",
)  # fmt: skip
EDIT_REGISTERS = permission(
    "fiscal.edit_registers", _("Change cash registers and agents"), "director", compartment="financial"
)
