"""Verbs of the book: name a payer, post an entry, lock what can run out, keep the totals of days."""

from ledger.services.posting import (
    Leg,
    Source,
    balances_lock,
    check_open,
    mirrored,
    payer_ensure,
    post,
    post_together,
    uuid7,
)
from ledger.services.totals import totals_roll_up

__all__ = [
    "Leg",
    "Source",
    "balances_lock",
    "check_open",
    "mirrored",
    "payer_ensure",
    "post",
    "post_together",
    "totals_roll_up",
    "uuid7",
]
