"""«Book the plan»: every proposed chain is booked at once as it stands, and nobody finds an earlier one."""

import random
from dataclasses import replace
from datetime import time, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinical.errors import ChainGap, PlanNotApproved
from clinical.models import Chain, ChainVisit
from clinical.selectors.booked import booked_of_plans
from clinical.selectors.chains import Asked, Wishes, alternatives_of, chain_propose, plan_visits
from clinical.services import LineIn, PlaceIn, lines_render, plan_approve, plan_book
from clinical.slots import CHAIN_WAITS, Wait
from core import clock
from core.errors import DomainError, Invalid, Stale
from core.undo import UndoBlocked, last_of, undo_last
from scheduling.errors import ChainBroken
from scheduling.models import Appointment, Hold, Occupancy, PlannedVisit, State
from scheduling.selectors.free import Spot
from scheduling.selectors.search import free_ranges
from scheduling.services import (
    appointment_book,
    appointment_cancel,
    appointment_move,
    block_create,
    chain_hold,
    chain_keep,
    chain_release,
    hold_place,
    shift_create,
)
from tests.cast import person
from tests.clinical.factories import plan_made
from tests.factories import ChairFactory, DoctorFactory, PatientFactory, ProfessionFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-02")]
ZONE = "Europe/Moscow"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def director(branch):
    """He knows the branches that there are when he signs in."""
    return person("director", "director", name="Директор")


@pytest.fixture
def day():
    return clock.today(ZONE) + timedelta(days=3)


@pytest.fixture
def at(day):
    return lambda hour, minute=0, days=0: clock.at(day + timedelta(days=days), time(hour, minute), ZONE)


@pytest.fixture
def work(at, chair, director):
    """work(doctor, 0, 1, 5): he is there from 9 to 15 on these days."""

    def make(doctor, *days, place=None, hours=(9, 15)):
        for number in days:
            shift_create(doctor_id=doctor.pk, chair_id=(place or chair).pk, starts_at=at(hours[0], days=number),
                         ends_at=at(hours[1], days=number), actor=director)  # fmt: skip

    return make


@pytest.fixture
def surgeon(doctor):
    return doctor.staff


def service(minutes=60, healing=0, most=None, **fields):
    return ServiceFactory(duration_min=minutes, healing_days=healing, healing_most=most, **fields)


def approved(director, branch, doctor, *lines, patient=None, **given):
    """Lines are (service, phase) or LineIn."""
    made = [line if isinstance(line, LineIn) else LineIn(service_id=line[0].pk, phase=line[1]) for line in lines]
    plan = plan_made(branch=branch, doctor=doctor, patient=patient, actor=director, lines=made, **given)
    return plan_approve(plan_id=plan.pk, actor=director)


def places_of(proposal):
    return [PlaceIn(v.key, v.spot.doctor_id, v.spot.chair_id, v.spot.start) for v in proposal.placed]


def book(actor, proposal, **more):
    return plan_book(
        plan_id=proposal.plan.pk, places=places_of(proposal), wishes=proposal.wishes, actor=actor, **more
    )  # fmt: skip


def days_of(proposal, day):
    return [(clock.local(v.spot.start, ZONE).date() - day).days if v.spot else None for v in proposal.visits]


@pytest.fixture
def implant(director, branch, surgeon, work):
    """An implant that heals 10 days, then a crown in two visits a week apart at most."""
    work(surgeon, *range(30))
    return approved(
        director, branch, surgeon, (service(90, 10), 1), (service(60, 3, 7), 2), (service(30), 3),
        phases=["Имплантация", "Слепок", "Коронка"],
    )  # fmt: skip


def test_the_chain_of_an_implant_obeys_healing_and_is_booked_in_one_command(implant, reception, day):
    proposal = chain_propose(reception, implant)
    assert days_of(proposal, day) == [0, 10, 13]
    chain = book(reception, proposal, expected_version=implant.version)
    rows = Appointment.objects.order_by("starts_at")
    assert [row.starts_at for row in rows] == [visit.spot.start for visit in proposal.visits]
    assert [row.minutes for row in rows] == [90, 60, 30]
    assert list(chain.visits.values_list("appointment_id", flat=True)) == [row.pk for row in rows]
    assert "Имплантация" in rows[0].comment


def test_one_undo_takes_the_whole_chain_back(implant, reception):
    book(reception, chain_propose(reception, implant))
    entry = last_of(reception)
    assert str(implant) in entry.title and len(entry.steps) == 3
    undo_last(actor=reception, entry_id=entry.pk)
    assert set(Appointment.objects.values_list("state", "is_mistake")) == {(State.CANCELLED, True)}
    assert not Occupancy.objects.exists() and booked_of_plans([implant.pk]) == {implant.pk: []}
    again = chain_propose(reception, implant)
    assert len(again.to_book) == 3


def test_the_undo_is_refused_when_somebody_has_worked_on_a_visit(implant, reception, director):
    book(reception, chain_propose(reception, implant))
    row = Appointment.objects.order_by("starts_at")[1]
    appointment_move(appointment_id=row.pk, starts_at=row.starts_at + timedelta(days=1), actor=director)
    with pytest.raises(UndoBlocked):
        undo_last(actor=reception)
    assert not Appointment.objects.filter(state=State.CANCELLED).exists()


def test_lines_become_visits_by_phase_profession_and_length(director, branch, surgeon, reception):
    dentist, hygienist = ProfessionFactory(), ProfessionFactory()
    surgeon.professions.add(dentist)
    named = DoctorFactory()
    filling, cleaning = service(60, profession=dentist), service(40, profession=hygienist)
    plan = approved(
        director, branch, surgeon, (filling, 1), (cleaning, 1), (filling, 1), (filling, 1),
        LineIn(service_id=filling.pk, doctor_id=named.pk), (service(45), 2), phase_gaps=[(5, 9)],
    )  # fmt: skip
    visits = plan_visits(plan, Wishes(), reception)
    assert [(v.phase, v.minutes, v.search.doctors, v.search.profession, v.gap) for v in visits] == [
        (1, 120, (surgeon.pk,), None, (0, None)), (1, 40, (), hygienist.pk, (1, None)), (1, 60, (surgeon.pk,), None, (1, None)),
        (1, 60, (named.pk,), None, (1, None)), (2, 45, (surgeon.pk,), None, (5, 9)),
    ]  # fmt: skip
    anybody = plan_visits(plan, Wishes(doctor="any", apart=0), reception)
    assert anybody[0].search.profession == dentist.pk and anybody[1].gap == (0, None)


def test_what_heals_is_not_followed_on_the_same_day(director, branch, surgeon, reception):
    pull, crown = service(30, 14), service(30)
    plan = approved(director, branch, surgeon, (crown, 1), (pull, 1), (pull, 1), (crown, 1))
    visits = plan_visits(plan, Wishes(), reception)
    assert [(len(v.lines), v.gap) for v in visits] == [(3, (0, None)), (1, (14, None))]


def test_what_was_done_heals_before_the_rest(implant, reception, surgeon, director, day):
    first = implant.lines.first()
    lines_render(plan_id=implant.pk, line_ids=[first.pk], doctor=surgeon, actor=director)
    implant.refresh_from_db()
    proposal = chain_propose(reception, implant)
    assert days_of(proposal, day) == [7, 10]  # done today, three days before `day`


@pytest.mark.parametrize(
    ("wishes", "days"),
    [
        ({"first": 5}, [5, 15, 18]), ({"apart": 12}, [0, 12, 24]), ({"part": "day"}, [0, 10, 13]),
        ({"time_from": time(14)}, None), ({"time_from": time(13, 30)}, [0, 10, 13]),
    ],
)  # fmt: skip
def test_wishes_of_the_patient(implant, reception, day, wishes, days):
    if "first" in wishes:
        wishes = {"first": day + timedelta(days=wishes["first"])}
    proposal = chain_propose(reception, implant, Asked(wishes=Wishes(**wishes)))
    if days is None:
        assert not proposal.placed
    else:
        # After a gap that may be seven days at most nobody is sent away for twelve.
        assert days_of(proposal, day) == days
    wanted = wishes.get("time_from")
    assert all(clock.local(v.spot.start, ZONE).time() >= wanted for v in proposal.placed if wanted)


def test_weekdays(implant, reception, day):
    monday = (day - timedelta(days=day.weekday())).weekday()
    proposal = chain_propose(reception, implant, Asked(wishes=Wishes(weekdays=(monday,))))
    dates = [clock.local(visit.spot.start, ZONE).date() for visit in proposal.visits]
    assert {each.weekday() for each in dates} == {0}
    assert (dates[1] - dates[0]).days == 14 and (dates[2] - dates[1]).days == 7


def test_a_dragged_visit_stays_and_the_rest_follows(implant, reception, day, at):
    proposal = chain_propose(reception, implant)
    second = proposal.visits[1].key
    later = chain_propose(reception, implant, Asked(floors={second: day + timedelta(days=14)}))
    assert days_of(later, day) == [0, 14, 17]
    pin = Spot(later.visits[1].spot.doctor_id, later.visits[1].spot.chair_id, at(11, 30, 12), at(12, 30, 12), ZONE)
    chosen = chain_propose(reception, implant, Asked(pins={second: pin}, newest=second))
    assert days_of(chosen, day) == [0, 12, 15] and chosen.visits[1].is_pinned
    assert chosen.visits[1].spot.start == at(11, 30, 12)
    book(reception, chosen)
    assert days_of(chain_propose(reception, implant), day) == [0, 12, 15]


def test_an_older_choice_gives_way_to_a_newer_one(implant, reception, day, at):
    proposal = chain_propose(reception, implant)
    first, second = proposal.visits[0], proposal.visits[1]
    pins = {
        first.key: replace(first.spot, start=at(9, 0, 5), end=at(10, 30, 5)),
        second.key: replace(second.spot, start=at(9, 0, 11), end=at(10, 0, 11)),
    }  # fmt: skip
    found = chain_propose(reception, implant, Asked(pins=pins, newest=first.key))
    assert days_of(found, day) == [5, 15, 18]
    assert [visit.is_unpinned for visit in found.visits] == [False, True, False]
    found = chain_propose(reception, implant, Asked(pins=pins, newest=second.key))
    assert days_of(found, day) == [0, 11, 14]


def test_other_places_for_one_visit_are_never_too_early(implant, reception, day):
    proposal = chain_propose(reception, implant)
    spots = alternatives_of(reception, proposal, proposal.visits[1], first=None)
    assert clock.local(spots[0].start, ZONE).date() == day + timedelta(days=10) and len(spots) == 12
    later = alternatives_of(reception, proposal, proposal.visits[1], first=day + timedelta(days=20), limit=1)
    assert clock.local(later[0].start, ZONE).date() == day + timedelta(days=20)
    for spot in spots[:3]:
        found = chain_propose(reception, implant, Asked(pins={proposal.visits[1].key: spot}))
        assert found.visits[1].is_pinned and len(found.placed) == 3


def test_one_doctor_of_a_profession_unless_nobody_minds(director, branch, surgeon, reception, work, chair, day):
    profession = ProfessionFactory()
    early, whole = DoctorFactory(), DoctorFactory()
    for doctor in (early, whole):
        doctor.professions.add(profession)
    other = ChairFactory(branch=branch)
    work(early, 0, 20)
    work(whole, 2, 3, place=other)
    care = service(60, profession=profession)
    plan = approved(director, branch, surgeon, (care, 1), (care, 2))
    same = chain_propose(reception, plan)
    assert days_of(same, day) == [2, 3] and {v.spot.doctor_id for v in same.visits} == {whole.pk}
    anybody = chain_propose(reception, plan, Asked(wishes=Wishes(same_doctor=False)))
    assert days_of(anybody, day) == [0, 2]


def test_two_visits_of_a_day_leave_time_to_clean_the_chair(director, branch, surgeon, reception, work, chair):
    chair.buffer_minutes = 10
    chair.save()
    work(surgeon, 0)
    plan = approved(director, branch, surgeon, (service(60), 1), (service(60), 2))
    proposal = chain_propose(reception, plan, Asked(wishes=Wishes(apart=0)))
    first, second = (visit.spot for visit in proposal.visits)
    assert second.start - first.end == timedelta(minutes=10)
    book(reception, proposal)


def test_a_chair_with_the_equipment(director, branch, surgeon, reception, work, chair, day):
    scope = ChairFactory(branch=branch, purpose="Микроскоп")
    work(surgeon, 0)
    work(surgeon, 1, place=scope)
    plan = approved(director, branch, surgeon, (service(60, chair_purpose="Микроскоп"), 1))
    proposal = chain_propose(reception, plan)
    assert days_of(proposal, day) == [1] and proposal.visits[0].spot.chair_id == scope.pk


def test_apps_above_say_what_else_has_to_wait(implant, reception, day):
    """As a laboratory does after the impression, and an insurer before a line."""
    impression, crown = list(implant.lines.order_by("phase"))[1:]

    def wait(plan, lines):
        return {
            impression.pk: [Wait("Лаборатория", days=6)],
            crown.pk: [Wait("Страховая", not_before=day + timedelta(days=20))],
        }

    CHAIN_WAITS.register(wait, module="clinical")
    try:
        proposal = chain_propose(reception, implant)
    finally:
        CHAIN_WAITS.unregister(wait)
    assert days_of(proposal, day) == [0, 13, 20] and proposal.visits[2].reasons == ["Лаборатория"]


def test_visits_beyond_the_last_shift_are_planned_without_a_date(director, branch, surgeon, reception, work, day):
    work(surgeon, 0, 1)
    plan = approved(director, branch, surgeon, (service(60, 90), 1), (service(60, 30), 2), (service(30), 3))
    proposal = chain_propose(reception, plan)
    assert days_of(proposal, day) == [0, None, None]
    assert [(each - day).days for each in (v.not_before for v in proposal.visits)] == [0, 90, 120]
    book(reception, proposal)
    assert [(row.due_on - day).days for row in PlannedVisit.objects.order_by("due_on")] == [90, 120]
    undo_last(actor=reception)
    assert set(PlannedVisit.objects.values_list("outcome", flat=True)) == {"removed"}


def test_after_a_cancelled_visit_the_rest_is_affected_and_goes_on_a_new_chain(implant, reception, day):
    book(reception, chain_propose(reception, implant))
    row = Appointment.objects.order_by("starts_at").first()
    appointment_cancel(appointment_id=row.pk, reason="Заболел", then="rebook", actor=reception)
    visits = booked_of_plans([implant.pk])[implant.pk]
    assert [(v.is_lost, v.is_affected) for v in visits] == [(True, False), (False, True), (False, True)]
    wishes = Wishes(first=day + timedelta(days=4))
    proposal = chain_propose(reception, implant, Asked(wishes=wishes))
    assert days_of(proposal, day) == [4, 14, 17]
    before = Appointment.objects.count()
    book(reception, proposal)
    assert Appointment.objects.count() == before + 1
    assert [(v.is_lost, v.is_affected) for v in booked_of_plans([implant.pk])[implant.pk]] == [(False, False)] * 3
    undo_last(actor=reception)
    open_days = Appointment.objects.filter(state=State.BOOKED).order_by("starts_at").values_list("starts_at", flat=True)
    assert [(clock.local(each, ZONE).date() - day).days for each in open_days] == [10, 13]


def test_visits_that_may_stay_stay(implant, reception, day):
    book(reception, chain_propose(reception, implant))
    row = Appointment.objects.order_by("starts_at")[1]
    appointment_cancel(appointment_id=row.pk, reason="Заболел", then="rebook", actor=reception)
    proposal = chain_propose(reception, implant)
    assert days_of(proposal, day) == [0, 10, 13] and [visit.stands for visit in proposal.visits] == [True, False, True]


def test_a_lost_place_refuses_all_and_brings_a_fresh_chain(implant, reception, director, surgeon, chair):
    proposal = chain_propose(reception, implant)
    lost = proposal.visits[1].spot
    patient = PatientFactory(branch=implant.branch)
    appointment_book(patient_id=patient.pk, doctor_id=surgeon.pk, chair_id=chair.pk, starts_at=lost.start,
                     ends_at=lost.end, actor=director)  # fmt: skip
    with pytest.raises(ChainBroken) as refused:
        book(reception, proposal)
    error = refused.value
    assert (error.status, error.facts["visit"], error.facts["because"]) == (409, 1, "slot_taken")
    assert Appointment.objects.count() == 1 and not Chain.objects.exists()
    fresh = error.proposal
    assert fresh.visits[0].spot == proposal.visits[0].spot and fresh.visits[1].spot.start == lost.end
    book(reception, fresh)
    assert Appointment.objects.count() == 4


def test_gaps_are_kept_whoever_sends_the_places(implant, reception, at):
    proposal = chain_propose(reception, implant)
    for number, moment, fact in ((1, at(9, 0, 9), "earliest"), (2, at(9, 0, 18), "latest")):
        places = places_of(proposal)
        places[number] = replace(places[number], start=moment)
        with pytest.raises(ChainGap) as refused:
            plan_book(plan_id=implant.pk, places=places, wishes=Wishes(), actor=reception)
        assert refused.value.facts["visit"] == number and fact in refused.value.facts
    for places in ([], places_of(proposal)[1:]):
        with pytest.raises(Invalid):
            plan_book(plan_id=implant.pk, places=places, wishes=Wishes(), actor=reception)
    with pytest.raises(Stale):
        book(reception, proposal, expected_version=implant.version - 1)
    assert not Appointment.objects.exists()


def test_only_an_approved_plan_is_booked(branch, director, reception, surgeon):
    plan = plan_made(branch=branch, doctor=surgeon, actor=director)
    with pytest.raises(PlanNotApproved):
        plan_book(plan_id=plan.pk, places=[], wishes=Wishes(), actor=reception)


def test_the_whole_chain_is_held_while_its_page_is_open(implant, reception, director):
    proposal = chain_propose(reception, implant)
    spots = [visit.spot for visit in proposal.visits]
    holds = chain_hold(spots=spots, actor=reception)
    assert Hold.objects.count() == 3
    elsewhere = chain_propose(director, implant)
    assert not {visit.spot.start for visit in elsewhere.visits} & {spot.start for spot in spots}
    assert [visit.spot for visit in chain_propose(reception, implant).visits] == spots
    chain_keep(hold_ids=[hold.pk for hold in holds], actor=reception)
    again = chain_hold(spots=spots[:2], actor=reception, replaces=[hold.pk for hold in holds])
    assert Hold.objects.count() == 2
    book(reception, proposal, hold_ids=[hold.pk for hold in again])
    assert not Hold.objects.exists() and Appointment.objects.count() == 3
    more = chain_hold(spots=[], actor=reception)
    chain_release(hold_ids=[hold.pk for hold in more], actor=reception)


def test_a_place_that_somebody_holds_breaks_the_chain_and_holds_nothing(implant, reception, director):
    proposal = chain_propose(reception, implant)
    spots = [visit.spot for visit in proposal.visits]
    place = {"doctor_id": spots[2].doctor_id, "chair_id": spots[2].chair_id}
    hold_place(starts_at=spots[2].start, ends_at=spots[2].end, actor=director, **place)
    with pytest.raises(ChainBroken) as refused:
        chain_hold(spots=spots, actor=reception)
    assert refused.value.facts == {"visit": 2, "because": "slot_held"}
    assert Hold.objects.get().user_id == director.pk


def test_a_proposal_costs_the_same_for_two_visits_and_for_ten(director, branch, surgeon, reception, work):
    work(surgeon, *range(25))

    def asked(count):
        plan = approved(director, branch, surgeon, *[(service(30), phase) for phase in range(1, count + 1)])
        chain_propose(reception, plan)
        with CaptureQueriesContext(connection) as queries:
            proposal = chain_propose(reception, plan)
        assert len(proposal.placed) == count
        return len(queries)

    few, many = asked(2), asked(10)
    assert many <= few + 3  # windows further ahead, not visits


@pytest.mark.parametrize("seed", range(4))
def test_no_oracle_finds_an_earlier_chain(seed, branch, director):
    """A small random clinic; the oracle tries every place of every visit by the booking itself."""
    world = random.Random(seed)
    start = clock.today(ZONE) + timedelta(days=2)
    profession = ProfessionFactory()
    doctors = [DoctorFactory(), DoctorFactory()]
    for doctor in doctors:
        doctor.professions.add(profession)
    chairs = [ChairFactory(branch=branch, buffer_minutes=world.choice((0, 10))) for _ in range(2)]
    moments = [clock.at(start + timedelta(days=number), time(9), ZONE) for number in range(5)]
    for begins in moments:
        for number, chair in enumerate(chairs):
            if world.random() < 0.7:
                attempt(shift_create, doctor_id=doctors[(number + world.randrange(2)) % 2].pk, chair_id=chair.pk,
                        starts_at=begins, ends_at=begins + timedelta(hours=world.choice((1, 2))), actor=director)  # fmt: skip
    patient = PatientFactory(branch=branch)
    for number in range(12):
        begins = world.choice(moments) + timedelta(minutes=30 * world.randrange(4))
        place = {"doctor_id": world.choice(doctors).pk, "chair_id": world.choice(chairs).pk, "starts_at": begins,
                 "ends_at": begins + timedelta(minutes=30)}  # fmt: skip
        kind = world.randrange(6)
        if kind == 0:
            attempt(hold_place, actor=person(f"u{number}", "senior"), **place)
        elif kind == 1:
            attempt(block_create, kind="lunch", actor=director, **{**place, "doctor_id": None})
        else:
            attempt(appointment_book, patient_id=world.choice([patient, PatientFactory()]).pk, actor=director, **place)
    sorts = [service(world.choice((30, 60)), world.choice((0, 1, 2)), profession=profession) for _ in range(3)]
    plan = approved(
        director, branch, DoctorFactory(), *[(sort, number + 1) for number, sort in enumerate(sorts)], patient=patient
    )
    wishes = Wishes(apart=world.choice((0, 1)), same_doctor=world.random() < 0.5)
    proposal = chain_propose(director, plan, Asked(wishes=wishes))
    known = earliest_known(plan, wishes, doctors, chairs, moments, director)
    assert [visit.spot.start for visit in proposal.placed] == known
    assert known, "a seed without a chain proves nothing"
    book(director, proposal)
    rows = Appointment.objects.filter(patient=patient, in_chains__isnull=False).order_by("starts_at")
    assert [row.starts_at for row in rows] == known


def earliest_known(plan, wishes, doctors, chairs, moments, actor):
    """Of all chains as far as there are any: the one that ends first, then the one whose visits are earlier."""
    visits = plan_visits(plan, wishes, actor)
    by_length = {}
    for visit in {visit.search.length: visit for visit in visits}.values():
        places = product(moments, range(0, 120, 10), doctors, chairs)
        by_length[visit.search.length] = [
            (begins + minute * MINUTE, doctor.pk, chair.pk) for begins, minute, doctor, chair in places
            if books(plan, visit, doctor, chair, begins + minute * MINUTE, actor)
        ]  # fmt: skip
    able = [by_length[visit.search.length] for visit in visits]
    pause = max(chair.buffer_minutes for chair in chairs) * MINUTE
    for count in range(len(visits), 0, -1):
        chains = [[]]
        for number in range(count):
            chains = [
                [*chain, place] for chain in chains for place in able[number]
                if not chain or follows(visits[number], visits[number - 1], chain, place, pause, wishes)
            ]  # fmt: skip
        if chains:
            return min(([place[0] for place in chain] for chain in chains), key=lambda starts: (starts[-1], starts))
    return []


def follows(visit, before, chain, place, pause, wishes):
    last = chain[-1]
    days = (clock.local(place[0], ZONE).date() - clock.local(last[0], ZONE).date()).days
    is_same = not wishes.same_doctor or place[1] == last[1]
    return is_same and days >= visit.gap[0] and place[0] >= last[0] + before.search.length + pause


def attempt(verb, **options):
    try:
        return verb(**options)
    except DomainError:
        return None


def books(plan, visit, doctor, chair, start, actor) -> bool:
    """Whether the booking would succeed; it leaves nothing behind."""
    try:
        with transaction.atomic():
            appointment_book(patient_id=plan.patient_id, doctor_id=doctor.pk, chair_id=chair.pk, starts_at=start,
                             ends_at=start + visit.search.length, actor=actor)  # fmt: skip
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def test_every_visit_lies_in_a_free_range(implant, reception, surgeon, chair, day):
    """One truth with first-free search."""
    for visit in chain_propose(reception, implant).visits:
        rows = free_ranges(reception, replace(visit.search, first=day, last=day + timedelta(days=30)))
        assert any(row.first <= visit.spot.start <= row.last and row.doctor_id == visit.spot.doctor_id for row in rows)


def test_a_chain_visit_is_booked_or_planned_and_stands_once(implant, reception):
    chain = book(reception, chain_propose(reception, implant))
    for wrong in ({"position": 0, "appointment": chain.visits.first().appointment}, {"position": 9}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChainVisit.objects.create(chain=chain, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChainVisit.objects.filter(chain=chain).update(gap_days=5, gap_most=4)
