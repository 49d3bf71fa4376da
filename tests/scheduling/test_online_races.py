"""Patients and the desk at once: one place, one owner, and nobody who lost loses what he typed."""

import threading
from collections import Counter

import pytest
from django.db import connection

from core.errors import DomainError
from patients.models import Patient
from scheduling.models import Appointment, Hold, OnlineBooking
from scheduling.online.links import Slot, nonce_made
from scheduling.selectors.checking import occupancy_check
from scheduling.services import appointment_book
from scheduling.services.online import Typed, online_book, online_hold
from tests.factories import PatientFactory
from tests.scheduling.online import Phone, moment_of, set_policies, wanted_for
from tests.scheduling.test_races import race

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.slow, pytest.mark.feature("SCH-51", "SCH-38")
]  # fmt: skip
ROUNDS = 2


@pytest.fixture
def open_online(shift, branch, director):
    set_policies(director, online=True)
    return branch


def typed(number):
    return Typed(last_name=f"Пациент{number}", first_name="Анна", phone=f"+7900777{number:04}", language="ru")


def test_patients_and_the_desk_race_for_one_place(open_online, branch, sokolova, chair, at, reception):
    for round_number in range(ROUNDS):
        start = at(10 + 2 * round_number)
        wanted = wanted_for(branch)
        patients = [PatientFactory(branch=branch) for _ in range(6)]

        def desk(patient, start=start, wanted=wanted):
            return lambda: appointment_book(
                patient_id=patient.pk, doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=start,
                ends_at=start + wanted.length, actor=reception,
            )  # fmt: skip

        def patient_online(number, start=start, wanted=wanted):
            slot = Slot(branch=branch.pk, service=0, doctor=sokolova.pk, chair=chair.pk, start=start, key=nonce_made())
            return lambda: online_book(wanted=wanted, slot=slot, typed=typed(number))

        def holds(start=start, wanted=wanted):
            return online_hold(wanted=wanted, doctor_id=sokolova.pk, chair_id=chair.pk, start=start)

        calls = [*(desk(each) for each in patients), *(patient_online(number) for number in range(6)), *[holds] * 4]
        answers = race(calls)
        assert all(answer is not None for answer in answers)
        won = [answer for answer in answers if not isinstance(answer, DomainError)]
        assert len(won) == 1
        refused = Counter(answer.code for answer in answers if isinstance(answer, DomainError))
        assert set(refused) <= {"slot_taken", "slot_held"}
        assert Appointment.objects.filter(starts_at=start).count() == (0 if isinstance(won[0], Hold) else 1)
        assert occupancy_check({}).is_right
        Hold.objects.all().delete()
    assert Patient.objects.filter(last_name__startswith="Пациент").count() == OnlineBooking.objects.count()


def test_one_form_sent_by_eight_hands_is_one_booking_and_one_card(open_online, branch, sokolova, chair, at):
    slot = Slot(branch=branch.pk, service=0, doctor=sokolova.pk, chair=chair.pk, start=at(10), key=nonce_made())
    answers = race([lambda: online_book(wanted=wanted_for(branch), slot=slot, typed=typed(1)) for _ in range(8)])
    assert {answer.pk for answer in answers} == {OnlineBooking.objects.get().pk}
    assert Patient.objects.count() == 1


def test_of_two_phones_on_one_time_one_is_booked_and_the_other_keeps_his_words_and_gets_three(
    open_online, branch, sokolova, chair, at
):
    slot = Phone(address="10.0.0.1").form(branch, moment_of(at(10), sokolova, chair))
    Hold.objects.all().delete()
    other = Phone(address="10.0.0.2").form(branch, moment_of(at(10), sokolova, chair))
    Hold.objects.all().delete()
    gate, pages = threading.Barrier(2), {}

    def run(address, slot, name):
        try:
            gate.wait()
            pages[name] = Phone(address=address).send(slot, last_name=name, phone=f"+7 900 111-22-3{len(name)}")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=args)
        for args in (("10.0.0.1", slot, "Первый"), ("10.0.0.2", other, "Вторая1"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    statuses = {name: page.status_code for name, page in pages.items()}
    assert sorted(statuses.values()) == [302, 409]
    lost = next(name for name, status in statuses.items() if status == 409)
    text = pages[lost].content.decode()
    assert f'value="{lost}"' in text and text.count('name="instead"') == 3
    assert Appointment.objects.count() == 1
