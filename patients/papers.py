"""What cards give to papers: the patient's words, who signs for him, the register of consents (DOC-02, PAT-46)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from core.clock import today
from core.errors import DomainError, NotFound
from core.events import inside
from core.templatetags.ui import age, day_short, phone
from documents.events import PaperSigned, TextRenewed
from documents.slots import CONSENTS, FINDERS, PLACES, Finder, Group, Subject
from patients import permissions
from patients.errors import AlreadySigned
from patients.models import Consent, ConsentKind, Identity, Patient, Representative
from patients.selectors import patient_get
from patients.services.consents import consent_renew, consent_sign

NAME = "patients"


def subject_of(user: Any, patient_id: int) -> Subject:
    return subject_for(patient_get(user, patient_id), user)


def subject_for(patient: Patient, user: Any, branch: Any = None) -> Subject:
    """A paper is of the patient's branch, else of the one where the user works."""
    place = patient.branch or branch or user.branches.select_related("legal_entity").first()
    if place is None:
        raise NoBranch
    return Subject(
        patient_id=patient.pk, patient_name=patient.full_name, branch=place, day=today(place.timezone), user=user,
        language=patient.language or "ru",
    )  # fmt: skip


class NoBranch(DomainError):
    code = "no_branch_for_paper"
    message = _("Choose the branch first: a document is made in its name.")


def card_of(subject: Subject) -> Patient:
    return Patient.objects.select_related("identity").get(pk=subject.patient_id)


def of_patient(subject: Subject) -> dict[str, Any]:
    patient = card_of(subject)
    years = patient.age_on(subject.day)
    return {
        "fio": patient.full_name, "fio_short": patient.short_name, "card_number": patient.card_number,
        "birth_date": day_short(patient.birth_date) if patient.birth_date else "",
        "age": age(years) if years is not None else "", "signer_fio": signer_of(subject),
    }  # fmt: skip


def of_contacts(subject: Subject) -> dict[str, Any]:
    patient = card_of(subject)
    return {"phone": phone(patient.phone) if patient.phone else "", "email": patient.email}


def of_identity(subject: Subject) -> dict[str, Any]:
    row = Identity.objects.filter(patient=subject.patient_id).select_related("document_kind").first() or Identity()
    person = representative_of(subject)
    issued = [row.issued_by, day_short(row.issued_on) if row.issued_on else "", row.issuer_code]
    return {
        "passport": row.document, "passport_issued": ", ".join(part for part in issued if part), "snils": row.snils,
        "inn": row.inn, "policy_number": row.policy_number, "address": row.registered_address,
        "actual_address": row.address, "representative_document": person.document if person else "",
    }  # fmt: skip


def signers(subject: Subject) -> Sequence[tuple[int, str]]:
    rows = Representative.objects.filter(patient=subject.patient_id, signs=True)
    return [(row.pk, f"{row.full_name} ({row.get_relation_display()})") for row in rows]


def representative_of(subject: Subject) -> Representative | None:
    pk = subject.chosen.get("representative")
    return Representative.objects.filter(pk=pk, patient=subject.patient_id).first() if pk else None


def signer_of(subject: Subject) -> str:
    return str(representative_of(subject) or subject.patient_name)


def of_representative(subject: Subject) -> dict[str, Any]:
    person = representative_of(subject)
    if person is None:
        return {}
    return {
        "representative_fio": person.full_name, "representative_relation": person.get_relation_display(),
        "representative_authority": person.authority, "representative_phone": phone(person.phone) if person.phone else "",
    }  # fmt: skip


def consents() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in ConsentKind.objects.live()]


@inside(TextRenewed)
def asked_anew(event: TextRenewed) -> None:
    """Another text of a consent is another edition: the register asks for a new signature (PAT-16)."""
    if event.consent:
        consent_renew(code=event.consent)


@inside(PaperSigned)
def recorded(event: PaperSigned) -> None:
    """The signature under a paper is the consent of the register; the same edition signed twice is signed once."""
    kind = ConsentKind.objects.live().filter(code=event.consent).first() if event.consent else None
    if kind is None:
        return
    person = Representative.objects.filter(pk=event.representative_id, patient=event.patient_id).first()
    actor = User.objects.filter(pk=event.actor_id).first() if event.actor_id else None
    try:
        consent_sign(
            patient_id=event.patient_id, kind=kind, actor=actor, representative=person, number=event.number,
            channel=Consent.Channel.PAPER if event.is_on_paper else Consent.Channel.TABLET, document_id=event.document_id,
        )  # fmt: skip
    except (AlreadySigned, NotFound):
        return


def pick_url() -> str:
    return reverse("patients:pick")


def groups() -> Mapping[int, Group]:
    return {
        20: Group("patient", _("Patient"), {
            "fio": _("Surname, name, patronymic"), "fio_short": _("Name with initials"), "birth_date": _("Birth date"), "age": _("Age"),
            "card_number": _("Card number"), "signer_fio": _("Who signs"),
        }, of_patient),
        22: Group("contacts", _("Contacts"), {"phone": _("Phone"), "email": _("E-mail")}, of_contacts,
                  permissions.SEE_CONTACTS),
        24: Group("identity", _("Documents and addresses"), {
            "passport": _("Passport"), "passport_issued": _("Issued by"), "snils": _("SNILS"), "inn": _("INN"),
            "policy_number": _("Policy"), "address": _("Registered at"), "actual_address": _("Lives at"),
            "representative_document": _("Representative's document"),
        }, of_identity, permissions.SEE_IDENTITY),
        30: Group("representative", _("Representative"), {
            "representative_fio": _("Surname, name, patronymic"), "representative_relation": _("Who it is"),
            "representative_authority": _("On what ground"), "representative_phone": _("Phone"),
        }, of_representative),
    }  # fmt: skip


def register() -> None:
    for order, group in groups().items():
        PLACES.register(group, module=NAME, order=order)
    FINDERS.register(Finder(pick_url, subject_of), module=NAME)
    CONSENTS.register(consents, module=NAME)
