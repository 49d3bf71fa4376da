"""Sums over long periods, from the totals of days instead of from every posting."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from ledger.models import DaySum
from ledger.selectors.book import branches_seen_on, money_window


def day_sums(
    user: Any, kinds: Iterable[str], last: date, branch_ids: Iterable[int], *, first: date | None = None
) -> QuerySet[DaySum] | None:
    """What the postings of these kinds of accounts come to, as rows to be summed and split by day or direction.

    Their sums are those of `postings_visible_to`, with the same branches and the same window of days. None for whom
    totals do not tell enough: a user of scope "own" sees only postings of his own work, and totals know no doctors.
    Further narrowing is by payer_kind, document_kind and direction_id.
    """
    if user.scope == "own":
        return None
    rows = DaySum.objects.filter(
        money_window(user), account_kind__in=list(kinds), branch_id__in=set(branch_ids) & set(user.branch_ids),
        effective_on__lte=last,
    )  # fmt: skip
    return rows if first is None else rows.filter(effective_on__gte=first)


def day_sums_standing(
    user: Any, kinds: Iterable[str], as_of: date, branch_ids: Iterable[int]
) -> QuerySet[DaySum] | None:
    """What accounts hold at the end of a day, all that was posted before included, where the user may see that day."""
    if user.scope == "own":
        return None
    branches = set(branch_ids) & set(branches_seen_on(user, as_of))
    return DaySum.objects.filter(account_kind__in=list(kinds), branch_id__in=branches, effective_on__lte=as_of)
