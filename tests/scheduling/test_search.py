"""First-free search: every answer is booked as given, and nobody finds an earlier one."""

import html
import random
import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import BranchDay, BranchHours
from core import clock
from core.errors import DomainError
from scheduling.finding_forms import SearchForm, week_of
from scheduling.models import State, VisitType
from scheduling.selectors.search import Search, free_ranges, offers_find, search_for
from scheduling.services import appointment_book, appointment_set_state, block_create, hold_place, shift_create
from tests.cast import person
from tests.factories import (
    BranchFactory,
    ChairFactory,
    DoctorFactory,
    PatientFactory,
    ProfessionFactory,
    ServiceFactory,
)
from tests.scheduling.test_api import api_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-40")]
ZONE = "Europe/Moscow"
HOUR = timedelta(hours=1)


def search(**wishes):
    return Search(**{"length": HOUR, **wishes})


def first(user, **wishes):
    found = offers_find(user, search(**wishes), limit=1)
    return found[0].start if found else None


def test_the_first_free_hour_of_a_doctor(book, shift, reception, at):
    assert first(reception) == at(9)
    book(9, minutes=90)
    assert first(reception) == at(10, 30)
    assert first(reception, length=3 * HOUR) == at(10, 30)


def test_answers_go_on_the_marks_of_the_schedule(book, reception, at, boris):
    book(9, minutes=20)
    starts = [spot.start for spot in offers_find(reception, search(), limit=3)]
    assert starts == [at(9, 20), at(9, 30), at(9, 45)]


def test_spread_offers_do_not_overlap(book, reception, at):
    book(9, minutes=20)
    starts = [spot.start for spot in offers_find(reception, search(), limit=3, is_spread=True)]
    assert starts == [at(9, 20), at(10, 30), at(11, 30)]


def test_two_shifts_that_touch_are_one(shift, sokolova, chair, director, reception, at):
    for start, end in ((9, 12), (12, 15)):
        shift_create(
            doctor_id=sokolova.pk,
            chair_id=chair.pk,
            starts_at=at(start, days=1),
            ends_at=at(end, days=1),
            actor=director,
        )
    assert first(reception, first=at(0, days=1).date() + timedelta(days=1), length=6 * HOUR) == at(9, days=1)


@pytest.mark.parametrize(
    ("wishes", "hour"),
    [
        ({"part": "day"}, 12), ({"part": "evening"}, 17), ({"time_from": time(18, 10)}, 18), ({"time_to": time(10)}, 9),
        ({"time_from": time(20), "time_to": time(21)}, 20),
    ],
)  # fmt: skip
def test_hours_that_somebody_wants(shift, reception, at, wishes, hour):
    assert clock.local(first(reception, **wishes), ZONE).hour == hour


def test_hours_that_nobody_works(shift, reception, day):
    for wishes in (
        {"time_from": time(20, 30)}, {"time_to": time(9, 30)}, {"weekdays": frozenset({(day.weekday() + 1) % 7})},
        {"first": day + timedelta(days=1)}, {"last": day - timedelta(days=1)}, {"purpose": "КТ"},
    ):  # fmt: skip
        assert first(reception, **wishes) is None, wishes


def test_who_and_where(shift, sokolova, ivanov, chair, other_chair, reception, director, at):
    other_chair.purpose = "Микроскоп"
    other_chair.save()
    profession = ProfessionFactory()
    ivanov.professions.add(profession)
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(12), ends_at=at(15), actor=director)
    for wishes in (
        {"doctors": (ivanov.pk,)}, {"profession": profession.pk}, {"purpose": "Микроскоп"}, {"chair": other_chair.pk},
        {"branches": (other_chair.branch_id,), "doctors": (ivanov.pk, 999_999)},
    ):  # fmt: skip
        (spot,) = offers_find(reception, search(**wishes), limit=1)
        assert (spot.doctor_id, spot.chair_id, spot.start) == (ivanov.pk, other_chair.pk, at(12)), wishes
    assert first(reception, branches=(999_999,)) is None


def test_the_patient_is_not_in_two_places(book, anna, ivanov, other_chair, reception, director, at):
    book(9)
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(12), actor=director)
    assert first(reception, doctors=(ivanov.pk,)) == at(9)
    assert first(reception, doctors=(ivanov.pk,), patient=anna.pk) == at(10)


def test_own_minutes_of_a_doctor_of_two_chairs(book, sokolova, other_chair, reception, director, at):
    shift_create(doctor_id=sokolova.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
    book(10, minutes=60, own_minutes=30)
    wanted = {"chair": other_chair.pk, "time_from": time(9, 45)}
    assert first(reception, **wanted) == at(10, 30)
    assert first(reception, **{**wanted, "time_from": time(9, 30)}, own_minutes=30) == at(9, 30)


def test_clean_up_of_the_chair_and_of_the_services(book, chair, reception, at):
    chair.buffer_minutes = 10
    chair.save()
    book(10)
    service = ServiceFactory(duration_min=60, buffer_min=25)
    assert first(reception) == at(11, 10)
    assert first(reception, length=HOUR / 2) == at(9)
    found = offers_find(reception, search_for([service]), limit=1)
    assert found[0].start == at(11, 10)


def test_kept_time_is_for_its_visits_only(shift, chair, reception, director, at):
    block_create(chair_id=chair.pk, doctor_id=None, kind="emergency", starts_at=at(9), ends_at=at(12), actor=director)
    pain = VisitType.objects.create(name="Боль", duration_min=60, is_urgent=True)
    assert first(reception) == at(12)
    assert offers_find(reception, search_for(visit_type=pain), limit=1)[0].start == at(9)


def test_holds_of_others_and_own_ones(shift, sokolova, chair, reception, director, at):
    hold_place(doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9), ends_at=at(10), actor=director)
    assert first(reception) == at(10)
    assert first(director) == at(9)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert first(reception) == at(9)


def test_strangers_and_doctors_see_their_own(shift, stranger, doctor, ivanov, other_chair, director, at):
    shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(6 + 3), ends_at=at(15), actor=director)
    assert first(stranger) is None
    assert {spot.doctor_id for spot in offers_find(doctor, search(), limit=50)} == {doctor.staff_id}


def test_closed_days_and_short_ones(shift, branch, reception, day, at):
    BranchDay.objects.create(branch=branch, date=day, opens=time(14), closes=time(15, 30))
    assert first(reception) == at(14)
    assert first(reception, length=2 * HOUR) is None


def test_today_begins_now(branch, chair, director, reception, sokolova):
    with time_machine.travel(clock.at(date(2027, 3, 1), time(10, 7, 20), ZONE), tick=False):
        today = date(2027, 3, 1)
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=clock.at(today, time(9), ZONE),
            ends_at=clock.at(today, time(21), ZONE), actor=director,
        )  # fmt: skip
        starts = [spot.start for spot in offers_find(reception, search(), limit=2)]
        assert offers_find(reception, search(), limit=1, is_spread=True)[0].start == clock.at(today, time(10, 15), ZONE)
    assert starts == [clock.at(today, time(10, 8), ZONE), clock.at(today, time(10, 15), ZONE)]


def test_branches_of_two_zones_come_in_one_order(director, branch, chair, sokolova, ivanov, day):
    """21:00 in Bucharest is later than 21:00 in Moscow, and both are some evening of the same day."""
    bucharest = BranchFactory(name="București", timezone="Europe/Bucharest", legal_entity=branch.legal_entity)
    far = ChairFactory(branch=bucharest)
    director = person("everywhere", "director")
    for doctor, place, zone in ((sokolova, chair, ZONE), (ivanov, far, "Europe/Bucharest")):
        shift_create(
            doctor_id=doctor.pk, chair_id=place.pk, starts_at=clock.at(day, time(9), zone),
            ends_at=clock.at(day, time(12), zone), actor=director,
        )  # fmt: skip
    found = offers_find(director, search(), limit=20)
    assert [spot.start for spot in found] == sorted(spot.start for spot in found)
    assert {spot.zone for spot in found} == {ZONE, "Europe/Bucharest"}
    assert first(director, part="evening") is None


@pytest.mark.feature("SCH-40")
@pytest.mark.parametrize("seed", range(6))
def test_no_oracle_finds_an_earlier_place(seed, branch, director):
    """A small random clinic: the booking itself, tried at every minute mark of five, is the oracle."""
    world = random.Random(seed)
    day = clock.today(ZONE) + timedelta(days=3)
    BranchHours.objects.filter(branch=branch, weekday=(day + timedelta(days=1)).weekday()).update(
        opens=time(10), closes=time(14)
    )
    doctors = [DoctorFactory(), DoctorFactory()]
    chairs = [ChairFactory(branch=branch, buffer_minutes=world.choice((0, 10))) for _ in range(2)]
    patients = [PatientFactory(branch=branch) for _ in range(3)]
    moments = [clock.at(day + timedelta(days=d), time(9), ZONE) for d in range(2)]
    tried = 0
    for begins in moments:
        for chair in chairs:
            for start in (0, 3):
                doctor, hours = world.choice(doctors), world.choice((2, 3))
                attempt(shift_create, doctor_id=doctor.pk, chair_id=chair.pk, starts_at=begins + start * HOUR,
                        ends_at=begins + (start + hours) * HOUR, actor=director)  # fmt: skip
    for _ in range(14):
        start = world.choice(moments) + timedelta(minutes=5 * world.randrange(72))
        minutes = world.choice((20, 30, 45, 60))
        place = {"doctor_id": world.choice(doctors).pk, "chair_id": world.choice(chairs).pk, "starts_at": start}
        kind = world.randrange(8)
        if kind == 0:
            attempt(
                hold_place, ends_at=start + timedelta(minutes=minutes), actor=person(f"u{tried}", "senior"), **place
            )
        elif kind == 1:
            attempt(block_create, kind=world.choice(("lunch", "primary")), ends_at=start + timedelta(minutes=minutes),
                    actor=director, **{**place, "doctor_id": None})  # fmt: skip
        else:
            attempt(appointment_book, patient_id=world.choice(patients).pk, ends_at=start + timedelta(minutes=minutes),
                    actor=director, own_minutes=world.choice((None, 15)), **place)  # fmt: skip
        tried += 1
    patient = world.choice(patients)
    wishes = {
        "length": timedelta(minutes=world.choice((30, 40, 60))),
        "patient": patient.pk,
        "last": day + timedelta(days=1),
    }
    if world.random() < 0.5:
        wishes["part"] = world.choice(("morning", "day"))
    answers = offers_find(director, Search(**wishes), limit=10)
    allowed = {"morning": range(12), "day": range(12, 17)}.get(wishes.get("part"), range(24))
    earliest = None
    for begins in moments:
        for minute in range(0, 12 * 60, 5):
            start = begins + timedelta(minutes=minute)
            if clock.local(start, ZONE).hour in allowed and any(
                books(patient, doctor, chair, start, wishes["length"], director)
                for doctor in doctors
                for chair in chairs
            ):
                earliest = start
                break
        if earliest:
            break
    assert (answers[0].start if answers else None) == earliest
    for spot in answers:
        place = {"doctor_id": spot.doctor_id, "chair_id": spot.chair_id}
        made = appointment_book(patient_id=patient.pk, starts_at=spot.start, ends_at=spot.end, actor=director, **place)
        made.occupancy.all().delete()


def attempt(service, **options):
    try:
        return service(**options)
    except DomainError:
        return None


def books(patient, doctor, chair, start, length, actor) -> bool:
    """Whether the booking would succeed; it leaves nothing behind."""
    try:
        made = appointment_book(
            patient_id=patient.pk,
            doctor_id=doctor.pk,
            chair_id=chair.pk,
            starts_at=start,
            ends_at=start + length,
            actor=actor,
        )
    except DomainError:
        return False
    made.occupancy.all().delete()
    return True


def test_a_cancelled_visit_is_free_at_once(book, reception, at):
    made = book(9)
    appointment_set_state(appointment_id=made.pk, state=State.NO_SHOW, actor=reception)
    assert first(reception) == at(9)


@pytest.mark.feature("SCH-58")
def test_the_number_of_statements_does_not_grow(shift, sokolova, chair, reception, director, at):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            offers_find(reception, search(part="evening"), limit=1)
        return len(queries)

    asked()
    few = asked()
    for days in range(1, 20):
        shift_create(
            doctor_id=sokolova.pk,
            chair_id=chair.pk,
            starts_at=at(9, days=days),
            ends_at=at(12, days=days),
            actor=director,
        )
    assert asked() == few <= 5  # branches, two for their hours, a window without an answer, one with it


def test_ranges_for_those_who_plan(book, reception, at):
    book(10)
    rows = free_ranges(reception, search(last=at(0).date() + timedelta(days=1)))
    assert [(row.first, row.last) for row in rows] == [(at(9), at(9)), (at(11), at(20))]


class TestApi:
    def test_everything_that_may_be_asked(self, shift, sokolova, chair, anna, reception, at, day):
        service, other = ServiceFactory(duration_min=40), ServiceFactory(duration_min=20)
        api = api_of(reception)
        answer = api.get("/api/v1/slots/", {
            "service": f"{service.pk},{other.pk}", "doctor": sokolova.pk, "branch": chair.branch_id, "part_of_day": "evening",
            "weekdays": f"{day.weekday()}", "from": str(day), "to": str(day), "patient": anna.pk, "limit": 2,
        })  # fmt: skip
        assert answer.status_code == 200, answer.json()
        assert answer.json() == [
            {
                "doctor": sokolova.pk, "chair": chair.pk, "start": clock.local(at(17, minute), ZONE).isoformat(),
                "end": clock.local(at(18, minute), ZONE).isoformat(),
            } for minute in (0, 15)
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400), ("duration=30&weekdays=7", 400), ("duration=30&weekdays=x", 400), ("service=1,x", 400), ("service=999999", 404),
            ("duration=30&part_of_day=night", 400), ("duration=30&to=1999-01-01", 200), ("duration=30&wish=1", 400),
            ("duration=30&from=9999-12-31", 200), ("duration=30&from=2026-13-01", 400), ("duration=30&from=2090-01-01&to=2100-01-01", 200),
        ],
    )  # fmt: skip
    def test_odd_questions(self, shift, reception, query, status):
        assert api_of(reception).get(f"/api/v1/slots/?{query}").status_code == status


def addresses(answer):
    return re.findall(r'hx-get="(/appointments/new/[^"]+)"', html.unescape(answer.content.decode()))


class TestPage:
    @pytest.fixture
    def desk(self, reception):
        client = Client()
        client.force_login(reception)
        return client

    def test_offers_for_the_patients_own_doctor_are_one_press_from_the_form(
        self, desk, book, boris, anna, sokolova, ivanov, other_chair, director, at, day
    ):
        book(17, patient=boris)
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        anna.doctor = sokolova
        anna.save()
        page = desk.get(
            f"/schedule/search/?patient={anna.pk}", headers={"HX-Request": "true", "HX-Target": "panel-body"}
        )
        assert page.status_code == 200
        assert {offer["doctor"].pk for offer in page.context["offers"]} == {sokolova.pk}
        part = desk.get(
            f"/schedule/search/?patient={anna.pk}&doctor={sokolova.pk}&part=evening&minutes=60",
            headers={"HX-Request": "true", "HX-Target": "offers"},
        )
        form = desk.get(addresses(part)[0], headers={"HX-Request": "true", "HX-Target": "panel-body"}).context["form"]
        assert (form["patient"].value(), form["date"].value(), form["start"].value()) == (anna.pk, day, time(18))
        assert (form["doctor"].value(), form["minutes"].value()) == (sokolova.pk, 60)
        anyone = desk.get(f"/schedule/search/?patient={anna.pk}&doctor=", headers={"HX-Target": "offers"})
        assert any(f"doctor={ivanov.pk}&" in address for address in addresses(anyone))

    def test_wrong_wishes_are_said_beside_their_field(self, desk, shift):
        answer = desk.get("/schedule/search/?minutes=2&first=yesterday", headers={"HX-Target": "offers"})
        assert answer.status_code == 422
        assert {"#id_minutes", "#id_first"} == set(re.findall(r'href="(#\w+)"', answer.content.decode()))

    def test_nothing_found_leads_to_the_waiting_list(self, desk):
        answer = desk.get("/schedule/search/")
        assert "/waiting-list/new/" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "which", "wanted"),
    [
        (date(2026, 11, 24), "this", (date(2026, 11, 24), date(2026, 11, 29))),
        (date(2026, 11, 24), "next", (date(2026, 11, 30), date(2026, 12, 6))),
        (date(2026, 11, 29), "this", (date(2026, 11, 29), date(2026, 11, 29))),
        (date(2026, 11, 30), "next", (date(2026, 12, 7), date(2026, 12, 13))),
    ],
)
def test_a_week_ends_with_its_sunday(day, which, wanted):
    assert week_of(day, which) == wanted


def test_the_week_narrows_the_days_that_were_asked_for(reception, branch):
    today = clock.today(branch.timezone)
    sunday = today + timedelta(days=6 - today.weekday())
    form = SearchForm({"week": "next", "last": f"{sunday + timedelta(days=3):%d.%m.%Y}"}, user=reception)
    assert form.is_valid(), form.errors
    assert (form.search().first, form.search().last) == (sunday + timedelta(days=1), sunday + timedelta(days=3))
    form = SearchForm({"week": "this", "first": f"{sunday + timedelta(days=1):%d.%m.%Y}"}, user=reception)
    assert form.is_valid() and offers_find(reception, form.search()) == []
