"""Patients as the outbox sees them: where to write, and what they have allowed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock
from core.audit import audit, sentence
from core.events import publish
from messaging.audiences import AUDIENCES
from messaging.models import Address, MailingPerson, Preference
from messaging.recipients import NEAR, OWNERS, RECIPIENTS, UNSUBSCRIBE, VISIBLE, Near, Recipient
from patients.events import PatientChanged
from patients.models import Patient, Representative
from patients.selectors import patients_visible_to
from patients.slots import MERGE_PREPARE

sentence("patients.card.unsubscribed", _("Wants no marketing: replied from %(phone)s"), "bell-off", "amber")

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
            call_name=" ".join(filter(None, (row.first_name, row.middle_name))),
        )
        for row in rows.only(*FIELDS)
    }  # fmt: skip
    silent = [pk for pk, person in people.items() if not person.phone]
    if silent:
        answer = Representative.objects.filter(patient__in=silent, is_responsible=True).exclude(phone="")
        for patient_id, phone in answer.values_list("patient_id", "phone"):
            people[patient_id] = replace(people[patient_id], phone=phone)
    return people


def visible(user: Any, patient_ids: Iterable[int]) -> set[int]:
    return set(patients_visible_to(user).filter(pk__in=set(patient_ids)).values_list("pk", flat=True))


def owners(phone: str) -> list[int]:
    """Living cards with this phone: the main ones first, then those of whom the phone's owner answers for."""
    if not phone:
        return []
    rows = Patient.objects.live()
    own = rows.filter(phone=phone).order_by("-is_active", "pk").values_list("pk", flat=True)[:20]
    theirs = Representative.objects.filter(phone=phone, patient__in=rows).order_by("pk")
    return list(dict.fromkeys([*own, *theirs.values_list("patient_id", flat=True)[:20]]))


def unsubscribe(patient_id: int, phone: str) -> None:
    """The person has replied «STOP»: marketing ends by his own will, no right of staff is asked (MSG-06)."""
    row = Patient.objects.select_for_update().filter(pk=patient_id, mailing_allowed=True).first()
    if row is None:
        return
    row.mailing_allowed = False
    row.version += 1
    row.save(update_fields=["mailing_allowed", "version"])
    audit(None, "patients.card.unsubscribed", row, patient_id=row.pk, phone=phone)
    publish(PatientChanged(patient_id=row.pk, fields=["mailing_allowed"]))


def near(patient_id: int) -> list[Near]:
    """Representatives with a phone; who may be told about health stands first (MSG-18)."""
    rows = (
        Representative.objects.filter(patient=patient_id)
        .exclude(phone="")
        .order_by("-may_know", "-is_responsible", "pk")
    )
    return [Near(row.full_name, row.get_relation_display(), row.phone, row.may_know) for row in rows]


def merged_prepare(survivor_id: int, retired_id: int) -> None:
    """One chat a messenger and one order of channels a card: those of the survivor stay."""
    if Preference.objects.filter(patient_id=survivor_id).exists():
        Preference.objects.filter(patient_id=retired_id).delete()
    live = Address.objects.filter(ended_at__isnull=True)
    has = live.filter(patient_id=survivor_id).values("channel")
    live.filter(patient_id=retired_id, channel__in=has).update(ended_at=clock.now(), end_reason="merged")
    own = MailingPerson.objects.filter(patient_id=survivor_id).values("mailing")
    MailingPerson.objects.filter(patient_id=retired_id, mailing__in=own).delete()


def register() -> None:
    RECIPIENTS.register(recipients, module="patients")
    VISIBLE.register(visible, module="patients")
    OWNERS.register(owners, module="patients")
    UNSUBSCRIBE.register(unsubscribe, module="patients")
    NEAR.register(near, module="patients")
    AUDIENCES.register({"patients": "pk"}, module="patients")
    MERGE_PREPARE.register(merged_prepare, module="patients")
