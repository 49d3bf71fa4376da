"""How to make n rows of a list screen, so that a test can ask it with 2 and with 20 for the same number of queries.

`ROWS["staff"] = function(n, branch)`; each app adds its own, below or from a module that its tests import.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from barter.services import contract_create, organisation_ensure
from barter.services.contracts import EntryInput
from billing.models import Discount
from billing.services import TermsIn, discount_create
from clinical.models import TreatmentPlan
from core.models import AuditEntry, StoredFile, TrashEntry
from documents.models import Template as PaperTemplate
from documents.services.templates import template_save
from insurance.models import Approval, Insurer, Policy
from messaging.models import Incoming, Mailing, MailingPerson
from scheduling.models import PlannedVisit, WaitingEntry
from scheduling.services import calls_refresh
from taxes.models import Certificate, CertificateNumber, TaxRegister, TaxRegisterEntry
from taxes.rules import Person
from tests.factories import (
    BranchFactory,
    ChairFactory,
    DoctorFactory,
    LegalEntityFactory,
    PatientFactory,
    ProfessionFactory,
    ServiceFactory,
    UserFactory,
)

ROWS: dict[str, Callable[[int, Any], None]] = {}


def staff(count: int, branch: Any) -> None:
    for _number in range(count):
        person = DoctorFactory()
        person.branches.add(branch)
        person.professions.add(ProfessionFactory())
        UserFactory(staff=person)


def trash(count: int, branch: Any) -> None:
    for _number in range(count):
        chair = ChairFactory(branch=branch)
        TrashEntry.objects.create(kind="clinic.chair", row_id=chair.pk, label=chair.name)


def audit(count: int, branch: Any) -> None:
    AuditEntry.objects.bulk_create(
        [AuditEntry(code="core.trash.put", object_label=str(number), branch_id=branch.pk) for number in range(count)]
    )


def many(factory: Any, **fields: Any) -> Callable[[int, Any], None]:
    return lambda count, branch: factory.create_batch(count, **fields)


def waiting(count: int, branch: Any) -> None:
    for _number in range(count):
        entry = WaitingEntry.objects.create(patient=PatientFactory(branch=branch), branch=branch)
        entry.doctors.add(DoctorFactory())
        entry.services.add(ServiceFactory())


def replies(count: int, branch: Any) -> None:
    for _number in range(count):
        Incoming.objects.create(gateway="x", provider_key=str(uuid4()), channel="sms", address="1", branch=branch)


def mailings(count: int, branch: Any) -> None:
    for number in range(count):
        Mailing.objects.create(name=str(number), text="x", branch=branch, created_by=UserFactory())


def audience(count: int, branch: Any) -> None:
    row = Mailing.objects.create(name="x", text="x", branch=branch, created_by=UserFactory())
    for number in range(count):
        MailingPerson.objects.create(mailing=row, patient_id=number + 1, phone=f"+7900000{number:04}")


def planned(count: int, branch: Any) -> None:
    for _number in range(count):
        row = PlannedVisit.objects.create(
            patient=PatientFactory(branch=branch),
            branch=branch,
            doctor=DoctorFactory(),
            due_on="2020-01-02",
            opens_on="2020-01-01",
        )
        row.services.add(ServiceFactory())


def calls(count: int, branch: Any) -> None:
    waiting(count, branch)
    planned(count, branch)
    calls_refresh()


def barter(count: int, branch: Any) -> None:
    boss = UserFactory()
    for number in range(count):
        contract = contract_create(
            kind="organisation", organisation=organisation_ensure(name=f"Радио {uuid4()}", actor=boss), actor=boss,
            beneficiaries=[EntryInput(Decimal(100), name=f"Человек {number}")],
        )  # fmt: skip
        contract.allowed_services.add(ServiceFactory())


def insurers(count: int, branch: Any) -> None:
    Insurer.objects.bulk_create([Insurer(name=f"Страховая {number} {uuid4()}") for number in range(count)])


def insured(count: int, branch: Any) -> None:
    insurer = Insurer.objects.create(name=str(uuid4()))
    for _number in range(count):
        Policy.objects.create(
            patient=PatientFactory(branch=branch), insurer=insurer, number=str(uuid4())[:30], valid_from="2020-01-01",
            valid_to="2099-01-01",
        )  # fmt: skip


def approvals(count: int, branch: Any) -> None:
    insured(count, branch)
    doctor = DoctorFactory()
    for policy in Policy.objects.order_by("-pk")[:count]:
        plan = TreatmentPlan.objects.create(number=1, patient=policy.patient, doctor=doctor, branch=branch)
        Approval.objects.create(number=policy.pk, plan=plan, patient=policy.patient, branch=branch, policy=policy)


def discounts(count: int, branch: Any) -> None:
    terms = TermsIn(kind="percent", value=Decimal(5))
    for _number in range(count):
        discount_create(name=f"Акция {Discount.objects.count()}", terms=terms, actor=None)


def paper_templates(count: int, branch: Any) -> None:
    for _number in range(count):
        name = f"Шаблон {PaperTemplate.objects.count()}"
        template_save(name=name, kind="memo", language="ru", body="<p>{{fio}}</p>", actor=None)


def certificates(count: int, branch: Any) -> None:
    """Each of a patient of his own, corrected once, all in a register."""
    for _number in range(count):
        patient = PatientFactory(branch=branch)
        payer = Person(last_name="Ёлкина", first_name="Анна", birth_date=date(1985, 4, 12), inn="500100732259")
        number = CertificateNumber.objects.create(
            legal_entity=branch.legal_entity, year=2026, number=CertificateNumber.objects.count() + 1, patient=patient,
            payer_key=f"patient/{patient.pk}",
        )  # fmt: skip
        made = Certificate.objects.create(
            number=number, patient=patient, branch=branch, relation="self", payer_name=payer.full_name,
            payer=payer.as_kept(), subject=payer.as_kept(), code1=100, code2=0, signer="Петров", issued_on=date.today(),
        )  # fmt: skip
        file = StoredFile.objects.create(purpose="taxes.register", name="f.xml", size=1, sha256="0" * 64)
        register = TaxRegister.objects.create(
            legal_entity=branch.legal_entity, year=2026, count=1, code1=100, code2=0, file=file, made_on=date.today()
        )
        TaxRegisterEntry.objects.create(register=register, certificate=made)


ROWS |= {
    "document-templates": paper_templates,
    "tax-certificates": certificates,
    "tax-registers": certificates,
    "barter-contracts": barter,
    "barter-beneficiaries": barter,
    "insurers": insurers,
    "policies": insured,
    "approvals": approvals,
    "discounts": discounts,
    "incoming": replies,
    "mailings": mailings,
    "mailing-people": audience,
    "audit": audit,
    "call-tasks": calls,
    "planned-visits": planned,
    "branches": many(BranchFactory),
    "chairs": lambda count, branch: ChairFactory.create_batch(count, branch=branch),
    "doctor-professions": many(ProfessionFactory),
    "entities": many(LegalEntityFactory),
    "patients": lambda count, branch: PatientFactory.create_batch(count, branch=branch),
    "prices": many(ServiceFactory),
    "professions": many(ProfessionFactory),
    "staff": staff,
    "trash": trash,
    "waiting-list": waiting,
    "users": many(UserFactory, roles=["administrator", "doctor"]),
}
