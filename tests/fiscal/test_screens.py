"""Pages and API of fiscal receipts: what is not issued and why, once more, rights, the paper of a payment."""

import pytest

from core import policies
from fiscal.models import Receipt, ReceiptStep, Register
from tests.billing.conftest import api  # noqa: F401
from tests.billing.money import invoice_of, pay

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-19")]
LIST = "/fiscal-receipts/"


@pytest.fixture
def refused(register, anna, reception):
    pay(invoice_of(anna, reception, 3500), reception, cash=3500)
    Receipt.objects.update(state="failed", error="Смена превысила 24 часа", provider_id="u-1")
    return Receipt.objects.get()


def test_the_empty_list_says_what_to_do(client, director):
    client.force_login(director)
    assert "АТОЛ" in client.get(LIST, headers={"Accept-Language": "ru"}).content.decode()


def test_the_list_says_why_and_a_person_sends_it_once_more(client, refused, accountant):
    client.force_login(accountant)
    page = client.get(LIST + "?is_open=true").content.decode()
    assert "Смена превысила 24 часа" in page and refused.get_absolute_url() in page
    assert "1214=4, 1212=4" in client.get(refused.get_absolute_url()).content.decode()
    answer = client.post(f"{refused.get_absolute_url()}retry/")
    assert answer.status_code == 302
    refused.refresh_from_db()
    assert (refused.state, refused.external_id, refused.provider_id) == ("waiting", f"{refused.key}-2", "")
    assert refused.steps.get().what == ReceiptStep.What.RETRIED


def test_the_payments_page_has_the_state_and_then_the_code(client, refused, reception):
    client.force_login(reception)
    page = client.get(refused.payment.get_absolute_url()).content.decode()
    assert "Смена превысила 24 часа" in page
    Receipt.objects.update(
        state="done", done_at="2026-11-22T10:15:30Z", error="",
        facts={"fn": "9999", "fd": "42", "fp": "777", "url": "javascript:alert(1)", "at": "22.11.2026 10:15:30"},
    )  # fmt: skip
    page = client.get(refused.payment.get_absolute_url()).content.decode()
    assert "data:image/svg+xml;base64," in page and "javascript:" not in page
    from fiscal.selectors import qr_text

    refused.refresh_from_db()
    assert qr_text(refused) == "t=20261122T1015&s=3500.00&fn=9999&i=42&fp=777&n=1"


def test_a_doctor_and_a_stranger_see_none(client, refused, doctor, stranger):
    client.force_login(doctor)
    assert client.get(LIST).status_code == 403
    client.force_login(stranger)
    assert client.get(refused.get_absolute_url()).status_code == 404
    assert client.post(f"{refused.get_absolute_url()}retry/").status_code == 404


def test_the_api_lists_and_sends_once_more(api, refused, accountant, doctor):  # noqa: F811
    (row,) = api(accountant).get("fiscal-receipts/", {"state": "failed"}).json()["results"]
    assert (row["total"], row["cash"], row["operation"]) == ("3500.00", "3500.00", 1) and "24" in row["why"]
    whole = api(accountant).get(f"fiscal-receipts/{refused.pk}/").json()
    assert [(item["method"], item["subject"]) for item in whole["items"]] == [(4, 4)]
    assert api(accountant).post(f"fiscal-receipts/{refused.pk}/retry/", {}).json()["state"] == "waiting"
    Receipt.objects.update(state="sent")
    answer = api(accountant).post(f"fiscal-receipts/{refused.pk}/retry/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt_on_its_way")
    assert api(doctor).get("fiscal-receipts/").status_code == 403


def test_a_registers_key_is_closed_and_never_shown(client, register, director):
    from core import vault

    client.force_login(director)
    address = f"/directories/cash-registers/{register.pk}/"
    page = client.get(address).content.decode()
    given = {
        "name": "Касса", "branch": register.branch_id, "device": "atol", "group": "g", "account": "own", "key": "s3cret",
        "tax_system": "osn", "email": "k@clinic.example", "version": register.version,
    }  # fmt: skip
    answer = client.post(address, given)
    assert answer.status_code in (204, 302), answer.content.decode()[:500]
    row = Register.objects.get()
    assert vault.unseal(row.sealed) == {"key": "s3cret"} and "s3cret" not in client.get(address).content.decode() + page


def test_a_switched_off_module_leaves_no_trace(client, register, anna, reception):
    policies.Setting.objects.create(key="module.fiscal", value=False)
    policies.forget()
    try:
        pay(invoice_of(anna, reception, 100), reception, cash=100)
        assert not Receipt.objects.exists()
        client.force_login(reception)
        assert client.get(LIST).status_code in (403, 404)
    finally:
        policies.forget()
