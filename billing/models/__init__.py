"""Invoices, payments and the cash desk.

An **invoice** lists services with their price of the day, discount, doctor and assistant. Each line is divided into
**shares**: who pays how much of it (patient, insurer, barter, organisation, partner). When it is issued, each share
becomes a receivable of its payer and income of the branch and direction; it gets its number then, without gaps.

A **payment** is one act at the desk: money taken or given back, in one tender or several. Its **parts** say what went
where: `amount` of a method to a share of an invoice, or to the patient's deposit where there is no share. A negative
part goes the other way. So at any moment

* what is paid of a share is the sum of its parts,
* a deposit is the sum of parts without a share, minus what was paid by the method "deposit",
* receipts are the parts by cash, card and bank.

A **promotion** (`Discount`) gives discounts by its terms; a line keeps which terms gave how much of its discount.

A **limit** is a sum that a payer may spend: granted, reserved by approved plans, used by issued invoices.

Nothing is edited or deleted: an invoice is rolled back and a payment voided by mirrored entries, on the day of the
correction. A **desk** holds cash; a **shift** is from counting to counting; money goes in and out by **articles**.
"""

from billing.models.cash import Article, CashDesk, CashMovement, CashShift
from billing.models.discounts import Discount, DiscountGrant, DiscountTerms, DiscountUse, LineDiscount
from billing.models.instalments import Instalment, Schedule
from billing.models.invoices import Invoice, InvoiceLine, PlanPayer, Share, Status
from billing.models.limits import Limit, LimitMove
from billing.models.payments import Method, Payment, PaymentPart

__all__ = [
    "Article", "CashDesk", "CashMovement", "CashShift", "Discount", "DiscountGrant", "DiscountTerms", "DiscountUse",
    "Instalment", "Invoice", "InvoiceLine", "Limit", "LimitMove", "LineDiscount", "Method", "Payment", "PaymentPart", "PlanPayer",
    "Schedule", "Share", "Status",
]  # fmt: skip
