"""An invoice of forty lines that a patient, a barter limit and an insurer share, beside bare inserts of the same rows."""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from benchmarks.bench import Bench
from benchmarks.data.place import FIRST
from benchmarks.data.size import SERVICES_A_DIRECTION
from benchmarks.measure import Line

ROUNDS = 20
LINES = {"patient": 14, "barter": 13, "dms": 13}
MUCH = Decimal(99_000_000)
# The rows of one invoice once more: what differs from row to row is given, the rest is copied as it stands.
COPIES = (
    ("billing_invoiceline", "invoice_id = %(old)s", {"invoice_id": "%(new)s", "plan_line_id": "NULL", "holds_plan_line": "false"}),
    ("billing_share", "invoice_id = %(old)s", {
        "invoice_id": "%(new)s",
        "line_id": "(SELECT fresh.id FROM billing_invoiceline fresh JOIN billing_invoiceline stale"
                   " ON stale.position = fresh.position WHERE stale.id = old.line_id AND fresh.invoice_id = %(new)s)",
    }),
    ("ledger_posting", "document_kind = 'invoice' AND document_id = %(old)s", {
        "entry": "%(entry)s", "document_id": "%(new)s", "effective_on": "current_date", "posted_at": "now()",
        "line_id": "(SELECT fresh.id FROM billing_invoiceline fresh JOIN billing_invoiceline stale"
                   " ON stale.position = fresh.position WHERE stale.id = old.line_id AND fresh.invoice_id = %(new)s)",
    }),
    ("billing_limitmove", "invoice_id = %(old)s", {"invoice_id": "%(new)s"}),
    ("insurance_coveredline", "share_id IN (SELECT id FROM billing_share WHERE invoice_id = %(old)s)", {
        "share_id": "(SELECT fresh.id FROM billing_share fresh JOIN billing_invoiceline line ON line.id = fresh.line_id"
                    " JOIN billing_invoiceline was ON was.position = line.position"
                    " JOIN billing_share stale ON stale.line_id = was.id AND stale.kind = fresh.kind"
                    " WHERE stale.id = old.share_id AND fresh.invoice_id = %(new)s)",
    }),
)  # fmt: skip
INVOICE = {
    "number": "(SELECT last FROM taken)", "issued_at": "now()", "plan_id": "NULL",
}  # fmt: skip
TAKEN = "WITH taken AS (UPDATE clinic_numbersequence SET last = last + 1 WHERE kind = 'invoice' RETURNING last)"
LIMITS = """
UPDATE billing_limit SET used = used + took.sum FROM (
    SELECT limit_id, sum(used) FROM billing_limitmove WHERE invoice_id = %(old)s GROUP BY limit_id) took
WHERE billing_limit.id = took.limit_id
"""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
AND attname <> 'id'
"""


def measure(bench: Bench) -> Iterator[Line]:
    maker = Maker(bench)
    model = maker.invoice(0)
    copy = Copy(bench, model)
    yield bench.line(
        "make and issue an invoice of 40 lines, three payers", "the same rows copied, by SQL",
        lambda n: copy(), maker.invoice, rounds=ROUNDS,
    )  # fmt: skip


class Maker:
    """One patient with a barter entry and a policy; for each invoice a plan that the insurer has accepted."""

    def __init__(self, bench: Bench) -> None:
        from barter.services import contract_activate, contract_create, organisation_ensure
        from barter.services.contracts import EntryInput
        from core import clock
        from insurance.services import insurer_save, policy_save
        from patients.models import Patient

        self.bench, self.actor = bench, bench.director.user
        self.patient = Patient.objects.live().order_by("-pk").first()
        name = f"Bench {uuid.uuid4().hex[:8]}"
        contract = contract_create(
            kind="organisation", organisation=organisation_ensure(name=name, actor=self.actor),
            over_limit="organisation", beneficiaries=[EntryInput(MUCH, self.patient.pk)], actor=self.actor,
        )  # fmt: skip
        contract_activate(contract_id=contract.pk, actor=self.actor)
        today = clock.today("Europe/Moscow")
        self.policy = policy_save(
            patient_id=self.patient.pk, insurer=insurer_save(name=name, full_name=name, actor=self.actor), number=name,
            valid_from=today, valid_to=today.replace(year=today.year + 1), limit=MUCH, actor=self.actor,
        )  # fmt: skip
        self.plans = [self.plan() for _round in range(ROUNDS + 6)]

    def services(self, kind: str) -> list[int]:
        return [FIRST + place % SERVICES_A_DIRECTION for place in range(LINES[kind])]

    def plan(self) -> int:
        from clinic.models import Branch, Staff
        from clinical.services import LineIn, plan_approve, plan_create
        from insurance.services import approval_decide, approval_request

        plan = plan_create(
            patient_id=self.patient.pk, branch=Branch.objects.get(pk=1), doctor=Staff.objects.get(pk=1), actor=self.actor,
            lines=[LineIn(service_id=pk) for pk in self.services("dms")],
        )  # fmt: skip
        asked = approval_request(plan_id=plan.pk, policy_id=self.policy.pk, actor=self.actor)
        approval_decide(approval_id=asked.pk, decision="accepted_full", actor=self.actor)
        plan_approve(plan_id=plan.pk, actor=self.actor)
        return plan.pk

    def invoice(self, number: int) -> int:
        lines = [
            {"service": pk, "quantity": 1, "doctor": 1, "payer": kind}
            for kind in ("patient", "barter") for pk in self.services(kind)
        ]  # fmt: skip
        body = {"patient": self.patient.pk, "plan": self.plans.pop(), "lines": lines}
        return self.bench.director.post("invoices/", body, Idempotency_Key=str(uuid.uuid4())).json()["id"]


class Copy:
    def __init__(self, bench: Bench, model: int) -> None:
        self.bench, self.model = bench, model
        self.head = self.statement("billing_invoice", "id = %(old)s", INVOICE)
        self.rest = [self.statement(table, where, given) for table, where, given in COPIES]

    def statement(self, table: str, where: str, given: dict[str, str]) -> str:
        columns = [name for (name,) in self.bench.sql(COLUMNS, [table])]
        values = ", ".join(given.get(name, f"old.{name}") for name in columns)
        return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} old WHERE {where} RETURNING 1"

    def __call__(self) -> None:
        facts: dict[str, Any] = {"old": self.model, "entry": str(uuid.uuid4())}
        with self.bench.raw as transaction, transaction.cursor() as cursor:
            cursor.execute(f"{TAKEN} {self.head.replace('RETURNING 1', 'RETURNING id')}", facts)
            facts["new"] = cursor.fetchone()[0]
            for statement in self.rest:
                cursor.execute(statement, facts)
            cursor.execute(LIMITS, facts)
