"""Verbs of money: invoices, payments, deposits, the cash desk."""

from billing.services.calling import call_tasks_end, calls_after_invoices
from billing.services.cash import article_add, cash_move, cash_move_undo, desk_add, desk_ensure, shift_close, shift_open
from billing.services.corrections import payment_method_change, payment_move
from billing.services.deposits import deposit_distribute, deposit_put, deposit_withdraw
from billing.services.discounts import (
    CapsIn,
    TermsIn,
    discount_change,
    discount_create,
    discount_delete,
    discount_switch,
    patient_discounts_set,
)
from billing.services.families import debts_pay
from billing.services.instalments import instalments_agree, instalments_end, instalments_remind
from billing.services.invoices import (
    invoice_change,
    invoice_discard,
    invoice_issue,
    invoice_make,
    invoice_rollback,
)
from billing.services.limits import limit_close, limit_grant, limit_open, limit_reopen
from billing.services.lines import LineInput
from billing.services.passing import share_pass_to_patient
from billing.services.payments import payment_accept, payment_void, settlement_accept
from billing.services.visits import invoice_prepare, invoice_unprepare

__all__ = [
    "CapsIn",
    "LineInput",
    "TermsIn",
    "article_add",
    "call_tasks_end",
    "calls_after_invoices",
    "cash_move",
    "cash_move_undo",
    "debts_pay",
    "deposit_distribute",
    "deposit_put",
    "deposit_withdraw",
    "desk_add",
    "desk_ensure",
    "discount_change",
    "discount_create",
    "discount_delete",
    "discount_switch",
    "instalments_agree",
    "instalments_end",
    "instalments_remind",
    "invoice_change",
    "invoice_discard",
    "invoice_issue",
    "invoice_make",
    "invoice_prepare",
    "invoice_rollback",
    "invoice_unprepare",
    "limit_close",
    "limit_grant",
    "limit_open",
    "limit_reopen",
    "patient_discounts_set",
    "payment_accept",
    "payment_method_change",
    "payment_move",
    "payment_void",
    "settlement_accept",
    "share_pass_to_patient",
    "shift_close",
    "shift_open",
]  # fmt: skip
