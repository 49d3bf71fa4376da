"""Keeping the totals of days: fix a mark below which every posting is committed, add what lies under it."""

from django.db import OperationalError, connection, transaction

from core import clock
from core.command import LOCK_TIMEOUT, sqlstate
from ledger.models import TotalsMark

STEP = 500_000  # postings a transaction; only the first roll-up of an old clinic has more

ADD = """
INSERT INTO ledger_daytotal AS total (effective_on, branch_id, account_kind, payer_kind, document_kind, direction_id,
    debit, credit, postings)
SELECT posting.effective_on, posting.branch_id, account.kind, coalesce(payer.kind, ''), posting.document_kind,
    posting.direction_id, sum(posting.debit), sum(posting.credit), count(*)
FROM ledger_posting posting
JOIN ledger_account account ON account.id = posting.account_id
LEFT JOIN ledger_payer payer ON payer.id = account.payer_id
WHERE posting.id > %(after)s AND posting.id <= %(last)s
GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT ON CONSTRAINT day_total_is_one_a_day DO UPDATE SET debit = total.debit + excluded.debit,
    credit = total.credit + excluded.credit, postings = total.postings + excluded.postings
"""


def totals_roll_up() -> int:
    """Bring the totals of days up to now; gives how many postings were added. Safe twice, in parallel and when killed.

    Numbers of postings come out of order: a payment may take a lower number and commit later. So the mark is read
    under a share lock on the table, which is free only when nobody is in the middle of posting, and let go at once.
    While somebody posts for longer than the lock's patience nothing is done: the next call will do it.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ledger_last_posting_fix()")
            fixed = cursor.fetchone()[0]
    except OperationalError as error:
        if sqlstate(error) == LOCK_TIMEOUT:
            return 0
        raise
    added = 0
    while moved := mark_move(fixed):
        added += moved
    return added


@transaction.atomic
def mark_move(fixed: int) -> int:
    """Add one step of postings and move the mark with them; 0 when the mark is there."""
    mark = TotalsMark.objects.select_for_update().get()
    if mark.posting_id >= fixed:
        return 0
    last = min(mark.posting_id + STEP, fixed)
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"after": mark.posting_id, "last": last})
    moved = last - mark.posting_id
    mark.posting_id, mark.moved_at = last, clock.now()
    mark.save(update_fields=["posting_id", "moved_at"])
    return moved
