"""The API's one shape: strict input, one error body, commands that happen once."""

import uuid

import pytest
from rest_framework.test import APIClient

from tests.core import urls_for_api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls_for_api")]


@pytest.fixture
def api(director):
    urls_for_api.DONE.clear()
    client = APIClient()
    client.force_authenticate(director)
    return client


def post(api, body, key=None):
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return api.post("/api/v1/sums/", body, format="json", headers=headers)


def test_nobody_is_asked_to_sign_in():
    assert APIClient().get("/api/v1/sums/1/").status_code == 401


def test_a_missing_right_is_named(anna):
    from tests.cast import person_with

    client = APIClient()
    client.force_authenticate(person_with())
    answer = client.get("/api/v1/sums/1/")
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert answer.json()["facts"] == {"needs": "clinic.see_staff"}


def test_a_money_command_needs_a_key(api):
    answer = api.post("/api/v1/sums/", {"amount": "1.00"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_a_repeated_key_gives_the_stored_answer_and_does_nothing(api):
    key = str(uuid.uuid4())
    first, second = post(api, {"amount": "12.30"}, key), post(api, {"amount": "12.30"}, key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json() == {"amount": "12.30"}
    assert urls_for_api.DONE == ["12.30"]


def test_a_key_with_another_body_is_refused(api):
    key = str(uuid.uuid4())
    post(api, {"amount": "1.00"}, key)
    answer = post(api, {"amount": "2.00"}, key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


def test_a_refused_command_frees_its_key(api):
    key = str(uuid.uuid4())
    refused = post(api, {"amount": "5000.00"}, key)
    assert (refused.status_code, refused.json()["facts"]) == (409, {"limit": "1000.00"})
    assert post(api, {"amount": "5.00"}, key).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 1.5}, {"amount": "1.555"}, {"amount": "NaN"}, {"amount": "Infinity"}, {"amount": None}, {"amount": True},
        {"amount": "1e3000"}, {}, [], [1], "x", {"amount": "1.00", "extra": 1}, {"amount": "1.00", "note": "\u0000"},
    ],
)  # fmt: skip
def test_bad_bodies_are_400_with_the_field(api, body):
    answer = post(api, body)
    assert answer.status_code == 400, answer.json()
    assert answer.json()["code"] == "invalid"
    assert urls_for_api.DONE == []


def test_an_unknown_query_parameter_is_400(api):
    answer = api.get("/api/v1/sums/1/?x=1")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["x"])


def test_an_unknown_method_is_405_and_an_unknown_address_404_as_json(api):
    assert api.put("/api/v1/sums/1/", {}).status_code == 405
    answer = api.get("/api/v1/nothing/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
