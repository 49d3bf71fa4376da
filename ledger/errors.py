"""What the book refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, PeriodClosed, constraint_means


class Unbalanced(DomainError):
    """The debits of an entry are not its credits: a fault of the program, stopped by the database."""

    code = "unbalanced"
    message = _("The debits and credits of this entry differ, so nothing was posted.")


class BalanceTooLow(DomainError):
    """An account that may not go below zero would; services say it in better words first."""

    code = "balance_too_low"
    message = _("There is not enough on the account.")


class AlreadyReversed(DomainError):
    """A posting is mirrored once."""

    code = "already_reversed"
    message = _("This has been reversed already.")


constraint_means("posting_entry_balances", Unbalanced)
constraint_means("balance_never_below_zero", BalanceTooLow)
constraint_means("posting_is_mirrored_once", AlreadyReversed)
constraint_means("posting_period_is_open", PeriodClosed)
