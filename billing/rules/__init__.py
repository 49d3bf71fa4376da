"""Decisions about money on plain values: sums and states (`money`), who pays for what (`sharing`)."""

from billing.rules.money import (
    AGES,
    BANK,
    CARD,
    CASH,
    DEPOSIT,
    OFFSET,
    ORDER,
    Due,
    Part,
    age_bucket,
    change_of,
    in_order,
    line_sum,
    percent_of,
    spread,
    spread_discount,
    status_of,
    the_way_it_came,
    total,
)

__all__ = [
    "AGES", "BANK", "CARD", "CASH", "DEPOSIT", "OFFSET", "ORDER", "Due", "Part", "age_bucket", "change_of", "in_order",
    "line_sum", "percent_of", "spread", "spread_discount", "status_of", "the_way_it_came",
    "total",
]  # fmt: skip
