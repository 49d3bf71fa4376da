"""What the rules of money refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class Overpaid(DomainError):
    """More than is due was to be taken from the deposit or from another payer; `due` says how much is."""

    code = "overpaid"
    message = _("This is more than there is to pay.")


class InsufficientDeposit(DomainError):
    """The deposit holds less; `available` says how much."""

    code = "insufficient_deposit"
    message = _("There is not enough on the deposit.")


class LineInvoiced(DomainError):
    """A line of a plan stands in an invoice already."""

    code = "plan_line_invoiced"
    message = _("This line of the plan has been invoiced already.")


class NothingToInvoice(DomainError):
    code = "nothing_to_invoice"
    message = _("There is nothing left to invoice.")


class PaidByPayer(DomainError):
    """Another payer's money stands behind the invoice: his settlement is cancelled first."""

    code = "paid_by_payer"
    message = _("Another payer has paid his share. Cancel his payment first.")


class OverLimit(DomainError):
    """A payer's limit has less than is asked of it and nobody may pay the rest; `left` says how much it has."""

    code = "over_limit"
    message = _("The limit does not have so much.")


class LimitClosed(DomainError):
    """A payer's limit was closed while somebody was about to use it."""

    code = "limit_closed"
    message = _("This payer's limit has just been closed. Look at who pays again.")


class ApprovalNeeded(DomainError):
    """A payer pays for a line only after somebody has agreed; `needs` says who."""

    code = "approval_needed"
    message = _("This is done only after it has been agreed.")


class DiscountUsedUp(DomainError):
    """A promotion's cap or budget has been reached meanwhile; `discount` names it."""

    code = "discount_used_up"
    message = _("This promotion has just been used up. Look at the discounts again.")


class DiscountNameTaken(DomainError):
    code = "discount_name_taken"
    message = _("There is a promotion of this name already.")


class AlreadyGranted(DomainError):
    code = "discount_already_granted"
    message = _("This discount is ticked for the patient already.")


class DivisionChanged(DomainError):
    """Debts or the deposit are others than when the division of a payment was shown."""

    code = "division_changed"
    message = _("The debts have changed meanwhile. Look at the division and press once more.")


class ScheduleStands(DomainError):
    code = "schedule_stands"
    message = _("Instalments are agreed for this invoice already. End them first.")


class AlreadyVoided(DomainError):
    code = "already_voided"
    message = _("This payment has been cancelled already.")


class InvoicePrepared(DomainError):
    """The end of the visit has prepared an invoice already; `invoice` is its key."""

    code = "invoice_prepared"
    message = _("An invoice of this visit is prepared already. Change it there.")


class CashShiftClosed(DomainError):
    """The clinic's setting asks for an open shift at the desk before cash is taken or given."""

    code = "cash_shift_closed"
    message = _("Open a cash shift first.")


class ShiftAlreadyOpen(DomainError):
    code = "shift_already_open"
    message = _("A shift is open at this desk already.")


class NotEnoughCash(DomainError):
    """The drawer holds less than is to be paid out; `available` says how much."""

    code = "not_enough_cash"
    message = _("There is not enough cash in the desk.")


constraint_means("share_paid_within_its_amount", Overpaid)
constraint_means("invoice_paid_never_over_total", Overpaid)
constraint_means("limit_never_exceeded", OverLimit)
constraint_means("discount_never_over_its_caps", DiscountUsedUp)
constraint_means("discount_name_is_unique", DiscountNameTaken)
constraint_means("discount_granted_once", AlreadyGranted)
constraint_means("invoice_has_one_schedule", ScheduleStands)
constraint_means("payment_is_voided_once", AlreadyVoided)
constraint_means("payment_is_corrected_once", AlreadyVoided)
constraint_means("desk_has_one_open_shift", ShiftAlreadyOpen)
constraint_means("shift_number_is_unique_at_a_desk", ShiftAlreadyOpen)
constraint_means("plan_line_is_invoiced_once", LineInvoiced)
constraint_means("visit_prepares_one_invoice", InvoicePrepared)
