"""Barter by the API, as a program from outside uses it."""

import pytest

from barter.models import Beneficiary, Contract, Organisation
from tests.billing.money import assert_balanced
from tests.factories import PatientFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BAR-01", "BAR-02", "BAR-03", "BAR-06", "BAR-11")]


@pytest.fixture
def asked(anna):
    return {
        "kind": "organisation", "organisation": "Радио Шансон", "over_limit": "organisation",
        "beneficiaries": [{"patient": anna.pk, "limit": "20000.00"}],
    }  # fmt: skip


def made_of(api, director, asked):
    contract = api(director).post("barter-contracts/", asked)
    assert contract.status_code == 201, contract.json()
    assert api(director).post(f"barter-contracts/{contract.json()['id']}/activate/").status_code == 200
    return contract.json()


def test_a_contract_is_registered_activated_and_pays(api, asked, anna, director):
    contract = made_of(api, director, asked)
    assert (contract["status"], contract["organisation"], contract["number"]) == ("proposed", "Радио Шансон", 1)
    people = api(director).get("barter-beneficiaries/", {"patient": anna.pk}).json()["results"]
    assert [(row["id"], row["limit"], row["left"], row["mark"]) for row in people] == [
        (contract["beneficiaries"][0], "20000.00", "20000.00", "pink")
    ]
    service = ServiceFactory(price="6400").pk
    invoice = (
        api(director).post("invoices/", {"patient": anna.pk, "lines": [{"service": service, "payer": "barter"}]}).json()
    )
    assert [(share["kind"], share["amount"]) for share in invoice["shares"]] == [("barter", "6400.00")]
    balance = api(director).get(f"patients/{anna.pk}/balance/").json()
    assert (balance["barter_left"], balance["debt"]) == ("13600.00", "0.00")
    answer = api(director).post(
        f"barter-beneficiaries/{people[0]['id']}/grant/", {"amount": "5000.00", "reason": "письмо"}
    )
    assert (answer.status_code, answer.json()["limit"], answer.json()["left"]) == (200, "25000.00", "18600.00")
    badges = api(director).get(f"patients/{anna.pk}/").json()["badges"]
    assert [badge["code"] for badge in badges] == ["barter"]
    assert_balanced()


def test_a_grant_needs_a_key_and_is_taken_once(api, asked, anna, director):
    pk = made_of(api, director, asked)["beneficiaries"][0]
    key = "0b2f8f0e-6d1c-4f0e-9a66-0d6d0d6d0d6d"
    for status in (200, 200):
        answer = api(director).post(f"barter-beneficiaries/{pk}/grant/", {"amount": "100.00", "reason": "да"}, key=key)
        assert answer.status_code == status
    assert Beneficiary.objects.get().announced == 20100


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "friend"}, 400, "invalid"),
        ({"organisation": None}, 400, "invalid"),
        ({"allowed_services": [10**9]}, 400, "invalid"),
        ({"beneficiaries": [{"limit": "1.00"}]}, 400, "invalid"),
        ({"beneficiaries": [{"patient": 10**9, "limit": "1.00"}]}, 404, "not_found"),
        ({"beneficiaries": [{"name": "Ольга", "limit": "-1.00"}]}, 400, "invalid"),
        ({"kind": "public_person", "organisation": None}, 400, "invalid"),
        ({"starts_on": "2026-02-01", "ends_on": "2026-01-01"}, 400, "invalid"),
        ({"surprise": 1}, 400, "invalid"),
    ],
)
def test_what_is_wrong_changes_nothing(api, asked, director, change, status, code):
    answer = api(director).post("barter-contracts/", {**asked, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (Contract.objects.count(), Beneficiary.objects.count()) == (0, 0)
    assert not Organisation.objects.filter(contracts__isnull=False).exists()


def test_one_patient_has_one_open_entry_of_a_contract(api, asked, anna, director):
    pk = made_of(api, director, asked)["id"]
    answer = api(director).post(f"barter-contracts/{pk}/add/", {"patient": anna.pk, "limit": "1.00"})
    assert (answer.status_code, answer.json()["code"]) == (409, "barter_entry_exists")


def test_a_contract_is_activated_once_and_closed_when_nobody_is_treated(api, asked, director):
    pk = made_of(api, director, asked)["id"]
    assert api(director).post(f"barter-contracts/{pk}/activate/").json()["code"] == "illegal_move"
    assert api(director).post(f"barter-contracts/{pk}/close/").json()["code"] == "illegal_move"


def test_a_stranger_sees_neither_the_entry_nor_its_patient(api, asked, director, stranger):
    pk = made_of(api, director, asked)["beneficiaries"][0]
    assert api(stranger).get(f"barter-beneficiaries/{pk}/").status_code == 404
    assert api(stranger).get("barter-beneficiaries/").json()["results"] == []


def test_a_payer_that_the_patient_does_not_have_is_told(api, asked, director, branch):
    made_of(api, director, asked)
    other = PatientFactory(branch=branch)
    lines = [{"service": ServiceFactory(price="100").pk, "payer": "barter"}]
    answer = api(director).post("invoices/", {"patient": other.pk, "lines": lines})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["lines.0.payer"])


def test_a_switched_off_module_leaves_no_trace(api, asked, anna, director, monkeypatch):
    made_of(api, director, asked)
    monkeypatch.setattr("core.modules.is_on", lambda name: name != "barter")
    assert api(director).get(f"patients/{anna.pk}/").json()["badges"] == []
    assert api(director).get(f"patients/{anna.pk}/balance/").json()["barter_left"] is None
    lines = [{"service": ServiceFactory(price="100").pk}]
    shares = api(director).post("invoices/", {"patient": anna.pk, "lines": lines}).json()["shares"]
    assert [share["kind"] for share in shares] == ["patient"]
