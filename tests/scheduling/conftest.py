"""A day of the clinic: Sokolova works in chair 1 from 9 to 21 a week from now."""

from datetime import date, time, timedelta

import pytest

from core import clock
from scheduling.services import appointment_book, shift_create
from tests.factories import ChairFactory, DoctorFactory, PatientFactory

ZONE = "Europe/Moscow"


@pytest.fixture
def day() -> date:
    return clock.today(ZONE) + timedelta(days=7)


@pytest.fixture
def at(day):
    """at(10, 30): that time of the day; at(10, days=1): of the next."""

    def moment(hour, minute=0, days=0):
        return clock.at(day + timedelta(days=days), time(hour, minute), ZONE)

    return moment


@pytest.fixture
def sokolova(doctor):
    return doctor.staff


@pytest.fixture
def shift(sokolova, chair, at, director):
    return shift_create(doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9), ends_at=at(21), actor=director)


@pytest.fixture
def other_chair(branch):
    return ChairFactory(branch=branch, name="Кресло 2")


@pytest.fixture
def ivanov(db):
    """Another doctor."""
    return DoctorFactory(last_name="Иванов")


@pytest.fixture
def boris(branch):
    """Another patient."""
    return PatientFactory(last_name="Волков", first_name="Борис", branch=branch)


@pytest.fixture
def book(shift, sokolova, chair, anna, reception, at):
    """book(10): Anna with Sokolova in chair 1 from 10 to 11; anything may be said otherwise."""

    def make(hour=10, minute=0, *, minutes=60, patient=None, actor=None, days=0, **details):
        start = at(hour, minute, days)
        places = {"doctor_id": sokolova.pk, "chair_id": chair.pk}
        return appointment_book(
            **{
                **places,
                "patient_id": (patient or anna).pk,
                "starts_at": start,
                "ends_at": start + timedelta(minutes=minutes),
                "actor": actor or reception,
                **details,
            }
        )

    return make
