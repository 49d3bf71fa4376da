"""Payments make their receipts, rendered services set prepayments off; the payment's page shows what was printed."""

from django.utils.translation import gettext_lazy as _

from billing.events import PaymentWritten
from billing.slots import FISCAL
from clinical.events import ServicesRendered, ServicesUnrendered
from core.events import inside
from core.navigation import SECTIONS, Item
from fiscal import services
from fiscal.permissions import SEE_RECEIPTS
from fiscal.selectors import payment_fiscalised


@inside(PaymentWritten)
def receipt_made(event: PaymentWritten) -> None:
    services.receipt_of_payment(payment_id=event.payment_id)


@inside(ServicesRendered)
def prepayment_set_off(event: ServicesRendered) -> None:
    services.receipts_of_rendered(line_ids=event.line_ids)


@inside(ServicesUnrendered)
def prepayment_back(event: ServicesUnrendered) -> None:
    services.receipts_of_unrendered(line_ids=event.line_ids)


FISCAL.register(payment_fiscalised, module="fiscal")
SECTIONS.register(
    Item("fiscal", _("Fiscal receipts"), "receipt", "fiscal:fiscal-receipts-list", SEE_RECEIPTS, group="money"),
    module="fiscal", order=103,
)  # fmt: skip
