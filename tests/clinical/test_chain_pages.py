"""«Book the plan» as a page and in the API."""

import re
from datetime import time, timedelta

import pytest
from django.test import Client

from clinical.models import Chain
from clinical.selectors.chains import chain_propose
from clinical.services import LineIn, plan_approve
from core import clock
from scheduling.models import Appointment, Hold, State
from scheduling.services import appointment_book, shift_create
from tests.cast import person
from tests.clinical.factories import plan_made
from tests.factories import PatientFactory, ServiceFactory
from tests.scheduling.test_api import api_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-02")]
ZONE = "Europe/Moscow"
HTMX = {"HX-Request": "true", "HX-Target": "chain"}


@pytest.fixture
def plan(branch, chair, doctor):
    """Two visits with a week of healing between them; the doctor works from 9 to 15 for three weeks."""
    director = person("owner", "director", name="Директор")
    day = clock.today(ZONE) + timedelta(days=1)
    for number in range(21):
        start = clock.at(day + timedelta(days=number), time(9), ZONE)
        shift_create(doctor_id=doctor.staff.pk, chair_id=chair.pk, starts_at=start, ends_at=start + timedelta(hours=6),
                     actor=director)  # fmt: skip
    lines = [
        LineIn(service_id=ServiceFactory(duration_min=90, healing_days=7).pk, teeth=[36]),
        LineIn(service_id=ServiceFactory(duration_min=60).pk, phase=2),
    ]
    made = plan_made(branch=branch, doctor=doctor.staff, actor=director, lines=lines, phases=["Имплантация", "Коронка"])
    return plan_approve(plan_id=made.pk, actor=director)


@pytest.fixture
def desk(reception):
    client = Client()
    client.force_login(reception)
    return client


def hidden(answer):
    """What the fragment would send back."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode()):
        found.setdefault(name, []).append(value)
    return found


def asked(desk, plan, form=None, where="chain/", **more):
    return desk.post(f"/treatment-plans/{plan.pk}/book/{where}", {"apart": "1", **(form or {}), **more}, headers=HTMX)


def dates(answer):
    return [visit["place"]["start"].date() if visit["place"] else None for visit in answer.context["visits"]]


def test_the_page_proposes_holds_and_books(desk, plan, reception):
    page = desk.get(f"/treatment-plans/{plan.pk}/book/")
    assert page.status_code == 200 and 'hx-trigger="load' in page.content.decode()
    answer = asked(desk, plan)
    first, second = dates(answer)
    assert (second - first).days == 7 and Hold.objects.filter(user=reception).count() == 2
    booked = asked(desk, plan, hidden(answer), where="")
    assert booked.status_code == 204, booked.content.decode()[:500]
    chain = Chain.objects.get()
    assert booked["HX-Redirect"].endswith(f"/treatment-plans/{plan.pk}/?booked={chain.pk}")
    shown = desk.get(booked["HX-Redirect"])
    assert shown.context["undo_entry"] and len(shown.context["visits"]) == 2 and not Hold.objects.exists()
    again = asked(desk, plan, hidden(answer), where="")
    assert again.status_code == 204 and Chain.objects.count() == 1  # the second of two presses
    undone = desk.post("/undo/", {"entry": shown.context["undo_entry"].pk}, headers={"HX-Request": "true"})
    assert undone.status_code == 204
    assert set(Appointment.objects.values_list("state", flat=True)) == {State.CANCELLED}


def test_one_visit_is_dragged_picked_and_freed_and_the_rest_follows(desk, plan):
    answer = asked(desk, plan)
    key = answer.context["visits"][0]["visit"].key
    before = dates(answer)
    later = asked(desk, plan, hidden(answer), later=f"{key}|3")
    assert [(new - old).days for new, old in zip(dates(later), before, strict=True)] == [3, 3]
    assert Hold.objects.count() == 2
    others = asked(desk, plan, hidden(later), where="others/", visit=key, **{f"from-{key}": f"{before[0]}"})
    picks = re.findall(r'name="pick" value="([^"]+)"', others.content.decode())
    assert len(picks) > 5
    picked = asked(desk, plan, hidden(later), pick=picks[4])
    assert picked.context["visits"][0]["visit"].is_pinned
    kept = asked(desk, plan, hidden(picked), part="")
    assert dates(kept) == dates(picked)
    free = asked(desk, plan, hidden(picked), free=key)
    assert dates(free) == before


def test_the_holds_are_kept_and_given_up(desk, plan, reception):
    answer = asked(desk, plan)
    Hold.objects.update(expires_at=clock.now() + timedelta(seconds=30))
    assert asked(desk, plan, hidden(answer), where="keep/").status_code == 204
    assert Hold.objects.filter(expires_at__gt=clock.now() + timedelta(minutes=4)).count() == 2
    assert asked(desk, plan, hidden(answer), where="release/").status_code == 204
    assert not Hold.objects.exists()


def test_a_lost_place_is_told_and_nothing_typed_is_lost(desk, plan):
    answer = asked(desk, plan)
    form = hidden(answer)
    Hold.objects.all().delete()
    spot = answer.context["proposal"].visits[1].spot
    appointment_book(patient_id=PatientFactory(branch=plan.branch).pk, doctor_id=spot.doctor_id, chair_id=spot.chair_id,
                     starts_at=spot.start, ends_at=spot.end, actor=person("other", "director"))  # fmt: skip
    refused = asked(desk, plan, form, where="")
    assert refused.status_code == 422 and refused.context["lost"].facts["visit"] == 1
    assert 'role="alert"' in refused.content.decode() and Appointment.objects.count() == 1
    assert refused.context["proposal"].visits[0].spot == answer.context["proposal"].visits[0].spot
    assert asked(desk, plan, hidden(refused), where="").status_code == 204
    assert Appointment.objects.count() == 3


@pytest.mark.parametrize(
    ("form", "field"),
    [({"first": "вчера"}, "first"), ({"apart": "-1"}, "apart"), ({"time_from": "25:00"}, "time_from")],
)
def test_wrong_wishes_are_said_beside_their_field(desk, plan, form, field):
    for where in ("chain/", ""):
        answer = asked(desk, plan, form, where=where)
        assert answer.status_code == 422 and f'href="#id_{field}"' in answer.content.decode()
    assert not Hold.objects.exists() and not Appointment.objects.exists()


@pytest.mark.parametrize(
    "word", ["place-1=x", "place-x=1:2:3", "pick=1|2", "later=1|x", "hold=9999999", "floor-1=32.13"]
)
def test_what_makes_no_sense_counts_as_not_sent(desk, plan, word):
    name, _is, value = word.partition("=")
    assert asked(desk, plan, {name: value}).status_code == 200


def test_who_may_book_plans(plan, branch, other_branch):
    for role, status in (("callcentre", 403), ("finance", 403), ("administrator", 200), ("coordinator", 200)):
        client = Client()
        client.force_login(person(role, role, branches=[branch]))
        assert client.get(f"/treatment-plans/{plan.pk}/book/").status_code == status, role
    client = Client()
    client.force_login(person("far", "administrator", branches=[other_branch]))
    assert client.get(f"/treatment-plans/{plan.pk}/book/").status_code == 404


def test_the_plan_shows_its_button_only_when_it_may_be_booked(desk, plan, reception, branch, doctor, director):
    address = f"/treatment-plans/{plan.pk}/book/"
    assert address in desk.get(f"/treatment-plans/{plan.pk}/").content.decode()
    draft = plan_made(branch=branch, doctor=doctor.staff, actor=director)
    assert "/book/" not in desk.get(f"/treatment-plans/{draft.pk}/?look").content.decode()
    assert "chain-grid" not in desk.get(f"/treatment-plans/{draft.pk}/book/").content.decode()


class TestApi:
    def test_propose_and_book(self, plan, reception):
        api, address = api_of(reception), f"/api/v1/treatment-plans/{plan.pk}/chain/"
        assert api.get(address).json() == []
        answer = api.post(address, {}, content_type="application/json")
        assert answer.status_code == 200, answer.json()
        visits = answer.json()["visits"]
        assert [visit["gap_days"] for visit in visits] == [0, 7] and answer.json()["version"] == plan.version
        places = [{name: visit[name] for name in ("line", "doctor", "chair", "start")} for visit in visits]
        near = [places[0], {**places[1], "start": places[0]["start"]}]
        refused = api.post(f"{address}book/", {"visits": near}, content_type="application/json")
        assert (refused.status_code, refused.json()["code"], refused.json()["facts"]["visit"]) == (409, "chain_gap", 1)
        booked = api.post(f"{address}book/", {"visits": places}, content_type="application/json")
        assert booked.status_code == 201, booked.json()
        assert [row["appointment"] for row in booked.json()] == list(
            Appointment.objects.order_by("starts_at").values_list("pk", flat=True)
        )
        assert api.get(address).json() == booked.json()

    def test_change_one_and_the_lost_one(self, plan, reception):
        api, address = api_of(reception), f"/api/v1/treatment-plans/{plan.pk}/chain/"
        first = chain_propose(reception, plan).visits[0]
        day = clock.local(first.spot.start, ZONE).date() + timedelta(days=4)
        body = {"floors": [{"line": first.key, "day": f"{day}"}], "apart": 10, "part_of_day": "morning"}
        visits = api.post(address, body, content_type="application/json").json()["visits"]
        assert visits[0]["start"].startswith(f"{day}") and visits[1]["start"].startswith(f"{day + timedelta(days=10)}")
        spot = first.spot
        other = person("other", "director")
        appointment_book(patient_id=PatientFactory(branch=plan.branch).pk, doctor_id=spot.doctor_id,
                         chair_id=spot.chair_id, starts_at=spot.start, ends_at=spot.end, actor=other)  # fmt: skip
        places = [
            {"line": first.key, "doctor": spot.doctor_id, "chair": spot.chair_id, "start": spot.start.isoformat()}
        ]
        refused = api.post(f"{address}book/", {"visits": places}, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (409, "chain_broken")
        facts = refused.json()["facts"]
        assert (facts["visit"], facts["line"], facts["because"]) == (0, first.key, "slot_taken")
        assert len(facts["proposal"]["visits"]) == 2 and not Chain.objects.exists()

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"weekdays": [9]}, 400), ({"part_of_day": "night"}, 400), ({"time_from": "12:00", "time_to": "11:00"}, 400),
            ({"pins": [{"line": 1}]}, 400), ({"unknown": 1}, 400), ({"first": "9999-12-31"}, 200), ({"branch": None}, 200),
        ],
    )  # fmt: skip
    def test_odd_questions(self, plan, reception, body, status):
        answer = api_of(reception).post(
            f"/api/v1/treatment-plans/{plan.pk}/chain/", body, content_type="application/json"
        )
        assert answer.status_code == status, answer.json()

    @pytest.mark.feature("CLN-14")
    def test_gaps_and_who_does_it_are_of_the_plan(self, branch, doctor, anna):
        api = api_of(person("boss", "director"))
        service = ServiceFactory(healing_days=5)
        line = {"service": service.pk, "doctor": doctor.staff.pk, "healing_days": 30, "healing_most": 40}
        body = {"patient": anna.pk, "doctor": doctor.staff.pk, "branch": branch.pk, "lines": [line],
                "phase_gaps": [{"days": 14}, {"days": 7, "most": 9}]}  # fmt: skip
        made = api.post("/api/v1/treatment-plans/", body, content_type="application/json")
        assert made.status_code == 201, made.json()
        assert made.json()["phase_gaps"] == [{"days": 14, "most": None}, {"days": 7, "most": 9}]
        assert {name: made.json()["lines"][0][name] for name in line} == line
        for wrong in ({"healing_most": 3}, {"healing_days": None}, {"doctor": 999999}, {"healing_days": 731}):
            answer = api.post(
                "/api/v1/treatment-plans/", {**body, "lines": [{**line, **wrong}]}, content_type="application/json"
            )
            assert answer.status_code == 400, wrong
        answer = api.post(
            "/api/v1/treatment-plans/",
            {**body, "phase_gaps": [{"days": 9, "most": 3}]},
            content_type="application/json",
        )
        assert answer.status_code == 400 and "phase_gaps.0.most" in answer.json()["fields"]
