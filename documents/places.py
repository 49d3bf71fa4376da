"""Places that are filled in from the clinic itself: organisation, branch, doctor, the paper's own day and number."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from clinic.selectors import staff_visible_to
from core.templatetags.ui import day, day_short
from documents import policies
from documents.models import Kind, Paper
from documents.slots import PLACES, Choice, Group, Subject

# Not words but spots: where the signature and the initials stand. They are filled in when the paper is signed.
SIGNATURE, INITIALS = "signature", "initials"
SPOTS = (SIGNATURE, INITIALS)


def of_clinic(subject: Subject) -> dict[str, Any]:
    branch, entity = subject.branch, subject.branch.legal_entity
    return {
        "company_name": entity.name, "company_short_name": entity.short_name, "company_inn": entity.inn,
        "company_kpp": entity.kpp, "company_ogrn": entity.ogrn, "company_address": entity.address,
        "company_phone": entity.phone or branch.phone, "company_email": entity.email, "licence": entity.licence,
        "director_fio": entity.director_name, "bank_details": entity.bank_details, "branch_name": branch.name,
        "branch_address": branch.address, "branch_phone": branch.phone,
        "paid_services_act": policies.PAID_SERVICES_ACT.get(),
    }  # fmt: skip


def of_paper(subject: Subject) -> dict[str, Any]:
    number, on = subject.number, subject.day
    if subject.kind != Kind.CONTRACT:
        last = Paper.objects.filter(patient_id=subject.patient_id, kind=Kind.CONTRACT).order_by("-pk").first()
        number, on = (last.number, last.day) if last else (None, None)
    return {
        "date": day(subject.day), "date_short": day_short(subject.day), "number": subject.number or "",
        "contract_number": number or "", "contract_date": day(on) if on else "",
    }  # fmt: skip


def doctors(subject: Subject) -> Sequence[tuple[int, str]]:
    rows = staff_visible_to(subject.user).filter(is_doctor=True, dismissed_on__isnull=True)
    return [(row.pk, row.full_name) for row in rows]


def of_doctor(subject: Subject) -> Mapping[str, Any]:
    pk = subject.chosen.get("doctor")
    found = staff_visible_to(subject.user).filter(pk=pk).prefetch_related("professions").first() if pk else None
    if found is None:
        return {}
    professions = ", ".join(row.name for row in found.professions.all())
    return {"doctor_fio": found.full_name, "doctor_short": found.short_name, "doctor_profession": professions}


def register() -> None:
    PLACES.register(
        Group("paper", gettext_lazy("This paper"), {
            "date": gettext_lazy("Date in words"), "date_short": gettext_lazy("Date"), "number": gettext_lazy("Number"),
            "contract_number": gettext_lazy("Number of the contract"),
            "contract_date": gettext_lazy("Date of the contract"), SIGNATURE: gettext_lazy("Signature"),
            INITIALS: gettext_lazy("Box for initials"),
        }, of_paper), module="documents", order=10,
    )  # fmt: skip
    PLACES.register(
        Group("clinic", gettext_lazy("Clinic"), {
            "company_name": gettext_lazy("Full name"), "company_short_name": gettext_lazy("Short name"),
            "company_inn": gettext_lazy("INN"), "company_kpp": gettext_lazy("KPP"), "company_ogrn": gettext_lazy("OGRN"),
            "company_address": gettext_lazy("Legal address"), "company_phone": gettext_lazy("Phone"),
            "company_email": gettext_lazy("E-mail"), "licence": gettext_lazy("Licence"), "director_fio": gettext_lazy("Head"),
            "bank_details": gettext_lazy("Bank details"), "branch_name": gettext_lazy("Branch"),
            "branch_address": gettext_lazy("Branch's address"), "branch_phone": gettext_lazy("Branch's phone"),
            "paid_services_act": gettext_lazy("Act on paid medical services"),
        }, of_clinic), module="documents", order=50,
    )  # fmt: skip
    PLACES.register(
        Group("doctor", gettext_lazy("Doctor"), {
            "doctor_fio": gettext_lazy("Surname, name, patronymic"), "doctor_short": gettext_lazy("Name with initials"),
            "doctor_profession": gettext_lazy("Profession"),
        }, of_doctor, choice=Choice("doctor", gettext_lazy("Doctor"), doctors)), module="documents", order=40,
    )  # fmt: skip
