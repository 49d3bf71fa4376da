"""Invoices of the visits that were completed, what was paid of them, and the book.

Numbers follow from each other: invoice, payment and visit share one, a line and its share are 2 * it + place, the
postings of an invoice are 10 * it + place, those of its payment 5 further.
"""

from benchmarks.data.loading import Loader
from benchmarks.data.place import DIRECTIONS, FIRST
from benchmarks.data.size import SERVICES_A_DIRECTION, Size
from billing.models import Invoice, InvoiceLine, Payment, PaymentPart, Share
from ledger.models import Account, Balance, Posting

UNPAID = 0.04
DEPOSIT_EVERY = 50  # patients

LINES = f"""
CREATE TABLE bench.line AS
SELECT a.id * 2 + j AS id, a.id AS invoice_id, j, a.patient_id, a.branch_id, a.doctor_id, a.ends_at AS at,
    (a.starts_at AT TIME ZONE branch.timezone)::date AS day, service.id AS service_id, service.name, service.code,
    service.category_id AS direction_id, price.amount, bench.r(a.id, 40) >= {UNPAID} AS is_paid,
    CASE WHEN bench.r(a.id, 41) < 0.4 THEN 'cash' ELSE 'card' END AS method
FROM scheduling_appointment a
JOIN clinic_branch branch ON branch.id = a.branch_id
CROSS JOIN generate_series(0, 1) j
JOIN catalog_service service ON service.id = {FIRST} + 6 * bench.pick(a.id * 2 + j, 42, {SERVICES_A_DIRECTION})
    + CASE WHEN bench.r(a.id * 2 + j, 43) < 0.8 THEN a.doctor_id % 6 ELSE bench.pick(a.id * 2 + j, 44, 6) END
JOIN catalog_serviceprice price ON price.service_id = service.id
WHERE a.state = 'completed' AND (j = 0 OR bench.r(a.id, 45) < 0.5)
ORDER BY a.id, j
"""
INVOICES = """
CREATE TABLE bench.invoice AS
SELECT invoice_id AS id, row_number() OVER (ORDER BY invoice_id) AS number, min(patient_id) AS patient_id,
    min(branch_id) AS branch_id, min(at) AS at, min(day) AS day, sum(amount) AS total, bool_and(is_paid) AS is_paid,
    min(method) AS method
FROM bench.line GROUP BY invoice_id ORDER BY invoice_id
"""


def money_make(load: Loader, size: Size) -> None:
    load.timed("bench.line", LINES)
    load.timed("bench.invoice", INVOICES)
    load.run("ANALYZE bench.line")
    load.run("ANALYZE bench.invoice")
    documents_make(load)
    payments_make(load, size)
    accounts_make(load, size)
    postings_make(load, size)
    balances_make(load, size)
    load.run(
        "INSERT INTO clinic_numbersequence (legal_entity_id, kind, period, last) SELECT 1, 'invoice', '', max(number)"
        " FROM bench.invoice"
    )
    load.run("DROP TABLE bench.line, bench.invoice")


def documents_make(load: Loader) -> None:
    with load.bare(Invoice, InvoiceLine, Share):
        load.fill(
            Invoice, "FROM bench.invoice i", id="i.id", legal_entity_id="1", number="i.number", branch_id="i.branch_id",
            patient_id="i.patient_id", appointment_id="i.id", status="CASE WHEN i.is_paid THEN 'paid' ELSE 'issued' END",
            list_total="i.total", total="i.total", paid="CASE WHEN i.is_paid THEN i.total ELSE 0 END",
            due="CASE WHEN i.is_paid THEN 0 ELSE i.total END", issued_on="i.day", issued_at="i.at", created_at="i.at",
        )  # fmt: skip
        load.fill(
            InvoiceLine, "FROM bench.line l", id="l.id", invoice_id="l.invoice_id", position="l.j",
            service_id="l.service_id", direction_id="l.direction_id", code="l.code", name="l.name",
            doctor_id="l.doctor_id", list_price="l.amount", price="l.amount", sum="l.amount", service_on="l.day",
        )  # fmt: skip
        load.fill(
            Share, "FROM bench.line l", id="l.id", invoice_id="l.invoice_id", line_id="l.id", payer_id="l.patient_id",
            kind="'patient'", amount="l.amount", paid="CASE WHEN l.is_paid THEN l.amount ELSE 0 END",
        )  # fmt: skip


def payments_make(load: Loader, size: Size) -> None:
    with load.bare(Payment, PaymentPart):
        load.fill(
            Payment, "FROM bench.invoice i WHERE i.is_paid", id="i.id", kind="'payment'", patient_id="i.patient_id",
            payer_id="i.patient_id", branch_id="i.branch_id", desk_id="i.branch_id",
            cash="CASE i.method WHEN 'cash' THEN i.total ELSE 0 END",
            card="CASE i.method WHEN 'card' THEN i.total ELSE 0 END", taken_on="i.day", taken_at="i.at",
        )  # fmt: skip
        load.fill(
            PaymentPart, "FROM bench.line l WHERE l.is_paid", id="l.id", payment_id="l.invoice_id", share_id="l.id",
            invoice_id="l.invoice_id", method="l.method", amount="l.amount",
        )  # fmt: skip
        deposits = f"FROM patients_patient p WHERE p.id % {DEPOSIT_EVERY} = 0"
        load.fill(
            Payment, deposits, id=f"{size.visits} + p.id", kind="'deposit'", patient_id="p.id", payer_id="p.id",
            branch_id="p.branch_id", desk_id="p.branch_id", cash="10000", taken_on="p.created_at::date",
            taken_at="p.created_at",
        )  # fmt: skip
        load.fill(
            PaymentPart, deposits, id=f"{size.visits} * 2 + 2 + p.id", payment_id=f"{size.visits} + p.id",
            method="'cash'", amount="10000",
        )  # fmt: skip


class Numbers:
    """Of accounts: a patient's receivable has his own, his deposit that much more, the clinic's stand after them."""

    def __init__(self, size: Size) -> None:
        self.deposits = size.patients
        self.income = size.patients * 2
        self.cash = self.income + 100_000
        self.acquirer = self.cash + 10_000


def accounts_make(load: Loader, size: Size) -> None:
    numbers = Numbers(size)
    kept = {"side": "1", "keeps_balance": "true", "never_negative": "true", "payer_id": "p.id"}
    with load.bare(Account):
        load.fill(
            Account, "FROM (SELECT DISTINCT patient_id AS id FROM bench.invoice) AS p", id="p.id", kind="'receivable'",
            code="'receivable/patient/' || p.id", **kept,
        )  # fmt: skip
        load.fill(
            Account, f"FROM ledger_payer p WHERE p.id % {DEPOSIT_EVERY} = 0", id=f"{numbers.deposits} + p.id",
            kind="'deposit'", code="'deposit/patient/' || p.id", **{**kept, "side": "-1"},
        )  # fmt: skip
        load.fill(
            Account, f"FROM clinic_branch b, generate_series(0, {len(DIRECTIONS)} - 1) d",
            id=f"{numbers.income} + b.id * 100 + d", kind="'income'", code=f"'income/' || b.id || '/' || {FIRST} + d",
            side="-1", branch_id="b.id", subject_id=f"{FIRST} + d",
        )  # fmt: skip
        load.fill(
            Account, "FROM clinic_branch b", id=f"{numbers.cash} + b.id", kind="'cash'", code="'cash/' || b.id", side="1",
            branch_id="b.id", subject_id="b.id",
        )  # fmt: skip
        load.fill(
            Account, "FROM clinic_branch b", id=f"{numbers.acquirer} + b.id", kind="'acquirer'",
            code="'acquirer/' || b.id", side="1", branch_id="b.id",
        )  # fmt: skip


def postings_make(load: Loader, size: Size) -> None:
    """Those of an invoice and of its payment stand together, so numbers grow with time as in a real clinic."""
    numbers = Numbers(size)
    common = {"branch_id": "d.branch_id", "patient_id": "d.patient_id", "posted_at": "d.at", "effective_on": "d.day"}
    with load.bare(Posting):
        load.fill(
            Posting,
            f"""FROM bench.line d, LATERAL (VALUES
                (d.j * 2, d.patient_id, d.amount, 0), (d.j * 2 + 1, {numbers.income} + d.branch_id * 100
                    + d.direction_id - {FIRST}, 0, d.amount)) AS leg(place, account_id, debit, credit)""",
            id="d.invoice_id * 10 + leg.place", entry="bench.entry(d.at, d.invoice_id)", account_id="leg.account_id",
            debit="leg.debit", credit="leg.credit", doctor_id="d.doctor_id", direction_id="d.direction_id",
            document_kind="'invoice'", document_id="d.invoice_id", line_id="d.id", **common,
        )  # fmt: skip
        load.fill(
            Posting, "FROM bench.line d WHERE d.is_paid", id="d.invoice_id * 10 + 6 + d.j",
            entry="bench.entry(d.at, -d.invoice_id)", account_id="d.patient_id", credit="d.amount", debit="0",
            doctor_id="d.doctor_id", direction_id="d.direction_id", document_kind="'payment'",
            document_id="d.invoice_id", line_id="d.id", **common,
        )  # fmt: skip
        load.fill(
            Posting, "FROM bench.invoice d WHERE d.is_paid", id="d.id * 10 + 5", entry="bench.entry(d.at, -d.id)",
            account_id=f"CASE d.method WHEN 'cash' THEN {numbers.cash} ELSE {numbers.acquirer} END + d.branch_id",
            debit="d.total", credit="0", document_kind="'payment'", document_id="d.id", **common,
        )  # fmt: skip
        load.fill(
            Posting,
            f"""FROM patients_patient d, LATERAL (VALUES (0, {numbers.cash} + d.branch_id, 10000, 0),
                (1, {numbers.deposits} + d.id, 0, 10000)) AS leg(place, account_id, debit, credit)
                WHERE d.id % {DEPOSIT_EVERY} = 0""",
            id=f"({size.visits} + d.id) * 10 + leg.place", entry=f"bench.entry(d.created_at, {size.visits} + d.id)",
            account_id="leg.account_id", debit="leg.debit", credit="leg.credit", document_kind="'payment'",
            document_id=f"{size.visits} + d.id", branch_id="d.branch_id", patient_id="d.id", posted_at="d.created_at",
            effective_on="d.created_at::date",
        )  # fmt: skip


def balances_make(load: Loader, size: Size) -> None:
    with load.bare(Balance):
        load.fill(
            Balance,
            """FROM (SELECT account.id, account.never_negative, sum((p.debit - p.credit) * account.side) AS amount
                FROM ledger_posting p JOIN ledger_account account ON account.id = p.account_id
                WHERE account.keeps_balance GROUP BY account.id) AS sums""",
            account_id="sums.id", amount="sums.amount", never_negative="sums.never_negative",
        )  # fmt: skip
