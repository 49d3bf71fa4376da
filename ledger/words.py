"""How accounts and documents are called on a page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.models import Account

ACCOUNT_KINDS = (
    ("receivable", _("Debt")),
    ("deposit", _("Deposit")),
    ("income", _("Income")),
    ("income_barter", _("Income by barter")),
    ("cash", _("Cash desk")),
    ("acquirer", _("Cards")),
    ("bank", _("Bank")),
    ("article", _("Cash article")),
    ("payable", _("We owe")),
    ("exchange", _("Barter exchange")),
    ("commission", _("Commission")),
    ("write_off", _("Written off")),
)
KINDS = dict(ACCOUNT_KINDS)
DOCUMENTS = {
    "invoice": _("Invoice"),
    "payment": _("Payment"),
    "cash_order": _("Cash order"),
    "cash_shift": _("Cash shift"),
}


def account_label(account: Account) -> Any:
    """«Debt · Ёлкина Анна», «Income · 1/4»."""
    kind = KINDS.get(account.kind, account.kind)
    if account.payer is not None:
        return f"{kind} · {account.payer}"
    return f"{kind} · {account.code.partition('/')[2]}"
