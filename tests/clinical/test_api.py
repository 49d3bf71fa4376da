"""Treatment plans for other programs, by the contract."""

from datetime import date
from decimal import Decimal

import pytest

from catalog.models import Diagnosis, ServicePrice
from clinical.models import TreatmentPlan
from tests.cast import person
from tests.factories import DoctorFactory, PatientFactory, ServiceFactory, StaffFactory

pytestmark = pytest.mark.django_db
BASE = "/api/v1/treatment-plans/"


@pytest.fixture
def api(client, director, branch):
    client.force_login(director)
    return client


@pytest.fixture
def filling(db):
    return ServiceFactory(code="A16.07.002", name="Пломба", price="1500.00")


@pytest.fixture
def asked(anna, branch, filling):
    return {
        "patient": anna.pk, "doctor": DoctorFactory(last_name="Соколова").pk,
        "lines": [{"service": filling.pk, "teeth": [46, 36], "quantity": 2, "phase": 1}],
    }  # fmt: skip


def post(api, url, body=None, **headers):
    return api.post(url, body or {}, content_type="application/json", headers=headers)


@pytest.mark.feature("CLN-14")
def test_a_plan_is_made_with_its_number_and_the_prices_of_the_list(api, asked, branch):
    made = post(api, BASE, asked)
    row = made.json()
    assert (made.status_code, row["number"], row["status"], row["branch"], row["total"]) == (
        201,
        1,
        "draft",
        branch.pk,
        "3000.00",
    )
    line = row["lines"][0]
    wanted = {
        "teeth": [46, 36],
        "quantity": 2,
        "phase": 1,
        "price": "1500.00",
        "discount": "0.00",
        "sum": "3000.00",
        "payer": "patient",
    }
    assert {name: line[name] for name in wanted} == wanted
    assert post(api, BASE, asked).json()["number"] == 2
    listed = api.get(f"{BASE}?patient={asked['patient']}").json()["results"]
    assert [plan["number"] for plan in listed] == [2, 1]


@pytest.mark.feature("CLN-15")
def test_approval_freezes_prices_and_closes_the_plan_to_changes(api, asked, filling):
    url = f"{BASE}{post(api, BASE, asked).json()['id']}/"
    approved = post(api, f"{url}approve/")
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    ServicePrice.objects.create(service=filling, starts_on=date(2021, 1, 1), amount="9999.00")
    assert api.get(url).json()["lines"][0]["price"] == "1500.00"
    refused = api.patch(url, {"name": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_approved")
    assert post(api, f"{url}approve/").json()["code"] == "plan_approved"
    reopened = post(api, f"{url}reopen/").json()
    assert (reopened["status"], reopened["lines"][0]["price"]) == ("draft", "9999.00")
    assert api.patch(url, {"name": "x"}, content_type="application/json").status_code == 200


def test_lines_are_replaced_and_those_named_stay(api, asked, filling):
    row = post(api, BASE, asked).json()
    url, kept = f"{BASE}{row['id']}/", row["lines"][0]["id"]
    lines = [
        {"id": kept, "service": filling.pk, "teeth": [36], "quantity": 1},
        {"service": filling.pk, "quantity": 3, "phase": 2},
    ]
    changed = api.patch(
        url, {"lines": lines}, content_type="application/json", headers={"If-Match": f'"{row["version"]}"'}
    )
    assert [(line["id"] == kept, line["quantity"], line["phase"]) for line in changed.json()["lines"]] == [
        (True, 1, 1),
        (False, 3, 2),
    ]
    stale = api.patch(url, {"lines": []}, content_type="application/json", headers={"If-Match": f'"{row["version"]}"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"patient": 999_999_999}, 404), ({"doctor": 999_999_999}, 404), ({"branch": 999_999_999}, 404),
        ({"lines": [{"service": 999_999_999, "quantity": 1}]}, 404), ({"lines": [{"service": "x"}]}, 400),
        ({"lines": [{"service": 1, "quantity": 0}]}, 400), ({"lines": "no"}, 400), ({"nonsense": 1}, 400), ({"doctor": None}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_a_plan_is_refused_and_nothing_is_made(api, asked, changes, status):
    assert post(api, BASE, {**asked, **changes}).status_code == status
    assert not TreatmentPlan.objects.exists()


def test_a_tooth_that_nobody_has_and_a_person_who_is_no_doctor_are_named(api, asked, filling):
    refused = post(api, BASE, {**asked, "lines": [{"service": filling.pk, "quantity": 1, "teeth": [19]}]})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["lines.0.teeth"])
    refused = post(api, BASE, {**asked, "doctor": StaffFactory().pk})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["doctor"])


def test_own_prices_and_discounts_need_their_right(client, asked, branch, filling):
    client.force_login(person("chief", "senior", branches=[branch]))
    lines = [{"service": filling.pk, "quantity": 2, "price": "1000.00", "discount": "500.00"}]
    row = post(client, BASE, {**asked, "lines": lines}).json()
    assert (row["lines"][0]["sum"], row["total"]) == ("1500.00", "1500.00")
    doctor = person("other", "doctor", branches=[branch], staff=DoctorFactory())
    TreatmentPlan.objects.update(doctor=doctor.staff)
    client.force_login(doctor)
    refused = post(client, BASE, {**asked, "lines": lines})
    assert (refused.status_code, refused.json()["facts"]["needs"]) == (403, "clinical.set_plan_price")
    same = [{**lines[0], "id": row["lines"][0]["id"]}]
    kept = client.patch(f"{BASE}{row['id']}/", {"lines": same}, content_type="application/json")
    assert (kept.status_code, kept.json()["total"]) == (200, "1500.00")


def test_a_total_seen_before_the_list_moved_is_refused(api, asked, filling):
    url = f"{BASE}{post(api, BASE, asked).json()['id']}/approve/"
    refused = post(api, url, {"total": "2999.00"})
    assert (refused.status_code, refused.json()["code"], refused.json()["facts"]["total"]) == (
        409,
        "prices_changed",
        "3000.00",
    )
    assert post(api, url, {"total": "3000.00"}).status_code == 200


def test_work_is_marked_done_and_a_plan_declined(api, asked):
    row = post(api, BASE, asked).json()
    url, line = f"{BASE}{row['id']}/", row["lines"][0]["id"]
    early = post(api, f"{url}render/", {"lines": [line]})
    assert (early.status_code, early.json()["code"]) == (409, "plan_not_approved")
    post(api, f"{url}approve/")
    assert post(api, f"{url}render/", {"lines": [line]}).json()["status"] == "done"
    declined = post(api, f"{url}decline/", {"reason": "нет"})
    assert (declined.status_code, declined.json()["code"]) == (409, "illegal_move")


def test_the_same_key_makes_one_plan(api, asked):
    key = {"Idempotency-Key": "5f0c8a52-8a7e-4c5e-9d50-0d1c3a9c0009"}
    first, second = post(api, BASE, asked, **key), post(api, BASE, asked, **key)
    assert (first.status_code, second.status_code, first.json()["id"]) == (201, 200, second.json()["id"])
    assert TreatmentPlan.objects.count() == 1


def test_diagnoses_of_teeth_are_set_and_closed_by_programs(api, anna):
    url, caries = f"/api/v1/patients/{anna.pk}/diagnoses/", Diagnosis.objects.get(code="K02.1")
    made = post(api, url, {"diagnosis": caries.pk, "teeth": [36, 46]})
    assert (made.status_code, [row["tooth"] for row in made.json()]) == (201, [46, 36])
    assert post(api, url, {"diagnosis": caries.pk, "teeth": [36]}).json()["code"] == "diagnosis_already_noted"
    closed = post(api, f"{url}{made.json()[0]['id']}/close/")
    assert closed.json()["closed_on"]
    assert [row["closed_on"] is None for row in api.get(url).json()] == [True, False]
    other = PatientFactory()
    assert post(api, f"/api/v1/patients/{other.pk}/diagnoses/{made.json()[1]['id']}/close/").status_code == 404


def test_half_a_kopeck_is_no_sum(api, asked, filling):
    lines = [{"service": filling.pk, "quantity": 1, "price": "10.001"}]
    assert post(api, BASE, {**asked, "lines": lines}).status_code == 400
    assert Decimal(post(api, BASE, asked).json()["total"]) == 3000
