"""The API of the calendar, to the letter of its contract."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from clinic.models import BranchDay
from core import clock
from scheduling.models import Hold, Occupancy
from tests.cast import person
from tests.factories import PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def api_of(user):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


@pytest.fixture
def api(reception):
    return api_of(reception)


@pytest.fixture
def body(shift, sokolova, chair, anna, at):
    def make(hour=10, minute=0, *, minutes=60, **more):
        start = at(hour, minute)
        return {
            "patient": anna.pk,
            "doctor": sokolova.pk,
            "chair": chair.pk,
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=minutes)).isoformat(),
            **more,
        }

    return make


def post(api, address, data, **headers):
    return api.post(f"/api/v1/{address}", data, format="json", headers=headers)


def statements(queries):
    """What the database was asked, without the marks of transactions."""
    marks = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(marks)]


class TestBooking:
    def test_gives_the_visit(self, api, body, branch, at):
        service = ServiceFactory()
        answer = post(api, "appointments/", body(services=[service.pk], comment="Первичка"))
        assert answer.status_code == 201
        made = answer.json()
        assert made["branch"] == branch.pk
        assert made["status"] == "booked"
        assert made["services"] == [service.pk]
        assert made["start"] == clock.local(at(10), branch.timezone).isoformat()
        assert made["start"].endswith("10:00:00+03:00")
        assert (made["version"], made["badges"], made["source_kind"], made["comment"]) == (1, [], "api", "Первичка")
        assert api.get(f"/api/v1/appointments/{made['id']}/").json() == made

    @pytest.mark.feature("SCH-58")
    def test_asks_the_database_eight_times_at_most(self, api, body):
        services = [ServiceFactory().pk, ServiceFactory().pk]
        post(api, "appointments/", body(10))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert post(api, "appointments/", body(12, services=services)).status_code == 201
        assert len(statements(asked.captured_queries)) <= 8, statements(asked.captured_queries)

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"end": "2020-01-01T10:00:00+03:00"}, 400, "invalid"),
            ({"start": "2026-11-23T10:00:00"}, 400, "invalid"),
            ({"start": 5}, 400, "invalid"),
            ({"patient": 0}, 400, "invalid"),
            ({"patient": "x"}, 400, "invalid"),
            ({"nonsense": 1}, 400, "invalid"),
            ({"branch": 1}, 400, "invalid"),
            ({"services": [1] * 51}, 400, "invalid"),
            ({"overbook": True}, 400, "invalid"),
            ({"patient": 999_999}, 404, "not_found"),
            ({"doctor": 999_999}, 404, "not_found"),
            ({"chair": 999_999}, 404, "not_found"),
            ({"chair": 2**62}, 404, "not_found"),
            ({"services": [999_999]}, 404, "not_found"),
            ({"hold": 999_999}, 404, "not_found"),
        ],
    )
    def test_refuses_bad_input(self, api, body, changes, status, code):
        answer = post(api, "appointments/", body(**changes))
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_says_what_is_wrong_in_the_order_of_the_contract(self, api, body, at, branch, day, other_chair, director):
        def code(**more):
            return post(api, "appointments/", body(**more)).json()["code"]

        long_ago = {"start": at(10, days=-30).isoformat(), "end": at(11, days=-30).isoformat()}
        assert code(**long_ago) == "in_past"
        assert code(hour=6) == "closed"
        assert code(chair=other_chair.pk) == "outside_shift"
        post(api_of(director), "holds/", {key: body(10)[key] for key in ("doctor", "chair", "start", "end")})
        assert code() == "slot_held"
        assert post(api, "appointments/", body(12)).status_code == 201
        assert code(hour=12) == "slot_taken"
        BranchDay.objects.create(branch=branch, date=day)
        assert code() == "closed"

    def test_a_taken_place_is_refused_with_alternatives(self, api, body):
        post(api, "appointments/", body())
        answer = post(api, "appointments/", body(patient=PatientFactory().pk))
        assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
        facts = answer.json()["facts"]
        assert facts["taken_by"] == "doctor"
        assert len(facts["alternatives"]) == 3
        assert set(facts["alternatives"][0]) == {"doctor", "chair", "start", "end"}
        for spot in facts["alternatives"]:
            patient = PatientFactory().pk
            assert post(api, "appointments/", {**spot, "patient": patient}).status_code == 201

    def test_the_same_patient_twice_is_named_first(self, api, body):
        post(api, "appointments/", body())
        assert post(api, "appointments/", body()).json()["facts"]["taken_by"] == "patient"

    def test_overbooking_needs_a_right_and_a_reason(self, api, body, director):
        post(api, "appointments/", body())
        over = body(patient=PatientFactory().pk, overbook=True, reason="Острая боль")
        refused = post(api, "appointments/", over)
        assert (refused.status_code, refused.json()["facts"]) == (403, {"needs": "scheduling.overbook"})
        made = post(api_of(director), "appointments/", over)
        assert made.status_code == 201
        assert made.json()["overbooked"] is True
        assert [badge["code"] for badge in made.json()["badges"]] == ["overbooked"]
        over["patient"] = body()["patient"]
        assert post(api_of(director), "appointments/", over).json()["facts"]["taken_by"] == "patient"

    def test_happens_once_for_a_key(self, api, body):
        key = {"Idempotency-Key": "7a2c6a1e-3f52-4c39-9d0e-0f0e6f8f3c11"}
        first = post(api, "appointments/", body(), **key)
        again = post(api, "appointments/", body(), **key)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    def test_a_refused_one_with_a_key_still_offers_alternatives(self, api, body):
        post(api, "appointments/", body())
        key = {"Idempotency-Key": "7a2c6a1e-3f52-4c39-9d0e-0f0e6f8f3c11"}
        answer = post(api, "appointments/", body(patient=PatientFactory().pk), **key)
        assert len(answer.json()["facts"]["alternatives"]) == 3


class TestRights:
    @pytest.mark.parametrize("role", ["marketer", "finance", "doctor", "assistant", "sales", "partner"])
    def test_who_may_not_book(self, role, body, branch):
        user = person("somebody", role, branches=[branch])
        assert post(api_of(user), "appointments/", body()).status_code == 403

    def test_another_branchs_visit_is_not_found(self, api, body, stranger):
        made = post(api, "appointments/", body()).json()
        strange = api_of(stranger)
        assert strange.get(f"/api/v1/appointments/{made['id']}/").status_code == 404
        assert strange.get("/api/v1/appointments/").json()["results"] == []
        for verb, data in (
            ("move", {"start": made["start"]}),
            ("status", {"status": "confirmed"}),
            ("cancel", {"reason": "x", "then": "lost"}),
        ):
            assert post(strange, f"appointments/{made['id']}/{verb}/", data).status_code == 404

    @pytest.mark.feature("SET-15")
    def test_a_doctor_sees_his_own_only(self, api, body, doctor, branch, ivanov):
        from tests.factories import DoctorFactory

        post(api, "appointments/", body())
        other = person("petrov", "doctor", branches=[branch], staff=DoctorFactory(last_name="Петров"))
        assert len(api_of(doctor).get("/api/v1/appointments/").json()["results"]) == 1
        assert api_of(other).get("/api/v1/appointments/").json()["results"] == []
        assert api_of(other).get("/api/v1/shifts/").json()["results"] == []


class TestLists:
    @pytest.mark.feature("SCH-58")
    def test_a_day_is_four_statements_for_two_and_for_twenty(self, api, body, at, branch, day):
        counts = []
        for number in range(20):
            patient = PatientFactory().pk
            post(
                api,
                "appointments/",
                body(9, number * 30, minutes=30, patient=patient)
                if number < 2
                else body(
                    9 + number // 2, 30 * (number % 2), minutes=30, patient=patient, services=[ServiceFactory().pk]
                ),
            )
            if number in (1, 19):
                with CaptureQueriesContext(connection) as asked:
                    answer = api.get(f"/api/v1/appointments/?branch={branch.pk}&from={day}&to={day}")
                counts.append(len(statements(asked.captured_queries)))
                assert len(answer.json()["results"]) == number + 1
        assert counts[0] == counts[1] <= 4

    def test_days_are_inclusive_by_the_clock_of_the_branch(self, api, body, day, chair, anna):
        branch = chair.branch
        post(api, "appointments/", body(9))
        for first, last, found in ((0, 0, 1), (1, 1, 0), (-1, -1, 0), (-1, 1, 1)):
            asked = f"from={day + timedelta(days=first)}&to={day + timedelta(days=last)}"
            assert len(api.get(f"/api/v1/appointments/?{asked}").json()["results"]) == found
            assert len(api.get(f"/api/v1/appointments/?branch={branch.pk}&{asked}").json()["results"]) == found

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=booked", 1), ("status=confirmed", 0), ("status=booked&status=confirmed", 1), ("patient={patient}", 1),
            ("patient=5", 0), ("doctor={doctor}", 1), ("chair={chair}", 1), ("search=ёлкин", 1), ("search=сидоров", 0),
            ("ordering=-start", 1), ("count=1", 1),
        ],
    )  # fmt: skip
    def test_filters(self, api, body, query, found, anna, sokolova, chair):
        post(api, "appointments/", body())
        asked = query.format(patient=anna.pk, doctor=sokolova.pk, chair=chair.pk)
        assert len(api.get(f"/api/v1/appointments/?{asked}").json()["results"]) == found

    @pytest.mark.parametrize(
        "query",
        ["nonsense=1", "status=lost", "from=yesterday", "from=9999-12-31", "doctor=x", "patient=-1", "patient=1e30",
         "page=0", "branch=99999999999999999999", "page_size=x"],
    )  # fmt: skip
    def test_bad_filters_are_400(self, api, query):
        answer = api.get(f"/api/v1/appointments/?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestVerbs:
    def test_move_keeps_the_length(self, api, body, at, branch):
        made = post(api, "appointments/", body(10, minutes=45)).json()
        moved = post(api, f"appointments/{made['id']}/move/", {"start": at(15).isoformat()}).json()
        assert (moved["start"][11:16], moved["end"][11:16]) == ("15:00", "15:45")
        assert (moved["version"], moved["moves"]) == (2, 1)

    def test_move_over_another_is_refused(self, api, body, at):
        made = post(api, "appointments/", body(10)).json()
        post(api, "appointments/", body(12, patient=PatientFactory().pk))
        answer = post(api, f"appointments/{made['id']}/move/", {"start": at(12, 30).isoformat()})
        assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
        assert len(answer.json()["facts"]["alternatives"]) == 3

    def test_a_stale_version_is_412(self, api, body, at):
        made = post(api, "appointments/", body(10)).json()
        address = f"appointments/{made['id']}/move/"
        assert post(api, address, {"start": at(12).isoformat()}, **{"If-Match": '"1"'}).status_code == 200
        stale = post(api, address, {"start": at(14).isoformat()}, **{"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")

    def test_steps(self, api, body):
        made = post(api, "appointments/", body(10)).json()
        for status in ("confirmed", "booked", "confirmed", "arrived", "in_chair", "completed"):
            answer = post(api, f"appointments/{made['id']}/status/", {"status": status})
            assert (answer.status_code, answer.json()["status"]) == (200, status)
        for wrong in ("booked", "cancelled", "no_show", "arrived"):
            answer = post(api, f"appointments/{made['id']}/status/", {"status": wrong})
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
            assert answer.json()["facts"] == {"from": "completed", "to": wrong}
        back = post(api, f"appointments/{made['id']}/status/", {"status": "in_chair"})
        assert back.json()["facts"] == {"from": "completed", "to": "in_chair", "needs": "reason"}
        back = post(api, f"appointments/{made['id']}/status/", {"status": "in_chair", "reason": "Не та кнопка"})
        assert back.json()["status"] == "in_chair"

    @pytest.mark.parametrize("jump", ["arrived", "in_chair", "completed"])
    def test_a_jump_is_illegal(self, api, body, jump):
        made = post(api, "appointments/", body(10)).json()
        answer = post(api, f"appointments/{made['id']}/status/", {"status": jump})
        assert answer.json()["facts"] == {"from": "booked", "to": jump}

    def test_cancel_says_why_and_what_is_next(self, api, body):
        made = post(api, "appointments/", body(10)).json()
        address = f"appointments/{made['id']}/cancel/"
        for wrong in ({}, {"reason": "x"}, {"reason": "x", "then": "maybe"}, {"reason": "", "then": "lost"}):
            assert post(api, address, wrong).status_code == 400
        answer = post(api, address, {"reason": "Заболел", "then": "rebook"}).json()
        assert (answer["status"], answer["cancel_reason"], answer["cancel_then"]) == ("cancelled", "Заболел", "rebook")
        assert Occupancy.objects.count() == 0
        assert post(api, address, {"reason": "x", "then": "lost"}).json()["code"] == "illegal_move"
        assert post(api, f"appointments/{made['id']}/move/", {"start": made["start"]}).json()["code"] == "illegal_move"

    def test_change_of_services_and_comment(self, api, body):
        made = post(api, "appointments/", body(10, services=[ServiceFactory().pk])).json()
        service = ServiceFactory(buffer_min=30).pk
        answer = api.patch(
            f"/api/v1/appointments/{made['id']}/", {"services": [service], "comment": "Позвонить"}, format="json"
        )
        assert (answer.json()["services"], answer.json()["comment"]) == ([service], "Позвонить")
        later = post(api, "appointments/", body(11, patient=PatientFactory().pk))
        assert later.json()["facts"]["taken_by"] == "chair"


class TestHolds:
    def place(self, body, hour=10):
        return {name: value for name, value in body(hour).items() if name != "patient"}

    def test_keep_extend_release(self, api, body, director):
        made = post(api, "holds/", self.place(body))
        assert made.status_code == 201
        assert {"id", "expires_at"} <= set(made.json())
        assert post(api, f"holds/{made.json()['id']}/extend/", {}).status_code == 200
        assert api.delete(f"/api/v1/holds/{made.json()['id']}/").status_code == 204
        assert api.delete(f"/api/v1/holds/{made.json()['id']}/").status_code == 404
        assert Hold.objects.count() == 0

    def test_keep_others_out(self, api, body, director):
        made = post(api, "holds/", self.place(body)).json()
        other = api_of(director)
        refused = post(other, "appointments/", body())
        assert (refused.status_code, refused.json()["code"]) == (409, "slot_held")
        assert post(other, "holds/", self.place(body)).json()["code"] == "slot_held"
        assert post(other, f"holds/{made['id']}/extend/", {}).status_code == 404
        assert post(api, "appointments/", body(hold=made["id"])).status_code == 201


class TestShifts:
    @pytest.fixture
    def api(self, branch, director):
        return api_of(director)

    def test_create_and_overlap(self, api, ivanov, chair, at):
        data = {"doctor": ivanov.pk, "chair": chair.pk, "start": at(9).isoformat(), "end": at(15).isoformat()}
        made = post(api, "shifts/", data)
        assert (made.status_code, made.json()["branch"]) == (201, chair.branch_id)
        assert post(api, "shifts/", data | {"start": at(14).isoformat(), "end": at(18).isoformat()}).json()["code"] == (
            "shift_overlaps"
        )
        assert post(api, "shifts/", data | {"start": at(15).isoformat(), "end": at(18).isoformat()}).status_code == 201
        assert len(api.get(f"/api/v1/shifts/?chair={chair.pk}").json()["results"]) == 2

    @pytest.mark.feature("SCH-17")
    def test_generate(self, api, ivanov, chair, branch, day, at, shift):
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7)
        BranchDay.objects.create(branch=branch, date=monday + timedelta(days=2))
        body = {
            "doctor": ivanov.pk, "chair": chair.pk, "weekdays": [0, 2], "from": str(monday),
            "to": str(monday + timedelta(days=20)), "start_time": "09:00", "end_time": "15:00", "every_weeks": 2,
        }  # fmt: skip
        answer = post(api, "shifts/generate/", body)
        assert answer.status_code == 201
        assert len(answer.json()["created"]) == 3
        assert answer.json()["skipped"] == [{"date": str(monday + timedelta(days=2)), "code": "closed"}]
        again = post(api, "shifts/generate/", body).json()
        assert again["created"] == []
        assert sorted(row["code"] for row in again["skipped"]) == ["closed"] + ["shift_overlaps"] * 3

    @pytest.mark.feature("SCH-18")
    def test_a_shift_with_visits_asks_what_becomes_of_them(self, api, body, shift):
        made = post(api, "appointments/", body(10)).json()
        refused = api.delete(f"/api/v1/shifts/{shift.pk}/")
        assert (refused.status_code, refused.json()["code"]) == (409, "shift_has_visits")
        assert refused.json()["facts"] == {"appointments": [made["id"]]}
        shorter = api.patch(f"/api/v1/shifts/{shift.pk}/", {"start": made["end"]}, format="json")
        assert shorter.json()["code"] == "shift_has_visits"
        longer = api.patch(f"/api/v1/shifts/{shift.pk}/", {"end": made["end"]}, format="json")
        assert longer.status_code == 200
        assert api.delete(f"/api/v1/shifts/{shift.pk}/?then=rebook").status_code == 204
        assert api.get(f"/api/v1/appointments/{made['id']}/").json()["cancel_then"] == "rebook"


class TestSlots:
    @pytest.mark.feature("SCH-40")
    def test_soonest_first_and_each_can_be_booked(self, api, body, shift, day, anna):
        post(api, "appointments/", body(10))
        found = api.get(f"/api/v1/slots/?duration=60&from={day}&to={day}").json()
        assert [spot["start"][11:16] for spot in found[:2]] == ["09:00", "11:00"]
        assert len(found) == 20
        for spot in found[::4]:
            assert post(api, "appointments/", {**spot, "patient": PatientFactory().pk}).status_code == 201

    @pytest.mark.parametrize(("part", "first", "last"), [("morning", "09:00", "11:45"), ("evening", "17:00", "20:00")])
    def test_part_of_the_day(self, api, shift, day, part, first, last):
        found = api.get(f"/api/v1/slots/?duration=60&from={day}&to={day}&part_of_day={part}&limit=200").json()
        assert (found[0]["start"][11:16], found[-1]["start"][11:16]) == (first, last)

    def test_a_service_brings_its_minutes(self, api, shift, day):
        service = ServiceFactory(duration_min=90)
        found = api.get(f"/api/v1/slots/?service={service.pk}&from={day}&limit=1").json()
        assert (found[0]["start"][11:16], found[0]["end"][11:16]) == ("09:00", "10:30")

    @pytest.mark.parametrize("query", ["", "duration=1", "duration=60&part_of_day=night", "duration=60&limit=0", "x=1"])
    def test_bad_questions(self, api, query):
        assert api.get(f"/api/v1/slots/?{query}").status_code == 400

    def test_an_unknown_service_is_404(self, api):
        assert api.get("/api/v1/slots/?service=999999").status_code == 404
