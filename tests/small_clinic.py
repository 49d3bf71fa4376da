"""A clinic small enough for one test: two branches, two doctors, four patients, and something of everything.

Made through services, as people would make it. `addresses()` gives every object's number by name, so that a table of
addresses may say `/invoices/{invoice}/`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import transaction

from barter.services import contract_activate, contract_create, organisation_ensure
from barter.services.contracts import EntryInput
from billing.models import Article
from billing.services import LineInput, cash_move, deposit_put, invoice_make, payment_accept, shift_open
from billing.services.cash import desk_ensure
from catalog.models import Diagnosis
from clinic.models import User
from clinical.services import LineIn, diagnosis_note, plan_approve, plan_create
from core import clock
from core.models import Job, SavedView
from insurance.services import approval_request, insurer_save, policy_save
from messaging.recipients import Recipient
from messaging.services import message_queue
from patients.models import Patient
from patients.services import alert_add, identity_change
from scheduling.services import appointment_book, hold_place, shift_create
from taxes.rules import Person
from taxes.services import Request as CertificateRequest
from taxes.services import certificate_issue
from tests.cast import person
from tests.factories import (
    BranchFactory,
    ChairFactory,
    DoctorFactory,
    LegalEntityFactory,
    PatientFactory,
    ServiceFactory,
)
from work.services import task_create

ZONE = "Europe/Moscow"
PASSPORT = "123456"
ROLES = (
    "director", "administrator", "senior", "callcentre", "doctor", "assistant", "coordinator", "marketer", "sales",
    "finance",
)  # fmt: skip


def moment(day: date, hour: int, minute: int = 0) -> Any:
    return clock.at(day, time(hour, minute), ZONE)


def small_clinic(day: date | None = None) -> SimpleNamespace:
    """Everything happens today in branch «Центр»; «Север» is the stranger's branch with the same of its own."""
    it = SimpleNamespace(day=day or clock.today(ZONE))
    entity = LegalEntityFactory()
    it.branch = BranchFactory(name="Центр", legal_entity=entity)
    it.north = BranchFactory(name="Север", legal_entity=entity)
    it.chair = ChairFactory(branch=it.branch, name="Кресло 1")
    it.chair2 = ChairFactory(branch=it.branch, name="Кресло 2")
    it.north_chair = ChairFactory(branch=it.north, name="Кресло Север")
    it.sokolova = DoctorFactory(last_name="Соколова", first_name="Марина")
    it.ivanov = DoctorFactory(last_name="Иванов", first_name="Пётр", middle_name="Ильич")
    it.people = {role: person(role, role, branches=[] if role == "director" else [it.branch]) for role in ROLES}
    it.people["doctor"] = _linked(it.people["doctor"], it.sokolova)
    it.boss = it.people["director"]
    it.service = ServiceFactory(name="Лечение кариеса дентина", price="5000.00")
    it.anna = PatientFactory(last_name="Ёлкина", first_name="Анна", branch=it.branch, phone="+79001234567")
    passport = {
        "passport_series": "4509",
        "passport_number": "123456",
        "registered_address": "Москва, Ленинский пр., 5",
    }
    identity_change(patient_id=it.anna.pk, changes=passport, actor=it.boss)
    it.boris = PatientFactory(last_name="Волков", first_name="Борис", middle_name="", branch=it.branch)
    it.gleb = PatientFactory(last_name="Лосев", first_name="Глеб", middle_name="", branch=it.branch)
    it.vera = PatientFactory(last_name="Чужова", first_name="Вера", branch=it.north, phone="+79007654321")
    _calendar(it)
    _medicine(it)
    _money(it)
    _barter(it)
    _insurance(it)
    _talk(it)
    return it


@contextmanager
def kept_clinic(django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """One clinic for many tests that only look: built once, gone with its transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield small_clinic()
        transaction.set_rollback(True)


def _linked(user: User, staff: Any) -> User:
    from clinic.selectors import user_loaded

    User.objects.filter(pk=user.pk).update(staff=staff)
    return user_loaded(user.pk)


def _calendar(it: SimpleNamespace) -> None:
    for name, doctor, chair in (
        ("shift", it.sokolova, it.chair), ("ivanov_shift", it.ivanov, it.chair2), ("north_shift", None, it.north_chair),
    ):  # fmt: skip
        it.north_doctor = doctor or DoctorFactory(last_name="Северов", first_name="Олег")
        for days in (0, 1, 2):
            day = it.day + timedelta(days=days)
            made = shift_create(
                doctor_id=it.north_doctor.pk, chair_id=chair.pk, starts_at=moment(day, 9), ends_at=moment(day, 21),
                actor=it.boss,
            )  # fmt: skip
            if not days:
                setattr(it, name, made)

    def visit(patient: Patient, doctor: Any, chair: Any, hour: int) -> Any:
        return appointment_book(
            patient_id=patient.pk, doctor_id=doctor.pk, chair_id=chair.pk, starts_at=moment(it.day, hour),
            ends_at=moment(it.day, hour + 1), service_ids=[it.service.pk], actor=it.boss,
        )  # fmt: skip

    it.visit = visit(it.anna, it.sokolova, it.chair, 10)
    it.other_visit = visit(it.boris, it.ivanov, it.chair2, 11)
    it.north_visit = visit(it.vera, it.north_doctor, it.north_chair, 12)
    it.hold = hold_place(
        doctor_id=it.sokolova.pk, chair_id=it.chair.pk, starts_at=moment(it.day, 18), ends_at=moment(it.day, 19),
        actor=it.boss,
    )  # fmt: skip


def _medicine(it: SimpleNamespace) -> None:
    it.caries = Diagnosis.objects.get(code="K02.1")
    it.diagnosis = diagnosis_note(
        patient_id=it.anna.pk, diagnosis_id=it.caries.pk, teeth=[36], actor=it.boss, doctor=it.sokolova
    )[0]
    it.alert = alert_add(patient_id=it.anna.pk, actor=it.boss, title="Лидокаин", kind="allergy")
    for name, patient, doctor, branch in (
        ("plan", it.anna, it.sokolova, it.branch), ("other_plan", it.boris, it.ivanov, it.branch),
        ("north_plan", it.vera, it.north_doctor, it.north),
    ):  # fmt: skip
        made = plan_create(
            patient_id=patient.pk, doctor=doctor, branch=branch, actor=it.boss,
            lines=[LineIn(service_id=it.service.pk, teeth=[36])],
        )  # fmt: skip
        setattr(it, name, plan_approve(plan_id=made.pk, actor=it.boss))


def _money(it: SimpleNamespace) -> None:
    article = Article.objects.filter(direction="both").first()
    for word, patient, branch, doctor in (
        ("", it.anna, it.branch, it.sokolova), ("north_", it.vera, it.north, it.north_doctor),
    ):  # fmt: skip
        desk = desk_ensure(branch.pk)
        shift = shift_open(desk_id=desk.pk, actor=it.boss)
        invoice = invoice_make(
            patient_id=patient.pk, lines=[LineInput(service_id=it.service.pk, doctor_id=doctor.pk)], actor=it.boss,
            branch_id=branch.pk,
        )  # fmt: skip
        payment = payment_accept(invoice_id=invoice.pk, tenders=[("cash", Decimal("3000.00"))], actor=it.boss).payment
        deposit_put(
            patient_id=patient.pk, tenders=[("card", Decimal("700.00"))], actor=it.boss, branch_id=branch.pk
        )  # fmt: skip
        cash_move(shift_id=shift.pk, article_id=article.pk, amount=Decimal("100.00"), into=True, actor=it.boss)
        for name, made in (("desk", desk), ("cash_shift", shift), ("invoice", invoice), ("payment", payment)):
            setattr(it, word + name, made)
        setattr(it, word + "certificate", _certificate(it, patient))
    it.article = article


def _certificate(it: SimpleNamespace, patient: Patient) -> Any:
    """What a patient has paid today, for the tax office."""
    payer = Person(
        last_name=patient.last_name, first_name=patient.first_name, birth_date=date(1985, 4, 12), inn="500100732259"
    )
    return certificate_issue(
        patient_id=patient.pk, year=it.day.year, payer_key=f"patient/{patient.pk}",
        request=CertificateRequest(payer=payer, signer="Петров Пётр Петрович"), actor=it.boss,
    )  # fmt: skip


def _barter(it: SimpleNamespace) -> None:
    """Gleb by barter of a radio; Vera's is the stranger's."""
    for word, patient in (("", it.gleb), ("north_", it.vera)):
        contract = contract_create(
            kind="organisation", organisation=organisation_ensure(name=f"Радио {patient.last_name}", actor=it.boss),
            over_limit="organisation", actor=it.boss, beneficiaries=[EntryInput(Decimal("20000.00"), patient.pk)],
        )  # fmt: skip
        setattr(it, word + "barter", contract_activate(contract_id=contract.pk, actor=it.boss))
        setattr(it, word + "entry", contract.beneficiaries.get())
    it.organisation = it.barter.organisation


def _insurance(it: SimpleNamespace) -> None:
    """Gleb has a policy, and a plan of his waits for the insurer."""
    it.insurer = insurer_save(name="Северная звезда", actor=it.boss)
    it.policy = policy_save(
        patient_id=it.gleb.pk, insurer=it.insurer, number="77-1001", valid_from=it.day - timedelta(days=30),
        valid_to=it.day + timedelta(days=300), limit=Decimal("4321.00"), actor=it.boss,
    )  # fmt: skip
    it.dms_plan = plan_create(
        patient_id=it.gleb.pk, doctor=it.ivanov, branch=it.branch, actor=it.boss,
        lines=[LineIn(service_id=it.service.pk, teeth=[37])],
    )  # fmt: skip
    it.approval = approval_request(plan_id=it.dms_plan.pk, policy_id=it.policy.pk, actor=it.boss)


def _talk(it: SimpleNamespace) -> None:
    for name, patient, branch in (("message", it.anna, it.branch), ("north_message", it.vera, it.north)):
        recipient = Recipient(phone=patient.phone, name=patient.full_name, patient_id=patient.pk, branch_id=branch.pk)
        made = message_queue(
            purpose="manual", recipient=recipient, branch=branch, actor=it.boss, text="Ждём вас завтра",
            send_after=clock.now() + timedelta(days=1),
        )  # fmt: skip
        setattr(it, name, made)
    it.task = task_create(title="Сверить кассу", actor=it.boss, executor=it.boss)
    it.saved_view = SavedView.objects.create(listing="patients", title="Мои", owner=it.boss)
    it.job = Job.objects.create(kind="core.export", title="Выгрузка", owner=it.boss)


def addresses(it: SimpleNamespace) -> dict[str, Any]:
    """Numbers of objects for addresses and bodies."""
    found = {name: made.pk for name, made in vars(it).items() if getattr(made, "pk", None) is not None}
    return found | {"job_key": it.job.key, "day": it.day.isoformat(), "passport": PASSPORT}
