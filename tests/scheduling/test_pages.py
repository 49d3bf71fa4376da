"""Pages of the calendar: what each shows, takes and refuses; the same number of statements for any day."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import SavedView
from patients.models import Patient
from scheduling.models import Appointment, Block, Hold, Occupancy, Shift, WaitingEntry
from scheduling.services import appointment_set_state, shift_create, waiting_add
from tests.cast import person
from tests.factories import PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def desk(reception):
    client = Client()
    client.force_login(reception)
    return client


@pytest.fixture
def boss(branch, director):
    client = Client()
    client.force_login(director)
    return client


def url(name, *args):
    return reverse(f"scheduling:{name}", args=args)


def send(client, address, **body):
    return client.post(address, json.dumps(body), content_type="application/json", headers=JSON)


def said(response):
    return json.loads(response["HX-Trigger"])


class TestHome:
    @pytest.mark.parametrize(
        ("role", "place"),
        [
            ("administrator", "/schedule/"),
            ("callcentre", "/schedule/"),
            ("director", "/home/"),
            ("coordinator", "/schedule/"),
        ],
    )
    def test_sends_each_to_his_work(self, branch, role, place):
        client = Client()
        client.force_login(person("somebody", role, branches=[branch]))
        assert client.get("/").url == place

    def test_sends_a_doctor_to_his_day(self, doctor):
        client = Client()
        client.force_login(doctor)
        assert client.get("/").url == "/my-day/"

    def test_welcomes_who_may_nothing(self, branch):
        from tests.cast import person_with

        client = Client()
        client.force_login(person_with())
        assert client.get("/").status_code == 200

    def test_asks_a_stranger_to_sign_in(self):
        assert "/accounts/login/" in Client().get("/").url


@pytest.mark.feature("SCH-05")
class TestCalendar:
    def feed(self, client, day, **more):
        query = "&".join(f"{name}={value}" for name, value in {"from": day, "to": day, **more}.items())
        return client.get(f"{url('feed')}?{query}").json()

    def test_page_opens(self, desk, shift):
        answer = desk.get(url("schedule"))
        assert answer.status_code == 200
        assert "schedule-config" in answer.content.decode()

    def test_a_day_with_everything(self, desk, book, shift, day, chair, sokolova, at, director):
        from scheduling.services import block_create, hold_place

        book(10, comment="Позвонить", service_ids=[ServiceFactory(name="Пломба").pk])
        block_create(doctor_id=sokolova.pk, kind="lunch", starts_at=at(13), ends_at=at(14), actor=director)
        hold_place(doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(16), ends_at=at(17), actor=director)
        data = self.feed(desk, day)
        assert [row["name"] for row in data["chairs"]] == ["Кресло 1"]
        assert data["doctors"][str(sokolova.pk)]["name"] == sokolova.short_name
        [visit] = data["visits"]
        assert (visit["start"], visit["end"]) == (f"{day}T10:00", f"{day}T11:00")
        assert (visit["services"], visit["comment"], visit["state"]) == ("Пломба", "Позвонить", "booked")
        assert visit["steps"] == ["confirmed", "arrived", "in_chair", "completed", "no_show"]
        assert [row["chairs"] for row in data["blocks"]] == [[chair.pk]]
        assert [row["by"] for row in data["holds"]] == [str(director)]
        assert data["closed"] == {str(day): ["09:00", "21:00"]}

    @pytest.mark.feature("SCH-58")
    def test_costs_the_same_for_two_and_for_twenty_visits(self, desk, book, day):
        counts = []
        self.feed(desk, day)  # what is kept between requests is asked once
        for number in range(20):
            book(9 + number // 2, 30 * (number % 2), minutes=30, patient=PatientFactory())
            if number in (1, 19):
                with CaptureQueriesContext(connection) as asked:
                    assert len(self.feed(desk, day)["visits"]) == number + 1
                counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_shows_no_other_branch_and_no_other_day(self, book, day, stranger, desk):
        book(10)
        client = Client()
        client.force_login(stranger)
        assert self.feed(client, day)["visits"] == []
        assert self.feed(client, day, branch=book(12, patient=PatientFactory()).branch_id)["visits"] == []
        assert self.feed(desk, day + timedelta(days=1))["visits"] == []

    @pytest.mark.feature("SET-15")
    def test_a_doctor_sees_his_own_column(self, book, day, doctor, ivanov, other_chair, at, director):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        book(10)
        book(10, patient=PatientFactory(), doctor_id=ivanov.pk, chair_id=other_chair.pk)
        client = Client()
        client.force_login(doctor)
        data = self.feed(client, day)
        assert len(data["visits"]) == len(data["chairs"]) == len(data["shifts"]) == 1

    @pytest.mark.feature("SCH-56")
    def test_others_changes_are_asked_one_by_one(self, desk, book, stranger):
        made = book(10)
        assert [row["id"] for row in desk.get(f"{url('changed')}?ids={made.pk},x,999").json()["visits"]] == [made.pk]
        client = Client()
        client.force_login(stranger)
        assert client.get(f"{url('changed')}?ids={made.pk}").json()["visits"] == []

    @pytest.mark.feature("SCH-01")
    def test_load_of_a_month(self, desk, book, day):
        book(9, minutes=360)
        assert desk.get(f"{url('load')}?month={day:%Y-%m}").json()[str(day)] == {
            "visits": 1,
            "percent": 50,
            "works": True,
        }

    @pytest.mark.parametrize(
        "query",
        ["from=x", "from=9999-99-99", "from=2026-01-01&to=2030-01-01", "branch=x", "branch=999999", "doctor=-1"],
    )
    def test_senseless_questions_do_no_harm(self, desk, query):
        assert desk.get(f"{url('feed')}?{query}").status_code == 200

    @pytest.mark.feature("SCH-02", "SCH-03")
    def test_views_are_kept_for_each(self, desk, reception, boss):
        kept = desk.post(url("view-keep"), {"title": "Хирурги", "query": "view=week"}).json()
        desk.post(url("view-last"), {"query": "view=timeGridWeek"})
        shown = desk.get(url("schedule")).context["config"]
        assert ([view["title"] for view in shown["views"]], shown["last"]) == (["Хирурги"], "view=timeGridWeek")
        assert boss.get(url("schedule")).context["config"]["views"] == []
        boss.post(url("view-drop", kept["id"]))
        assert SavedView.objects.filter(pk=kept["id"]).exists()
        desk.post(url("view-drop", kept["id"]))
        assert not SavedView.objects.filter(pk=kept["id"]).exists()


class TestDragging:
    @pytest.mark.feature("SCH-11")
    def test_to_another_chair_goes_to_the_doctor_who_works_there(
        self, desk, book, day, ivanov, other_chair, at, director
    ):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        made = book(10)
        place = {"start": f"{day}T12:00", "end": f"{day}T13:00", "chair": other_chair.pk, "version": 1}
        answer = send(desk, url("appointment-drag", made.pk), **place)
        assert answer.status_code == 200
        assert (answer.json()["doctor"], answer.json()["start"]) == (ivanov.pk, f"{day}T12:00")
        assert send(desk, url("appointment-drag", made.pk), **place).status_code == 412

    def test_over_another_is_409_with_alternatives(self, desk, book, day, boris, chair):
        made = book(10)
        book(12, patient=boris)
        answer = send(desk, url("appointment-drag", made.pk), start=f"{day}T12:30", end=f"{day}T13:30", chair=chair.pk)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
        assert len(answer.json()["facts"]["alternatives"]) == 3

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"start": "x", "end": "y", "chair": 1},
            {"start": "2026-01-01T10:00", "end": "2026-01-01T11:00", "chair": -1},
        ],
    )
    def test_bad_places_are_400(self, desk, book, body):
        assert send(desk, url("appointment-drag", book(10).pk), **body).status_code == 400

    @pytest.mark.feature("SCH-09")
    def test_a_status_by_one_press(self, desk, book):
        made = book(10)
        answer = send(desk, url("appointment-step", made.pk), state="arrived", version=1)
        assert (answer.json()["state"], answer.json()["version"]) == ("arrived", 2)
        refused = send(desk, url("appointment-step", made.pk), state="booked")
        assert (refused.status_code, refused.json()["facts"]["needs"]) == (409, "reason")

    @pytest.mark.feature("SCH-18")
    def test_a_shift_with_patients_asks(self, desk, book, shift, day, other_chair, chair):
        book(10)
        place = {"start": f"{day}T09:00", "end": f"{day}T21:00", "chair": other_chair.pk}
        assert send(desk, url("shift-drag", shift.pk), **place).json()["code"] == "shift_has_visits"
        assert send(desk, url("shift-drag", shift.pk), then="follow", **place).status_code == 200
        assert Appointment.objects.get().chair_id == other_chair.pk
        narrower = {"start": f"{day}T08:00", "end": f"{day}T20:00", "chair": other_chair.pk}
        assert send(desk, url("shift-drag", shift.pk), **narrower).status_code == 200

    def test_blocked_time_moves(self, desk, day, chair, at, director):
        from scheduling.services import block_create

        block = block_create(chair_id=chair.pk, kind="repair", starts_at=at(13), ends_at=at(14), actor=director)
        place = {"start": f"{day}T15:00", "end": f"{day}T15:30", "chair": chair.pk}
        assert send(desk, url("block-drag", block.pk), **place).status_code == 200
        assert Block.objects.get().starts_at == at(15)
        desk.post(url("block-delete", block.pk))
        assert not Block.objects.exists() and not Occupancy.objects.exists()


class TestBookingForm:
    def filled(self, day, chair, sokolova, **more):
        return {
            "who": "known", "doctor": sokolova.pk, "chair": chair.pk, "date": f"{day:%d.%m.%Y}", "start": "10:00",
            "minutes": "60", "every": "1", "count": "4", **more,
        }  # fmt: skip

    @pytest.mark.feature("SCH-06")
    def test_opens_at_a_place_of_the_grid_with_the_doctor_who_works_there(self, desk, shift, chair, sokolova, day):
        answer = desk.get(f"{url('appointment-new')}?chair={chair.pk}&start={day}T14:30&end={day}T15:15", headers=PANEL)
        form = answer.context["form"]
        assert form["doctor"].value() == sokolova.pk
        assert (form["minutes"].value(), str(form["start"].value())) == (45, "14:30:00")

    def test_opens_at_the_first_free_time_without_one(self, desk, shift, sokolova):
        form = desk.get(url("appointment-new")).context["form"]
        assert (form["doctor"].value(), str(form["start"].value())) == (sokolova.pk, "09:00:00")

    def test_books_and_tells_the_calendar(self, desk, shift, chair, sokolova, day, anna):
        answer = desk.post(url("appointment-new"), self.filled(day, chair, sokolova, patient=anna.pk), headers=PANEL)
        assert answer.status_code == 204
        made = Appointment.objects.get()
        assert said(answer)["schedule:booked"] == {"ids": [made.pk], "date": str(day)}
        assert {"panel:close", "schedule:changed", "toast"} <= set(said(answer))

    def test_books_a_newcomer_with_his_card(self, desk, shift, chair, sokolova, day):
        new = {"who": "new", "last_name": "Новый", "first_name": "Пётр", "phone": "8 916 123-45-67"}
        answer = desk.post(url("appointment-new"), self.filled(day, chair, sokolova, **new), headers=PANEL)
        assert answer.status_code == 204
        patient = Appointment.objects.get().patient
        assert (patient.last_name, patient.phone, patient.branch_id) == ("Новый", "+79161234567", chair.branch_id)

    def test_a_newcomer_of_a_taken_time_leaves_no_card(self, desk, book, chair, sokolova, day):
        book(10)
        new = {"who": "new", "last_name": "Новый", "first_name": "Пётр"}
        answer = desk.post(url("appointment-new"), self.filled(day, chair, sokolova, **new), headers=PANEL)
        assert answer.status_code == 422
        assert not Patient.objects.filter(last_name="Новый").exists()
        assert len(answer.context["form"].alternatives) == 3

    def test_a_taken_time_keeps_what_was_typed_and_offers_others(self, desk, book, boris, chair, sokolova, day):
        book(10)
        body = self.filled(day, chair, sokolova, patient=boris.pk, comment="Важно")
        answer = desk.post(url("appointment-new"), body, headers=PANEL)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Важно" in page and boris.full_name in page and "data-place" in page

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"patient": ""}, "patient"), ({"date": "32.13.2026"}, "date"), ({"start": "25:00"}, "start"), ({"minutes": "0"}, "minutes"),
         ({"who": "new"}, "last_name"), ({"doctor": "999999"}, "doctor"), ({"overbook": "on"}, "reason")],
    )  # fmt: skip
    def test_bad_fields_are_named(self, desk, shift, chair, sokolova, day, anna, changes, field):
        body = self.filled(day, chair, sokolova, patient=anna.pk) | changes
        answer = desk.post(url("appointment-new"), body, headers=PANEL)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not Appointment.objects.exists()

    @pytest.mark.feature("SCH-44")
    def test_books_a_series_and_names_the_dates_that_failed(
        self, desk, shift, chair, sokolova, day, anna, at, director
    ):
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=7), ends_at=at(15, days=7), actor=director
        )
        body = self.filled(day, chair, sokolova, patient=anna.pk, repeat="week", count="3")
        answer = desk.post(url("appointment-new"), body, headers=PANEL)
        assert answer.status_code == 204
        assert Appointment.objects.filter(series__isnull=False).count() == 2

    @pytest.mark.feature("SCH-39")
    def test_the_place_is_kept_while_the_form_is_open(self, desk, boss, shift, chair, sokolova, day, anna):
        place = {"start": f"{day}T10:00", "end": f"{day}T11:00", "chair": chair.pk, "doctor": sokolova.pk}
        made = send(desk, url("hold"), **place)
        assert made.status_code == 201
        assert send(boss, url("hold"), **place).json()["code"] == "slot_held"
        later = place | {"start": f"{day}T12:00", "end": f"{day}T13:00"}
        moved = send(desk, url("hold"), replaces=made.json()["id"], **later)
        assert send(boss, url("hold"), **place).status_code == 201
        assert desk.post(f"{url('hold-one', moved.json()['id'])}?extend=1").status_code == 200
        assert desk.post(url("hold-one", moved.json()["id"])).status_code == 204
        assert Hold.objects.filter(expires_at__gt=clock.now()).count() == 1

    def test_free_times_are_buttons(self, desk, shift, day):
        page = desk.get(f"{url('free')}?date={day:%d.%m.%Y}&minutes=60").content.decode()
        assert page.count("data-place") == 12
        assert desk.get(f"{url('free')}?date=31.&minutes=abc&doctor=x").status_code == 200

    def test_services_are_searched(self, desk):
        ServiceFactory(name="Удаление зуба", code="A16.07.001", duration_min=40)
        for text in ("удаление", "A16.07", "зуб удал"):
            assert desk.get(f"{url('services')}?q={text}").json()[0]["minutes"] == 40


class TestVisitPage:
    def test_shows_facts_and_the_story(self, desk, book, reception):
        made = book(10, comment="Позвонить")
        appointment_set_state(appointment_id=made.pk, state="confirmed", actor=reception)
        for headers in ({}, PANEL):
            page = desk.get(url("appointment", made.pk), headers=headers).content.decode()
            assert made.patient.full_name in page and "Позвонить" in page

    def test_a_strangers_visit_is_404_on_every_address(self, book, stranger):
        made = book(10)
        client = Client()
        client.force_login(stranger)
        for name in ("appointment", "appointment-edit", "appointment-move", "appointment-cancel", "appointment-back"):
            assert client.get(url(name, made.pk)).status_code == 404
        for name in ("appointment-step", "appointment-uncancel"):
            assert client.post(url(name, made.pk), {"state": "arrived"}).status_code == 404
        assert client.post(url("appointment-cancel", made.pk), {"reason": "x", "then": "lost"}).status_code == 404

    @pytest.mark.feature("SCH-08")
    def test_cancelling_asks_why_and_what_is_next_and_can_be_undone(self, desk, book):
        made = book(10)
        assert desk.post(url("appointment-cancel", made.pk), {"reason": ""}, headers=PANEL).status_code == 422
        answer = desk.post(url("appointment-cancel", made.pk), {"reason": "Заболел", "then": "rebook"}, headers=PANEL)
        assert said(answer)["schedule:cancelled"]["url"] == url("appointment-uncancel", made.pk)
        desk.post(url("appointment-uncancel", made.pk))
        made.refresh_from_db()
        assert (made.state, made.cancel_reason) == ("booked", "")

    @pytest.mark.feature("SCH-10")
    def test_move_to_another_day(self, desk, book, sokolova, chair, at, director):
        made = book(10)
        shift_create(
            doctor_id=sokolova.pk, chair_id=chair.pk, starts_at=at(9, days=2), ends_at=at(21, days=2), actor=director
        )
        place = {"doctor": sokolova.pk, "chair": chair.pk, "start": "12:00", "minutes": "60"}
        date = f"{at(9, days=2):%d.%m.%Y}"
        answer = desk.post(url("appointment-move", made.pk), {**place, "date": date, "version": 1}, headers=PANEL)
        assert answer.status_code == 204
        made.refresh_from_db()
        assert made.starts_at == at(12, days=2)
        stale = desk.post(
            url("appointment-move", made.pk), {**place, "date": date, "start": "13:00", "version": 1}, headers=PANEL
        )
        assert stale.status_code == 412

    def test_edit_services_and_comment(self, desk, book):
        made, service = book(10), ServiceFactory()
        body = {"services": [service.pk], "comment": "Новый", "version": 1}
        assert desk.post(url("appointment-edit", made.pk), body, headers=PANEL).status_code == 204
        made.refresh_from_db()
        assert (made.comment, list(made.services.all())) == ("Новый", [service])

    def test_finish(self, desk, book):
        made = book(10)
        assert desk.get(url("appointment-close", made.pk), headers=PANEL).status_code == 200
        assert desk.post(url("appointment-close", made.pk), {"idempotency_key": "k"}, headers=PANEL).status_code == 204
        made.refresh_from_db()
        assert made.state == "completed"

    def test_back_with_a_reason(self, desk, book, reception):
        made = book(10)
        appointment_set_state(appointment_id=made.pk, state="arrived", actor=reception, is_walking=True)
        assert desk.get(f"{url('appointment-back', made.pk)}?state=booked", headers=PANEL).status_code == 200
        assert (
            desk.post(url("appointment-back", made.pk), {"state": "booked", "reason": ""}, headers=PANEL).status_code
            == 422
        )
        assert (
            desk.post(
                url("appointment-back", made.pk), {"state": "booked", "reason": "Не он"}, headers=PANEL
            ).status_code
            == 204
        )


class TestShiftForms:
    @pytest.mark.feature("SCH-17")
    def test_one_date_and_a_rule(self, boss, ivanov, chair, day):
        body = {"doctor": ivanov.pk, "chair": chair.pk, "date": f"{day:%d.%m.%Y}", "start": "09:00", "end": "15:00"}
        assert boss.post(url("shift-new"), body, headers=PANEL).status_code == 204
        assert boss.post(url("shift-new"), body, headers=PANEL).status_code == 422
        until = day + timedelta(days=20)
        rule = {"weekdays": [str(day.weekday())], "until": f"{until:%d.%m.%Y}", "every_weeks": "1"}
        assert boss.post(url("shift-new"), {**body, **rule}, headers=PANEL).status_code == 204
        assert Shift.objects.count() == 3

    @pytest.mark.feature("SCH-18")
    def test_delete_shows_whom_it_hits(self, boss, book, shift, anna):
        book(10)
        assert anna.full_name in boss.get(url("shift-delete", shift.pk), headers=PANEL).content.decode()
        assert boss.post(url("shift-delete", shift.pk), {}, headers=PANEL).status_code == 422
        assert boss.post(url("shift-delete", shift.pk), {"then": "rebook"}, headers=PANEL).status_code == 204
        assert Appointment.objects.get().cancel_then == "rebook"

    def test_change_asks_too(self, boss, book, shift, sokolova, chair, day):
        book(10)
        body = {"doctor": sokolova.pk, "chair": chair.pk, "date": f"{day:%d.%m.%Y}", "start": "12:00", "end": "15:00"}
        assert boss.get(url("shift-edit", shift.pk), headers=PANEL).status_code == 200
        assert boss.post(url("shift-edit", shift.pk), body, headers=PANEL).status_code == 422
        assert boss.post(url("shift-edit", shift.pk), {**body, "then": "keep"}, headers=PANEL).status_code == 204

    @pytest.mark.feature("SCH-55")
    def test_block_time(self, desk, chair, day):
        body = {"kind": "lunch", "date": f"{day:%d.%m.%Y}", "start": "13:00", "end": "14:00"}
        assert desk.post(url("block-new"), body, headers=PANEL).status_code == 422
        assert desk.post(url("block-new"), {**body, "chair": chair.pk}, headers=PANEL).status_code == 204
        block = Block.objects.get()
        assert desk.get(url("block-edit", block.pk), headers=PANEL).status_code == 200
        assert (
            desk.post(
                url("block-edit", block.pk), {**body, "chair": chair.pk, "end": "15:00"}, headers=PANEL
            ).status_code
            == 204
        )


class TestWaitingList:
    @pytest.mark.feature("SCH-13", "SCH-16")
    def test_add_change_remove_and_undo(self, desk, anna, branch):
        body = {
            "patient": anna.pk,
            "branch": branch.pk,
            "duration_min": "45",
            "weekdays": ["0", "2"],
            "time_from": "17:00",
        }
        answer = desk.post(url("waiting-new"), body, headers=PANEL)
        assert answer.status_code == 204, answer.context["form"].errors
        entry = WaitingEntry.objects.get()
        assert (entry.weekdays, entry.wish_words) == ([0, 2], "пн, ср, после 17:00")
        assert anna.short_name in desk.get(url("waiting-list")).content.decode()
        wrong = {**body, "time_to": "16:00", "version": 1}
        assert desk.post(url("waiting-edit", entry.pk), wrong, headers=PANEL).status_code == 422
        assert (
            desk.post(url("waiting-edit", entry.pk), {**body, "comment": "x", "version": 1}, headers=PANEL).status_code
            == 204
        )
        desk.post(url("waiting-remove", entry.pk))
        assert anna.short_name not in desk.get(url("waiting-list")).content.decode()
        desk.post(url("waiting-return", entry.pk))
        assert anna.short_name in desk.get(url("waiting-list")).content.decode()

    @pytest.mark.feature("SCH-14", "SCH-15")
    def test_a_row_dragged_to_a_time_is_booked_and_leaves_the_list(
        self, desk, anna, branch, shift, chair, sokolova, day, reception
    ):
        service = ServiceFactory()
        entry = waiting_add(
            patient_id=anna.pk, branch_id=branch.pk, duration_min=45, service_ids=[service.pk], actor=reception
        )
        address = f"{url('appointment-new')}?waiting={entry.pk}&chair={chair.pk}&start={day}T10:00&end={day}T10:45"
        form = desk.get(address, headers=PANEL).context["form"]
        assert form["patient"].value() == anna.pk
        body = {
            "who": "known", "patient": anna.pk, "waiting": entry.pk, "doctor": sokolova.pk, "chair": chair.pk,
            "date": f"{day:%d.%m.%Y}", "start": "10:00", "minutes": "45", "services": [service.pk],
        }  # fmt: skip
        assert desk.post(address, body, headers=PANEL).status_code == 204
        entry.refresh_from_db()
        made = Appointment.objects.get()
        assert (entry.outcome, entry.appointment_id, made.source_kind) == ("booked", made.pk, "waiting_list")
        assert list(made.services.all()) == [service]


@pytest.mark.feature("SCH-20", "SET-15")
class TestMyDay:
    @pytest.fixture
    def own(self, doctor):
        client = Client()
        client.force_login(doctor)
        return client

    def test_shows_own_visits_of_any_day(self, own, book, day, ivanov, other_chair, at, director, boris):
        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        book(10)
        book(10, patient=boris, doctor_id=ivanov.pk, chair_id=other_chair.pk)
        page = own.get(f"{url('my-day')}?day={day:%d.%m.%Y}").content.decode()
        assert "Ёлкина" in page and boris.full_name not in page
        assert "Ёлкина" not in own.get(url("my-day")).content.decode()
        assert own.get(f"{url('my-day')}?day=nonsense").status_code == 200

    def test_the_next_patient_and_one_tap(self, own, book, at):
        import time_machine

        made = book(10)
        with time_machine.travel(at(9, 30), tick=False):
            page = own.get(url("my-day")).content.decode()
            assert "now-who" in page
            own.post(url("appointment-step", made.pk), {"state": "arrived"})
        made.refresh_from_db()
        assert made.state == "arrived"

    def test_is_for_doctors(self, desk):
        assert desk.get(url("my-day")).status_code == 403


class TestLists:
    def test_appointments_page_and_export(self, desk, book):
        book(10)
        assert "Ёлкина" in desk.get("/appointments/").content.decode()
        export = b"".join(desk.get("/appointments/export.csv").streaming_content).decode()
        assert "10:00" in export and "Ёлкина" in export

    def test_patients_list_has_last_and_next_visit(self, desk, book, anna, at):
        book(10)
        page = desk.get("/patients/?col=name&col=next_visit&col=last_visit").content.decode()
        assert f"{at(10):%d.%m.%Y}" in page

    @pytest.mark.feature("PAT-35")
    def test_the_card_has_visits_and_statistics(self, desk, book, anna, reception):
        made = book(10)
        appointment_set_state(appointment_id=made.pk, state="no_show", actor=reception)
        page = desk.get(url("patient-visits", anna.pk)).content.decode()
        assert "Соколова" in page
        assert desk.get(anna.get_absolute_url()).status_code == 200

    def test_directories(self, boss):
        assert boss.get("/directories/visit-types/").status_code == 200
        assert boss.get("/directories/appointment-statuses/").status_code == 200


@pytest.mark.feature("PAT-40")
class TestMergedCards:
    def test_overlapping_visits_are_a_conflict_that_can_be_solved(
        self, book, anna, boris, ivanov, other_chair, at, director
    ):
        from scheduling.merging import overlap_solve, overlaps_find

        shift_create(doctor_id=ivanov.pk, chair_id=other_chair.pk, starts_at=at(9), ends_at=at(21), actor=director)
        book(10)
        theirs = book(10, 30, patient=boris, doctor_id=ivanov.pk, chair_id=other_chair.pk)
        [conflict] = overlaps_find(anna.pk, boris.pk)
        assert [value for value, _words in conflict.choices] == ["cancel_survivors", "cancel_retireds"]
        overlap_solve(conflict.key, "cancel_retireds", anna.pk, boris.pk, director)
        theirs.refresh_from_db()
        assert theirs.state == "cancelled"
        assert overlaps_find(anna.pk, boris.pk) == []
