"""What fiscal receipts refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class ReceiptOnItsWay(DomainError):
    """It may have been taken: it is asked about, and never issued anew before the answer."""

    code = "receipt_on_its_way"
    message = _("The receipt is on its way. It is not issued a second time before the cash register has answered.")


class ReceiptIssued(DomainError):
    """A receipt once issued is only reversed, by cancelling its payment."""

    code = "receipt_issued"
    message = _("The receipt is issued already.")
