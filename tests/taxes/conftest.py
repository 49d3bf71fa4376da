"""A patient with documents, services of both codes, days of the year."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
import time_machine

from billing.services import LineInput, invoice_make
from clinic.models import LegalEntity
from patients.models import Representative
from patients.services import identity_change
from taxes.models import Relation
from taxes.rules import Person
from taxes.services import Request
from tests.billing.conftest import api, approved_plan, statements  # noqa: F401  fixtures
from tests.billing.money import D
from tests.factories import ServiceFactory

INN = "500100732259"
HEAD = "Петров Пётр Петрович"


@contextmanager
def on(year, month, day):
    with time_machine.travel(datetime(year, month, day, 9, tzinfo=UTC), tick=True):
        yield


def sold(patient, actor, ordinary=0, expensive=0):
    """An issued invoice with an ordinary and an expensive service of these prices."""
    lines = [
        LineInput(service_id=ServiceFactory(price=str(price), tax_code=code).pk)
        for code, price in (("1", ordinary), ("2", expensive))
        if price
    ]
    return invoice_make(patient_id=patient.pk, lines=lines, actor=actor)


def a_request(last_name="Ёлкина", first_name="Анна", *, subject=None, payments=None, relation="", inn=INN):
    payer = Person(last_name=last_name, first_name=first_name, inn=inn, birth_date=date(1985, 4, 12))
    return Request(payer=payer, subject=subject, relation=relation, payments=payments, signer=HEAD)


SUBJECT = Person(
    last_name="Ёлкина", first_name="Анна", birth_date=date(2015, 2, 3), document_code="03",
    document_number="IV-МЮ 123456", document_on=date(2015, 2, 20),
)  # fmt: skip


@pytest.fixture
def anna(anna, branch, director):
    LegalEntity.objects.update(director_name=HEAD, kpp="770701001")
    anna.birth_date = date(1985, 4, 12)
    anna.save()
    identity_change(patient_id=anna.pk, changes={"inn": INN}, actor=director)
    return anna


@pytest.fixture
def spouse(anna):
    return Representative.objects.create(
        patient=anna, full_name="Ёлкин Борис Гасан оглы", relation=Representative.Relation.SPOUSE, inn="",
        birth_date=date(1980, 1, 2),
    )  # fmt: skip


__all__ = ["HEAD", "INN", "SUBJECT", "D", "Relation", "a_request", "on", "sold"]
