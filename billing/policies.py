"""How this clinic handles money."""

from django.utils.translation import gettext_lazy as _

from core.policies import Policy

SECTION = _("Money")

AUTO_DISTRIBUTE = Policy(
    "billing.auto_distribute", bool, False, _("Surplus and prepayments pay earlier debts first"),
    _("The oldest unpaid invoice first, the rest to the deposit. The desk sees the division before it posts."),
    SECTION,
)  # fmt: skip
SHIFT_REQUIRED = Policy(
    "billing.shift_required", bool, False, _("Cash is taken and given only in an open cash shift"),
    _("Off: cash outside of a shift counts for the desk and enters the next shift's opening sum."), SECTION,
)  # fmt: skip
MAX_DISCOUNT = Policy(
    "billing.max_discount", int, 100, _("Largest discount by hand, percent"),
    _("More than this needs the right to change prices."), SECTION, minimum=0, maximum=100,
)  # fmt: skip
CASH_MAY_RUN_OUT = Policy(
    "billing.pay_out_above_cash", bool, False, _("Pay out more cash than the desk holds"),
    _("For clinics whose drawer is filled from elsewhere before it is entered here."), SECTION,
)  # fmt: skip
NOTES = Policy(
    "billing.notes", list, ["5000", "2000", "1000", "500", "200", "100", "50", "10"], _("Notes to count at the close"),
    _("Values of notes and coins, largest first."), SECTION,
)  # fmt: skip
BEFORE_DONE = Policy(
    "billing.invoice_before_done", bool, True, _("Lines of a plan may be invoiced before they are done"),
    _("Off: only services that the doctor has marked as done stand in the list."), SECTION,
)  # fmt: skip
CALL_AFTER_DAYS = Policy(
    "billing.call_after_days", int, 3, _("Call about an invoice that is not paid after, days"),
    _("The reception gets a task, which ends by itself when the invoice is paid. 0: no tasks."), SECTION,
    minimum=0, maximum=365,
)  # fmt: skip
DISCOUNT_IN_PLAN = Policy(
    "billing.discount_in_plan", bool, True, _("The best discount is chosen by itself in a treatment plan"),
    _("Off: a plan has only discounts that a person has typed."), SECTION,
)  # fmt: skip
DISCOUNT_IN_INVOICE = Policy(
    "billing.discount_in_invoice", bool, True, _("The best discount is chosen by itself in an invoice"),
    _("Off: the desk picks promotions by hand on the invoice."), SECTION,
)  # fmt: skip
