"""Patients as the outbox sees them: where to write, and what they have allowed."""

from collections.abc import Iterable
from dataclasses import replace

from messaging.recipients import Recipient
from patients.models import Patient, Representative

FIELDS = (
    "last_name", "first_name", "middle_name", "phone", "language", "branch", "reminders_allowed", "mailing_allowed",
)  # fmt: skip


def recipients(patient_ids: Iterable[int]) -> dict[int, Recipient]:
    """Living cards by id; one without a phone is written to at the phone of who answers for him."""
    rows = Patient.objects.live().filter(pk__in=set(patient_ids))
    people = {
        row.pk: Recipient(
            phone=row.phone, name=row.full_name, patient_id=row.pk, language=row.language, branch_id=row.branch_id,
            allows_service=row.reminders_allowed, allows_marketing=row.mailing_allowed,
        )
        for row in rows.only(*FIELDS)
    }  # fmt: skip
    silent = [pk for pk, person in people.items() if not person.phone]
    if silent:
        answer = Representative.objects.filter(patient__in=silent, is_responsible=True).exclude(phone="")
        for patient_id, phone in answer.values_list("patient_id", "phone"):
            people[patient_id] = replace(people[patient_id], phone=phone)
    return people
