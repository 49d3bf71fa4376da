"""The fixed cast: people whom every test knows."""

import pytest

from clinic.models import User
from clinic.reference import load_roles
from clinic.selectors import user_loaded
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory, UserFactory


def person(username: str, *roles: str, branches=(), **fields) -> User:
    """A user with roles, loaded with his rights as a request loads him."""
    load_roles()
    made = UserFactory(username=username, roles=roles, branches=list(branches), **fields)
    return user_loaded(made.pk)


def person_with(*codes: str, branches=(), username: str = "one") -> User:
    """A user with exactly these rights and no role; sees every branch unless some are named."""
    made = UserFactory(username=username, granted=list(codes), branches=list(branches))
    return user_loaded(made.pk)


@pytest.fixture
def branch(db):
    return BranchFactory(name="Центр")


@pytest.fixture
def other_branch(db, branch):
    return BranchFactory(name="Север", legal_entity=branch.legal_entity)


@pytest.fixture
def chair(branch):
    return ChairFactory(branch=branch, name="Кресло 1")


@pytest.fixture
def director(db):
    return person("director", "director", name="Директор")


@pytest.fixture
def reception(branch):
    return person("reception", "administrator", branches=[branch])


@pytest.fixture
def stranger(other_branch):
    """An administrator of another branch."""
    return person("stranger", "administrator", branches=[other_branch])


@pytest.fixture
def doctor(branch):
    """A doctor's account; `doctor.staff` is the person in the calendar."""
    return person("doctor", "doctor", branches=[branch], staff=DoctorFactory(last_name="Соколова"))


@pytest.fixture
def accountant(branch):
    return person("accountant", "finance", branches=[branch])


@pytest.fixture
def anna(branch):
    return PatientFactory(last_name="Ёлкина", first_name="Анна", branch=branch, phone="+79001234567")
