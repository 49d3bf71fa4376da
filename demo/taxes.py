"""Two tax certificates of the demo: one for the payer's own treatment, corrected since, one of a parent for a child."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Sum

from billing.models import PaymentPart
from clinic.selectors import user_loaded
from demo.world import World
from patients.models import Patient
from taxes.rules import Person, inn_fits
from taxes.selectors import payers_of, person_told
from taxes.services import Request, certificate_correct, certificate_issue

HEAD = "Ковалёв Андрей Борисович"
AUTHORITY = "доверенность от 12.01.2026 № 3"


def build(world: World) -> None:
    actor = user_loaded(world.users["director"].pk)
    payers = [patient for patient in paying(world) if patient.birth_date]
    grown = [patient for patient in payers if (patient.age_on(world.today) or 0) >= 18]
    young = [patient for patient in payers if (patient.age_on(world.today) or 18) < 18]
    for patient in grown[:1]:
        asked = request(patient, None, actor)
        made = certificate_issue(
            patient_id=patient.pk, year=world.today.year, payer_key=f"patient/{patient.pk}", request=asked, actor=actor
        )
        certificate_correct(
            certificate_id=made.pk, request=replace(asked, authority=AUTHORITY), reason="Подписал другой сотрудник",
            actor=actor,
        )  # fmt: skip
    for patient in young:
        parent = next((each for each in payers_of(patient) if each.relation == "parent"), None)
        if parent is not None:
            certificate_issue(
                patient_id=patient.pk, year=world.today.year, payer_key=parent.key,
                request=request(patient, parent, actor), actor=actor,
            )  # fmt: skip
            break


def paying(world: World) -> list[Patient]:
    """Who has paid most this year for services, the first hundred."""
    rows = PaymentPart.objects.filter(share__kind="patient", payment__taken_on__year=world.today.year)
    sums = rows.values_list("invoice__patient").annotate(sum=Sum("amount")).filter(sum__gt=0).order_by("-sum")[:100]
    cards = Patient.objects.in_bulk([pk for pk, _sum in sums])
    return [cards[pk] for pk, _sum in sums]


def request(patient: Patient, parent: Any, actor: Any) -> Request:
    payer = person_told(patient, parent, actor)
    subject = person_told(patient, None, actor)
    return Request(payer=with_inn(payer, patient.pk), subject=with_inn(subject, patient.pk + 1), signer=HEAD)


def with_inn(person: Person, number: int) -> Person:
    """Invented people have no documents of the tax office: an INN of a region that there is not."""
    inn = next(text for tail in range(100) if inn_fits(text := f"00{number % 10**8:08}{tail:02}"))
    return replace(person, inn=inn, birth_date=person.birth_date or date(1985, 5, 17))
