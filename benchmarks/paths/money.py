"""Making an invoice of two lines, and taking a payment against one."""

import uuid
from collections.abc import Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.data.place import FIRST
from benchmarks.measure import Line

PAYMENT = """
INSERT INTO billing_payment (kind, patient_id, payer_id, branch_id, desk_id, cash, card, taken_on, taken_at, reason)
VALUES ('payment', %(patient)s, %(patient)s, 1, 1, 1, 0, current_date, now(), '') RETURNING id
"""
POSTINGS = """
INSERT INTO ledger_posting (entry, account_id, debit, credit, branch_id, patient_id, document_kind, document_id,
    effective_on, posted_at, note)
VALUES (%(entry)s, %(cash)s, 1, 0, 1, %(patient)s, 'payment', %(document)s, current_date, now(), ''),
    (%(entry)s, %(receivable)s, 0, 1, 1, %(patient)s, 'payment', %(document)s, current_date, now(), '')
"""
INVOICE = """
WITH taken AS (UPDATE clinic_numbersequence SET last = last + 1 WHERE kind = 'invoice' RETURNING last)
INSERT INTO billing_invoice (number, legal_entity_id, branch_id, patient_id, status, note, list_total, total, paid, due,
    issued_on, issued_at, rollback_reason, version, is_prepared)
SELECT last, 1, 1, %(patient)s, 'issued', '', 2000, 2000, 0, 2000, current_date, now(), '', 1, false FROM taken RETURNING id
"""
LINES = f"""
INSERT INTO billing_invoiceline (invoice_id, position, service_id, direction_id, code, name, doctor_id, teeth, quantity,
    list_price, price, discount, discount_reason, sum, service_on, holds_plan_line)
SELECT %(invoice)s, place, {FIRST} + place, {FIRST} + place, '', 'x', 1, '[]', 1, 1000, 1000, 0, '', 1000, current_date,
    true FROM generate_series(0, 1) place RETURNING id
"""
SHARES = """
INSERT INTO billing_share (invoice_id, line_id, payer_id, kind, amount, paid, why)
SELECT %(invoice)s, line, %(patient)s, 'patient', 1000, 0, '' FROM unnest(%(lines)s) line
"""
ISSUED = f"""
INSERT INTO ledger_posting (entry, account_id, debit, credit, branch_id, patient_id, doctor_id, direction_id,
    document_kind, document_id, line_id, effective_on, posted_at, note)
SELECT %(entry)s, account.id, 1000 * (account.side + 1) / 2, 1000 * (1 - account.side) / 2, 1, %(patient)s, 1, {FIRST},
    'invoice', %(invoice)s, line, current_date, now(), ''
FROM unnest(%(lines)s) line, ledger_account account
WHERE account.code IN ('receivable/patient/' || %(patient)s, 'income/1/{FIRST}')
"""
UNPAID = """
SELECT invoice.id, invoice.patient_id, account.id FROM billing_invoice invoice
JOIN ledger_account account ON account.code = 'receivable/patient/' || invoice.patient_id
WHERE invoice.due > 100 AND invoice.branch_id = 1 ORDER BY invoice.id %% 97, invoice.id LIMIT %s
"""


def measure(bench: Bench) -> Iterator[Line]:
    unpaid = iter(bench.sql(UNPAID, [400]))
    cash = bench.sql("SELECT id FROM ledger_account WHERE code = 'cash/1'")[0][0]
    yield bench.line(
        "take a payment", "lock, payment, two postings, update, by SQL",
        lambda n: bare(bench, cash, *next(unpaid)), lambda n: pay(bench, next(unpaid)[0]),
        aim=7, peer=26.5, peer_aim=0.4, budget=8,
    )  # fmt: skip
    debtors = "SELECT payer_id FROM ledger_account WHERE kind = 'receivable' AND payer_id % 89 = 1 LIMIT 400"
    patients = iter([pk for (pk,) in bench.sql(debtors)])
    yield bench.line(
        "make and issue an invoice of two lines", "number, invoice, lines, shares, postings, by SQL",
        lambda n: bare_invoice(bench, next(patients)), lambda n: invoice(bench, next(patients)), budget=10,
    )  # fmt: skip


def bare(bench: Bench, cash: int, invoice: int, patient: int, receivable: int) -> None:
    facts: dict[str, Any] = {
        "patient": patient, "entry": str(uuid.uuid4()), "cash": cash, "receivable": receivable, "invoice": invoice,
    }  # fmt: skip
    with bench.raw as transaction, transaction.cursor() as cursor:
        cursor.execute("SELECT due FROM billing_invoice WHERE id = %(invoice)s FOR UPDATE", facts)
        cursor.execute(PAYMENT, facts)
        facts["document"] = cursor.fetchone()[0]
        cursor.execute(POSTINGS, facts)
        cursor.execute(
            "UPDATE billing_invoice SET paid = paid + 1, due = due - 1, status = 'partly_paid' WHERE id = %(invoice)s",
            facts,
        )


def pay(bench: Bench, invoice: int) -> None:
    bench.reception.post(
        f"invoices/{invoice}/pay/", {"method": "cash", "amount": "1.00"}, Idempotency_Key=str(uuid.uuid4())
    )


def bare_invoice(bench: Bench, patient: int) -> None:
    """The rows of an invoice of two lines and its four postings."""
    facts: dict[str, Any] = {"patient": patient, "entry": str(uuid.uuid4())}
    with bench.raw as transaction, transaction.cursor() as cursor:
        cursor.execute(INVOICE, facts)
        facts["invoice"] = cursor.fetchone()[0]
        cursor.execute(LINES, facts)
        facts["lines"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(SHARES, facts)
        cursor.execute(ISSUED, facts)


def invoice(bench: Bench, patient: int) -> None:
    lines = [{"service": FIRST, "quantity": 1, "doctor": 1}, {"service": FIRST + 7, "quantity": 1, "doctor": 2}]
    bench.reception.post("invoices/", {"patient": patient, "lines": lines}, Idempotency_Key=str(uuid.uuid4()))
