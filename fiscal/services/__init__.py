"""Fiscal receipts: made with the payment, sent by a queue."""

from fiscal.services.asking import receipt_hurry, receipts_ask, receipts_recover
from fiscal.services.making import receipt_of_payment, receipts_of_rendered, receipts_of_unrendered
from fiscal.services.sending import receipt_retry, receipts_send

__all__ = [
    "receipt_hurry",
    "receipt_of_payment",
    "receipt_retry",
    "receipts_ask",
    "receipts_of_rendered",
    "receipts_of_unrendered",
    "receipts_recover",
    "receipts_send",
]
