"""Five years of figures: against the same sums over tables that hold nothing but them, day by day."""

from collections.abc import Iterator
from datetime import timedelta

from benchmarks.bench import Bench
from benchmarks.measure import Line

# What somebody who wanted only this dashboard would keep.
SUMMARIES = (
    """CREATE TABLE bench.day_money AS
    SELECT p.effective_on AS day, p.branch_id, p.direction_id,
        sum(p.credit - p.debit) FILTER (WHERE a.kind = 'income') AS income,
        sum(p.credit - p.debit) FILTER (WHERE a.kind = 'receivable' AND p.document_kind = 'payment') AS paid,
        sum(p.debit - p.credit) FILTER (WHERE a.kind = 'receivable') AS debt
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id WHERE a.kind IN ('income', 'receivable')
    GROUP BY 1, 2, 3""",
    """CREATE TABLE bench.day_cash AS
    SELECT p.effective_on AS day, p.branch_id,
        sum(p.debit - p.credit) FILTER (WHERE a.kind IN ('cash', 'acquirer', 'bank')) AS receipts,
        sum(p.credit - p.debit) FILTER (WHERE a.kind = 'deposit') AS advance
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    WHERE a.kind IN ('cash', 'acquirer', 'bank', 'deposit') GROUP BY 1, 2""",
    """CREATE TABLE bench.day_visits AS
    SELECT starts_at::date AS day, branch_id, doctor_id, count(*) FILTER (WHERE state <> 'cancelled') AS bookings,
        count(*) FILTER (WHERE state = 'no_show') AS no_shows
    FROM scheduling_appointment GROUP BY 1, 2, 3""",
    """CREATE TABLE bench.day_cards AS
    SELECT created_at::date AS day, branch_id, count(*) AS cards FROM patients_patient GROUP BY 1, 2""",
)
TABLES = ("day_money", "day_cash", "day_visits", "day_cards")
SUMS = (
    """SELECT day, direction_id, sum(income), sum(paid), sum(debt) FROM bench.day_money WHERE day BETWEEN %s AND %s
    GROUP BY GROUPING SETS ((), (day), (direction_id))""",
    "SELECT sum(receipts), sum(advance) FROM bench.day_cash WHERE day BETWEEN %s AND %s",
    """SELECT doctor_id, sum(bookings), sum(no_shows) FROM bench.day_visits WHERE day BETWEEN %s AND %s
    GROUP BY GROUPING SETS ((), (doctor_id))""",
    "SELECT sum(cards) FROM bench.day_cards WHERE day BETWEEN %s AND %s",
)


def measure(bench: Bench) -> Iterator[Line]:
    from ledger.services import totals_roll_up

    totals_roll_up()
    owner = bench.owner()
    with owner.cursor() as cursor:
        for table, made in zip(TABLES, SUMMARIES, strict=True):
            cursor.execute(f"DROP TABLE IF EXISTS bench.{table}")
            cursor.execute(made)
            cursor.execute(f"GRANT SELECT ON bench.{table} TO public")
            cursor.execute(f"VACUUM ANALYZE bench.{table}")
        cursor.execute("VACUUM ANALYZE ledger_daytotal")
    owner.close()
    last = bench.sql("SELECT max(day) FROM bench.day")[0][0]
    for title, years in (("5 years", 5), ("one month", 1 / 12)):
        first = last - timedelta(days=round(365.25 * years))
        period = {"from": first.isoformat(), "to": last.isoformat()}

        def limit(_number: int, first=first) -> None:
            for statement in SUMS:
                bench.sql(statement, [first, last])

        yield bench.line(
            f"dashboard, {title}", "sums over day-summary tables", limit,
            lambda _n, period=period: bench.director.get("dashboard/", **period), aim=1.5, rounds=9 if years > 1 else 20,
        )  # fmt: skip
        yield bench.line(
            f"dashboard as a page, {title}", "sums over day-summary tables", limit,
            lambda _n, period=period: bench.director.page("/home/", period="", **period), rounds=5 if years > 1 else 12,
        )  # fmt: skip
