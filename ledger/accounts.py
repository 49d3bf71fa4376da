"""The chart of accounts: names of accounts as plain values, so that posting needs no look-ups."""

from dataclasses import dataclass
from typing import Any

DEBIT, CREDIT = 1, -1


@dataclass(frozen=True, slots=True)
class AccountName:
    """Everything that makes the account when it is first posted to."""

    code: str
    kind: str
    side: int
    keeps_balance: bool = False
    never_negative: bool = False
    payer_id: int | None = None
    branch_id: int | None = None
    subject_id: int | None = None


def receivable(payer: Any) -> AccountName:
    """What a payer owes; never below zero, since a surplus goes to the deposit."""
    return AccountName(
        f"receivable/{payer.kind}/{payer.subject_id}", "receivable", DEBIT, True, True, payer_id=payer.pk
    )


def deposit(payer: Any, *, may_be_negative: bool = False) -> AccountName:
    """What a payer has put in and not spent. A stay's may go below zero, with an alert (section 7 of the rules)."""
    code = f"deposit/{payer.kind}/{payer.subject_id}"
    return AccountName(code, "deposit", CREDIT, True, not may_be_negative, payer_id=payer.pk)


def payable(payer: Any) -> AccountName:
    """What we owe a partner."""
    return AccountName(f"payable/{payer.kind}/{payer.subject_id}", "payable", CREDIT, True, payer_id=payer.pk)


def income(branch_id: int, direction_id: int | None, kind: str = "income") -> AccountName:
    """What services earned; another `kind` (`income_barter`) is earned too, but is not the clinic's income (6)."""
    return AccountName(
        f"{kind}/{branch_id}/{direction_id or 0}", kind, CREDIT, branch_id=branch_id, subject_id=direction_id
    )


def cash(branch_id: int, desk_id: int) -> AccountName:
    return AccountName(f"cash/{desk_id}", "cash", DEBIT, branch_id=branch_id, subject_id=desk_id)


def acquirer(branch_id: int) -> AccountName:
    return AccountName(f"acquirer/{branch_id}", "acquirer", DEBIT, branch_id=branch_id)


def bank(branch_id: int) -> AccountName:
    return AccountName(f"bank/{branch_id}", "bank", DEBIT, branch_id=branch_id)


def exchange(payer: Any) -> AccountName:
    """Where a barter debt goes at its final write-off."""
    return AccountName(f"exchange/{payer.kind}/{payer.subject_id}", "exchange", DEBIT, payer_id=payer.pk)


def write_off(branch_id: int) -> AccountName:
    """What other payers refused and nobody will pay: the clinic's loss."""
    return AccountName(f"write_off/{branch_id}", "write_off", DEBIT, branch_id=branch_id)


def commission(branch_id: int) -> AccountName:
    return AccountName(f"commission/{branch_id}", "commission", DEBIT, branch_id=branch_id)


def article(branch_id: int, article_id: int) -> AccountName:
    """An item of cash put in or taken out; `article_id` 0 is the difference found when counting."""
    return AccountName(
        f"article/{branch_id}/{article_id}", "article", DEBIT, branch_id=branch_id, subject_id=article_id
    )
