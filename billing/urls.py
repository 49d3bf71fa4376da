"""Addresses of the pages of money."""

from django.urls import path

from billing import listings, listings_discounts
from billing.views import cash, discounts, families, instalments, invoices, new, papers, payments, plans
from core.screens import pages

app_name = "billing"
urlpatterns = [
    *pages(
        listings.InvoiceListing, listings.PaymentListing, listings.DebtListing, listings.ShiftListing, listings.DeskListing,
        listings.ArticleListing, listings.ToPayListing, listings_discounts.DiscountListing,
        listings_discounts.GivenListing,
    ),
    path("discounts/new/", discounts.new, name="discount-new"),
    path("discounts/try/", discounts.dry_run, name="discounts-try"),
    path("discounts/services/", discounts.service_search, name="discount-services"),
    path("discounts/<int:pk>/", discounts.discount, name="discount"),
    path("discounts/<int:pk>/change/", discounts.change, name="discount-change"),
    path("discounts/<int:pk>/switch/", discounts.switch, name="discount-switch"),
    path("discounts/<int:pk>/trash/", discounts.trash, name="discount-trash"),
    path("patients/<int:pk>/discounts/", discounts.of_patient, name="patient-discounts"),
    path("invoices/new/", invoices.new, name="invoice-new"),
    path("invoices/services/", new.service_search, name="service-search"),
    path("invoices/patients/", new.patient_search, name="patient-search"),
    path("invoices/<int:pk>/", invoices.invoice, name="invoice"),
    path("invoices/<int:pk>/change/", invoices.change, name="invoice-change"),
    path("invoices/<int:pk>/issue/", invoices.issue, name="invoice-issue"),
    path("invoices/<int:pk>/discard/", invoices.discard, name="invoice-discard"),
    path("invoices/<int:pk>/pay/", invoices.pay, name="pay"),
    path("invoices/<int:pk>/rollback/", invoices.rollback, name="rollback"),
    path("invoices/<int:pk>/instalments/", instalments.agree, name="instalments"),
    path("invoices/<int:pk>/instalments/end/", instalments.end, name="instalments-end"),
    path("invoices/<int:pk>/invoice.pdf", papers.invoice_pdf, name="invoice-pdf"),
    path("payments/<int:pk>/", payments.receipt, name="receipt"),
    path("payments/<int:pk>/void/", payments.void, name="payment-void"),
    path("payments/<int:pk>/method/", payments.method, name="payment-method"),
    path("payments/<int:pk>/move/", payments.move, name="payment-move"),
    path("payments/<int:pk>/receipt.pdf", papers.receipt_pdf, name="receipt-pdf"),
    path("patients/<int:pk>/payments/", payments.patient_payments, name="patient-payments"),
    path("patients/<int:pk>/deposit/", payments.deposit, name="deposit"),
    path("patients/<int:pk>/withdraw/", payments.withdraw, name="withdraw"),
    path("patients/<int:pk>/spend-deposit/", payments.spend_deposit, name="spend-deposit"),
    path("patients/<int:pk>/pay-debts/", families.pay_debts, name="pay-debts"),
    path("patients/<int:pk>/statement/", families.statement, name="statement"),
    path("patients/<int:pk>/statement.pdf", families.statement_pdf, name="statement-pdf"),
    path("treatment-plans/<int:pk>/payers/", plans.payers, name="plan-payers"),
    path("cash/", cash.cash, name="cash"),
    path("cash/articles/new/", cash.article_new, name="article-new"),
    path("cash/desks/new/", cash.desk_new, name="desk-new"),
    path("cash/desks/<int:pk>/open/", cash.shift_open, name="shift-open"),
    path("cash/shifts/<int:pk>/", cash.shift, name="shift"),
    path("cash/shifts/<int:pk>/close/", cash.shift_close, name="shift-close"),
    path("cash/shifts/<int:pk>/sheet/", papers.shift_sheet, name="shift-sheet"),
    path("cash/shifts/<int:pk>/move/<slug:way>/", cash.move, name="cash-move"),
    path("cash/orders/<int:pk>/order.pdf", papers.order_pdf, name="order-pdf"),
    path("cash/orders/<int:pk>/undo/", cash.move_undo, name="cash-undo"),
]  # fmt: skip
