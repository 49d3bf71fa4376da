"""What a clinic decides about its tax certificates."""

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.policies import Policy


def is_office(code: str) -> None:
    if code and not (len(code) == 4 and code.isascii() and code.isdigit()):
        raise Invalid(_("Four digits, or nothing."))


OFFICE = Policy(
    "taxes.office", str, "", _("Code of the tax office"),
    _("Four digits, for the file of the register. Empty: the first four of the legal entity's KPP or INN."),
    _("Documents"), check=is_office,
)  # fmt: skip
