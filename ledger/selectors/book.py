"""Reads of the book: who may see which postings, what an account held on a day, whether everything adds up.

Every figure of a report is a sum over rows of `postings_visible_to`, so that the rows behind a figure add up to it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, DecimalField, F, Func, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce

from core import clock
from core.money import ZERO, Money
from ledger.accounts import AccountName
from ledger.models import Account, Payer, Posting
from ledger.slots import CHECKS

NO_MONEY = Value(ZERO, DecimalField(max_digits=14, decimal_places=2))


def money_window(user: Any, day: str = "effective_on", branch: str = "branch_id") -> Q:
    """The days of money that a user may see, each branch by its own clock (SET-14, BIL-18).

    1 is today only, 2 is today and yesterday; None is any day. Stands in every money selector, so that it holds for
    pages, reports, exports, the API and jobs alike.
    """
    days = user.money_days_back
    if days is None:
        return Q()
    zones: dict[str, list[int]] = defaultdict(list)
    for pk, zone in user.branch_zones.items():
        zones[zone].append(pk)
    window = Q(pk__in=[])
    for zone, branches in zones.items():
        first = clock.today(zone) - timedelta(days=days - 1)
        window |= Q(**{f"{branch}__in": branches, f"{day}__gte": first})
    return window


def is_day_visible(user: Any, day: date, zone: str) -> bool:
    """The same rule for one day of a branch."""
    days = user.money_days_back
    return days is None or day > clock.today(zone) - timedelta(days=days)


def branches_seen_on(user: Any, day: date) -> list[int]:
    """Branches whose money of a day the user may see."""
    return [pk for pk, zone in user.branch_zones.items() if is_day_visible(user, day, zone)]


def postings_visible_to(user: Any) -> QuerySet[Posting]:
    """Postings of the user's branches and days; with scope "own" those of his own work."""
    rows = Posting.objects.filter(money_window(user), branch_id__in=user.branch_ids)
    return rows.filter(doctor_id=user.staff_id) if user.scope == "own" else rows


def known_at(rows: QuerySet[Posting], moment: datetime | None) -> QuerySet[Posting]:
    """As it was known then: without what was posted later."""
    return rows if moment is None else rows.filter(posted_at__lte=moment)


def grown() -> Any:
    """By how much a posting grows its account: credits for income and deposits, debits for the rest."""
    return Case(When(account__side=1, then=F("debit") - F("credit")), default=F("credit") - F("debit"))


def account_sum(account: AccountName, as_of: date | None = None) -> Money:
    """What an account holds, summed from its postings; for accounts without a balance row."""
    rows = Posting.objects.filter(account__code=account.code)
    if as_of is not None:
        rows = rows.filter(effective_on__lte=as_of)
    found = rows.aggregate(debit=Coalesce(Sum("debit"), NO_MONEY), credit=Coalesce(Sum("credit"), NO_MONEY))
    return Decimal((found["debit"] - found["credit"]) * account.side)


def balances_of(kind: str, payer_kind: str, subject_ids: list[int]) -> dict[int, Money]:
    """Kept balances of one kind of account for many payers at once."""
    rows = Account.objects.filter(kind=kind, payer__kind=payer_kind, payer__subject_id__in=subject_ids)
    return dict(rows.values_list("payer__subject_id", "balance__amount"))


ABOVE_ZERO = """
SELECT account.code, balance.amount FROM ledger_account account
JOIN ledger_balance balance ON balance.account_id = account.id
WHERE account.code = ANY(%s) AND balance.amount > 0
"""


def balances_above_zero(kind: str, payer_kind: str, subject_ids: Iterable[int]) -> dict[int, Money]:
    """Who of many payers has something on such an account: for the marks that every list and calendar shows.

    Accounts are named by their payers, so names are looked up and nothing is joined; see ledger.accounts.
    """
    names = {f"{kind}/{payer_kind}/{pk}": pk for pk in subject_ids}
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ABOVE_ZERO, [list(names)])
        return {names[code]: amount for code, amount in cursor.fetchall()}


def subjects_above_zero(kind: str, payer_kind: str, subject_ids: Iterable[int]) -> QuerySet[Account, Any]:
    """Only who they are, one column, to be asked together with other apps' marks."""
    names = [f"{kind}/{payer_kind}/{pk}" for pk in subject_ids]
    subject = Cast(Func(F("code"), Value("/"), Value(3), function="split_part"), BigIntegerField())
    return (
        Account.objects.filter(code__in=names, balance__amount__gt=0).annotate(subject=subject).values_list("subject")
    )


def payers_of(kind: str, subject_ids: list[int]) -> dict[int, Payer]:
    return {payer.subject_id: payer for payer in Payer.objects.filter(kind=kind, subject_id__in=subject_ids)}


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """The outcome of a recount; `problems` name what disagrees."""

    accounts: int
    postings: int
    problems: list[str]

    @property
    def balanced(self) -> bool:
        return not self.problems


UNBALANCED = """
SELECT count(*) FROM (
    SELECT FROM ledger_posting GROUP BY entry, effective_on HAVING sum(debit) <> sum(credit)
) AS entries
"""
DRIFTED = """
SELECT account.code FROM ledger_account account
LEFT JOIN ledger_balance balance ON balance.account_id = account.id
LEFT JOIN (SELECT account_id, sum(debit - credit) AS amount FROM ledger_posting GROUP BY account_id) AS moved
    ON moved.account_id = account.id
WHERE account.keeps_balance AND coalesce(balance.amount, 0) <> coalesce(moved.amount, 0) * account.side
ORDER BY account.code LIMIT 20
"""
# Totals of days against the postings that they should hold, both ways.
ASTRAY = """
WITH held AS (
    SELECT posting.effective_on, posting.branch_id, account.kind, coalesce(payer.kind, '') AS payer_kind,
        posting.document_kind, posting.direction_id, sum(posting.debit) AS debit, sum(posting.credit) AS credit,
        count(*) AS postings
    FROM ledger_posting posting
    JOIN ledger_account account ON account.id = posting.account_id
    LEFT JOIN ledger_payer payer ON payer.id = account.payer_id
    WHERE posting.id <= (SELECT posting_id FROM ledger_totalsmark)
    GROUP BY 1, 2, 3, 4, 5, 6
), told AS (
    SELECT effective_on, branch_id, account_kind, payer_kind, document_kind, direction_id, debit, credit, postings
    FROM ledger_daytotal
)
SELECT DISTINCT effective_on FROM ((TABLE held EXCEPT TABLE told) UNION ALL (TABLE told EXCEPT TABLE held)) AS astray
ORDER BY 1 LIMIT 20
"""


def ledger_check() -> LedgerCheck:
    """Recount everything now: entries balance, kept balances are the sums of postings, apps' figures agree (BIL-35)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM ledger_account), (SELECT count(*) FROM ledger_posting)")
        accounts, postings = cursor.fetchone()
        cursor.execute(UNBALANCED)
        entries = cursor.fetchone()[0]
        cursor.execute(DRIFTED)
        drifted = [code for (code,) in cursor.fetchall()]
        cursor.execute(ASTRAY)
        astray = [day for (day,) in cursor.fetchall()]
    problems = [f"{entries} entries do not balance"] if entries else []
    problems += [f"the balance of {code} is not the sum of its postings" for code in drifted]
    problems += [f"the totals of {day} are not the sums of its postings" for day in astray]
    problems += [problem for check in CHECKS for problem in check()]
    return LedgerCheck(accounts, postings, problems)
