"""A small clinic with a month of money: invoices, part payments, deposits, a roll-back, a merge of cards."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from billing.services import LineInput, deposit_put, deposit_withdraw, invoice_make, invoice_rollback, payment_accept
from clinic.models import Staff
from core import clock
from insurance.services import insurer_save, policy_save, programme_save
from scheduling.models import Appointment, PhoneCall, State
from tests.cast import person
from tests.factories import (
    CategoryFactory,
    ChairFactory,
    DoctorFactory,
    PatientFactory,
    ServiceFactory,
)


def paid(amount: str, method: str = "cash") -> list[tuple[str, Decimal]]:
    return [(method, Decimal(amount))]


@pytest.fixture
def month(branch, other_branch, director):
    """Fifteen days of two branches, two doctors, three directions; made by the services themselves."""
    doctors = [DoctorFactory(last_name="Соколова"), DoctorFactory(last_name="Морозов")]
    services = [ServiceFactory(category=CategoryFactory(), price=price) for price in ("1500.50", "3200.00", "999.99")]
    chairs = {place.pk: ChairFactory(branch=place) for place in (branch, other_branch)}
    patients = [PatientFactory(branch=place) for place in (branch, other_branch) for _ in range(3)]
    today = clock.now()
    for number in range(15):
        moment = today - timedelta(days=15 - number)
        patient, doctor, service = patients[number % 6], doctors[number % 2], services[number % 3]
        with time_machine.travel(moment, tick=False):
            one_day(number, patient, doctor, service, chairs[patient.branch_id], director)
    return {"doctors": doctors, "services": services, "patients": patients}


def one_day(number: int, patient, doctor: Staff, service, chair, director) -> None:
    moment = clock.now()
    state = State.NO_SHOW if number % 5 == 4 else State.COMPLETED
    Appointment.objects.create(
        patient=patient, doctor=doctor, chair=chair, branch=chair.branch, state=state,
        starts_at=moment, ends_at=moment + timedelta(minutes=30),
    )  # fmt: skip
    PhoneCall.objects.create(
        phone=f"+7999000{number:04}", patient=patient, branch=chair.branch, started_at=moment,
        **({"state": "missed"} if number % 2 else {"state": "ended", "answered_at": moment}),
    )  # fmt: skip
    deposit_put(patient_id=patient.pk, tenders=paid("700.25", "card"), actor=director)
    invoice = invoice_make(
        patient_id=patient.pk, actor=director, discount=Decimal("100.01"), discount_reason="праздник",
        lines=[LineInput(service_id=service.pk, quantity=count, doctor_id=doctor.pk) for count in (1, 2)],
    )  # fmt: skip
    if number % 3 == 0:
        payment_accept(invoice_id=invoice.pk, tenders=[*paid("500.50"), *paid("250.00", "card")], actor=director)
    if number % 4 == 1:
        payment_accept(invoice_id=invoice.pk, tenders=paid("300.00", "deposit"), actor=director)
    if number % 5 == 2:
        payment_accept(invoice_id=invoice.pk, tenders=paid("20000.00"), actor=director)
    if number % 6 == 3:
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director, refund=number % 2 == 1)
    if number % 7 == 6:
        deposit_withdraw(
            patient_id=patient.pk, method="cash", reason="по заявлению", amount=Decimal("50.00"), actor=director
        )


@pytest.fixture
def insured(month, director):
    """A patient of each branch comes by a policy for five days."""
    today = clock.today("Europe/Moscow")
    insurer = insurer_save(name="Северная звезда", actor=director)
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", needs_approval=False, actor=director)
    for patient in (month["patients"][1], month["patients"][4]):
        policy_save(
            patient_id=patient.pk, insurer=insurer, programme=programme, number=f"77-{patient.pk}", actor=director,
            valid_from=today - timedelta(days=60), valid_to=today + timedelta(days=60),
        )  # fmt: skip
        for number in range(5):
            with time_machine.travel(clock.now() - timedelta(days=2 + 3 * number), tick=False):
                doctor, service = month["doctors"][number % 2], month["services"][number % 3]
                line = LineInput(service_id=service.pk, doctor_id=doctor.pk)
                invoice_make(patient_id=patient.pk, actor=director, lines=[line])


@pytest.fixture
def own_doctor(month, branch):
    """A doctor's account that may see money: of his own work."""
    return person(
        "own",
        "doctor",
        branches=[branch],
        staff=month["doctors"][0],
        granted=["reports.see_money", "reports.see_bookings", "reports.see_home"],
    )
