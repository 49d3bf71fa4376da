"""Reads of the book, each within what its user may see."""

from ledger.selectors.book import (
    NO_MONEY,
    LedgerCheck,
    account_sum,
    balances_above_zero,
    balances_of,
    branches_seen_on,
    grown,
    is_day_visible,
    known_at,
    ledger_check,
    money_window,
    payers_of,
    postings_visible_to,
    subjects_above_zero,
)
from ledger.selectors.totals import day_sums, day_sums_standing

__all__ = [
    "NO_MONEY",
    "LedgerCheck",
    "account_sum",
    "balances_above_zero",
    "balances_of",
    "branches_seen_on",
    "day_sums",
    "day_sums_standing",
    "grown",
    "is_day_visible",
    "known_at",
    "ledger_check",
    "money_window",
    "payers_of",
    "postings_visible_to",
    "subjects_above_zero",
]
