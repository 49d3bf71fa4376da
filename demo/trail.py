"""What people of the clinic did, as its audit and timelines tell it: an entry for each thing that the story has made."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.audit import REGISTRY
from demo.world import ZONE, World

# Of no transaction: an entry's changes are found by it, and the whole demo is one. What a service did has told itself.
ENTRY = """
INSERT INTO core_auditentry (at, transaction_id, actor_id, actor_name, code, object_kind, object_id, object_label, patient_id,
    branch_id, compartment, is_timeline, facts)
SELECT told.at, 0, told.actor, coalesce(nullif(person.name, ''), person.username, ''), %(code)s, %(kind)s, told.id, left(told.label, 300), told.patient,
    told.branch, %(compartment)s, %(is_timeline)s, told.facts
FROM ({rows}) told LEFT JOIN clinic_user person ON person.id = told.actor
WHERE told.at <= %(now)s AND NOT EXISTS (
    SELECT FROM core_auditentry said
    WHERE said.object_kind = %(kind)s AND said.object_id = told.id AND said.code = %(code)s AND said.transaction_id <> 0
)
"""
CARDS = """
SELECT created_at AS at, created_by_id AS actor, id, concat_ws(' ', last_name, first_name, middle_name) AS label,
    id AS patient, branch_id AS branch, '{}'::jsonb AS facts
FROM patients_patient
"""
VISITS = """
SELECT {at} AS at, visit.created_by_id AS actor, visit.id, shown.starts AS label, visit.patient_id AS patient,
    visit.branch_id AS branch, jsonb_build_object('when', shown.starts, 'doctor', concat_ws(' ', doctor.last_name,
    left(doctor.first_name, 1) || '.', left(doctor.middle_name, 1) || '.'), 'chair', chair.name,
    'reason', visit.cancel_reason) AS facts
FROM scheduling_appointment visit
JOIN clinic_staff doctor ON doctor.id = visit.doctor_id
JOIN clinic_chair chair ON chair.id = visit.chair_id
CROSS JOIN LATERAL (SELECT to_char(visit.starts_at AT TIME ZONE %(zone)s, 'DD.MM.YYYY HH24:MI') AS starts) shown
WHERE {which}
"""
PLANS = """
SELECT plan.{at} AS at, plan.{by} AS actor, plan.id, replace(%(plan)s, '%%(number)s', plan.number::text) AS label, plan.patient_id AS patient,
    plan.branch_id AS branch, jsonb_build_object('lines', (SELECT count(*) FROM clinical_planline line
    WHERE line.plan_id = plan.id)) AS facts
FROM clinical_treatmentplan plan WHERE plan.{at} IS NOT NULL
"""
INVOICES = """
SELECT issued_at AS at, issued_by_id AS actor, id, number::text AS label, patient_id AS patient, branch_id AS branch,
    jsonb_build_object('number', number, 'amount', total::text, 'due', due::text) AS facts
FROM billing_invoice WHERE issued_at IS NOT NULL
"""
PAYMENTS = """
SELECT payment.taken_at AS at, payment.taken_by_id AS actor, payment.id, payment.id::text AS label,
    payment.patient_id AS patient, payment.branch_id AS branch, jsonb_build_object('amount', sum(part.amount)::text,
    'invoice', max(invoice.number), 'invoice_id', max(invoice.id)) AS facts
FROM billing_payment payment
JOIN billing_paymentpart part ON part.payment_id = payment.id
LEFT JOIN billing_invoice invoice ON invoice.id = part.invoice_id
WHERE payment.kind = '{kind}' GROUP BY payment.id
"""
PLAN_LABEL = _("Treatment plan No. %(number)s")
OVER = "visit.state_since"
VISIT, PLAN, INVOICE, PAYMENT = (
    "scheduling.appointment", "clinical.treatmentplan", "billing.invoice", "billing.payment"
)  # fmt: skip
# The code of the audit, what it is about, the deeds.
TOLD = [
    ("patients.card.registered", "patients.patient", CARDS),
    ("scheduling.appointment.booked", VISIT, VISITS.format(at="visit.created_at", which="true")),
    ("scheduling.appointment.completed", VISIT, VISITS.format(at=OVER, which="visit.state = 'completed'")),
    ("scheduling.appointment.missed", VISIT, VISITS.format(at=OVER, which="visit.state = 'no_show'")),
    ("scheduling.appointment.cancelled", VISIT, VISITS.format(at=OVER, which="visit.state = 'cancelled'")),
    ("clinical.plan.created", PLAN, PLANS.format(at="created_at", by="created_by_id")),
    ("clinical.plan.approved", PLAN, PLANS.format(at="approved_at", by="approved_by_id")),
    ("billing.invoice.issued", INVOICE, INVOICES),
    ("billing.payment.accepted", PAYMENT, PAYMENTS.format(kind="payment")),
    ("billing.deposit.put", PAYMENT, PAYMENTS.format(kind="deposit")),
]


def build(world: World) -> None:
    """One statement for each kind of deed."""
    with connection.cursor() as cursor:
        for code, kind, rows in TOLD:
            declared = REGISTRY[code]
            cursor.execute(
                ENTRY.replace("{rows}", rows),
                {
                    "code": code, "kind": kind, "compartment": declared.compartment, "is_timeline": declared.is_timeline,
                    "now": world.now, "zone": ZONE, "plan": str(PLAN_LABEL),
                },
            )  # fmt: skip
