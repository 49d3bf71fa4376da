"""Two chains, and a chain beside single bookings: one wins whole, the other has nothing."""

from datetime import time, timedelta

import pytest

from clinical.models import Chain
from clinical.selectors.chains import chain_propose
from clinical.services import LineIn, plan_approve
from core import clock
from core.errors import DomainError
from scheduling.models import Appointment, Occupancy
from scheduling.selectors.checking import occupancy_check
from scheduling.services import appointment_book, shift_create
from tests.cast import person
from tests.clinical.factories import plan_made
from tests.clinical.test_chains import book
from tests.factories import ChairFactory, DoctorFactory, PatientFactory, ServiceFactory
from tests.scheduling.test_races import codes, race, won

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.feature("MOON-02", "SCH-38")]
ZONE = "Europe/Moscow"


@pytest.fixture
def plans(branch):
    """Four plans of three visits with two doctors; all want the same first places."""
    director = person("director", "director")
    doctors = [DoctorFactory(), DoctorFactory()]
    day = clock.today(ZONE) + timedelta(days=2)
    for doctor in doctors:
        chair = ChairFactory(branch=branch)
        for number in range(3):
            start = clock.at(day + timedelta(days=number), time(9), ZONE)
            shift_create(
                doctor_id=doctor.pk,
                chair_id=chair.pk,
                starts_at=start,
                ends_at=start + timedelta(hours=3),
                actor=director,
            )
    services = [ServiceFactory(duration_min=60) for _ in range(3)]
    made = []
    for _number in range(4):
        lines = [
            LineIn(service_id=row.pk, phase=number + 1, doctor_id=doctors[number % 2].pk)
            for number, row in enumerate(services)
        ]
        plan = plan_made(branch=branch, doctor=doctors[0], actor=director, lines=lines)
        made.append(plan_approve(plan_id=plan.pk, actor=director))
    return made


def test_of_chains_for_the_same_places_one_wins_whole(plans):
    actors = [person(f"desk{number}", "director") for number in range(4)]
    proposals = [chain_propose(actor, plan) for actor, plan in zip(actors, plans, strict=True)]
    assert len({tuple(visit.spot.start for visit in each.visits) for each in proposals}) == 1
    answers = race([lambda a=a, p=p: book(a, p) for a, p in zip(actors, proposals, strict=True)])
    assert len(won(answers)) == 1 and codes(answers) == {"chain_broken": 3}
    assert Appointment.objects.count() == 3 and Chain.objects.count() == 1
    for actor, answer in zip(actors, answers, strict=True):
        if isinstance(answer, DomainError):
            book(actor, answer.proposal if len({v.spot for v in answer.proposal.visits}) == 3 else None)
            break
    assert Appointment.objects.count() == 6 and occupancy_check({}).is_right


def test_a_chain_beside_single_bookings_of_its_places(plans, branch):
    actor = person("desk", "director")
    proposal = chain_propose(actor, plans[0])
    patients = [PatientFactory(branch=branch) for _ in proposal.visits]
    singles = [
        lambda visit=visit, patient=patient: appointment_book(
            patient_id=patient.pk, doctor_id=visit.spot.doctor_id, chair_id=visit.spot.chair_id,
            starts_at=visit.spot.start, ends_at=visit.spot.end, actor=actor,
        ) for visit, patient in zip(reversed(proposal.visits), patients, strict=True)
    ]  # fmt: skip
    answers = race([lambda: book(actor, proposal), *singles])
    is_chain = not isinstance(answers[0], DomainError)
    assert Appointment.objects.filter(patient=plans[0].patient).count() == (3 if is_chain else 0)
    assert len(won(answers[1:])) == (0 if is_chain else 3) or not is_chain
    assert Occupancy.objects.filter(resource_kind="patient").count() == Appointment.objects.count()
    assert occupancy_check({}).is_right
