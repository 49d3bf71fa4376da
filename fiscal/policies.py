"""How this clinic gives fiscal receipts."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Fiscal receipts")
VATS = (
    ("none", _("no VAT")), ("vat0", "0 %"), ("vat5", "5 %"), ("vat7", "7 %"), ("vat10", "10 %"), ("vat20", "20 %"),
    ("vat22", "22 %"), ("vat105", "5/105"), ("vat107", "7/107"), ("vat110", "10/110"), ("vat120", "20/120"),
    ("vat122", "22/122"),
)  # fmt: skip

ON = Policy(
    "fiscal.is_on", bool, False, _("Receipts are given by this program"),
    _("Switched on by connecting a service of cash registers. Off: payments make no receipts here."), SECTION,
)  # fmt: skip
VAT = Policy(
    "fiscal.vat", str, "none", _("VAT of services"),
    _("Medical services are exempt; ask your accountant before you change it."), SECTION,
    choices=VATS,
)  # fmt: skip
ALERT_MINUTES = Policy(
    "fiscal.alert_minutes", int, 5, _("Warn when a register is silent, minutes"),
    _("A receipt that a register has taken and not confirmed for so long is shown in red."), SECTION,
    minimum=1, maximum=1440,
)  # fmt: skip
