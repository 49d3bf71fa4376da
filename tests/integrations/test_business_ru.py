"""Business.ru with all that goes wrong there: it prints whatever comes, so we look our number up before we repeat."""

import pytest

from fiscal.models import Receipt, Register
from fiscal.selectors import why_of
from fiscal.services import receipts_send
from integrations.errors import NotReached
from integrations.services import connection_make
from tests.factories import PatientFactory
from tests.integrations.test_atol import received, rounds, sold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("BIL-19", "INT-12")]
State = Receipt.State


def values(service, secret="secret/1"):
    return {"app_id": "app-1", "secret_key": secret, "url": f"{service.url}/open-api"}


@pytest.fixture
def till(business_ru, branch, director, live_server):
    connection_make(code="business_ru", typed=values(business_ru), base_url=live_server.url, actor=director)
    return Register.objects.create(name="Бизнес.ру", branch=branch, device="business_ru", email="kassa@clinic.example")


def test_a_receipt_goes_out_signed_and_its_requisites_come_back(till, business_ru, anna, reception):
    sold(anna, reception, 3500, cash=1500, card=2000)
    rounds()
    row = Receipt.objects.get()
    assert (row.state, row.facts["fd"], row.facts["url"]) == (State.DONE, "1000", "https://ofd.example/1000")
    (told,) = received(business_ru)
    command = told["told"]
    assert (told["kind"], command["c_num"], command["tag1055"]) == ("printCheck", row.external_id, 2)
    assert (command["payed_cash"], command["payed_cashless"], command["payed_prepay"]) == ("1500.00", "2000.00", "0.00")
    assert (command["goods"][0]["payment_mode"], command["goods"][0]["item_type"]) == (4, 4)


@pytest.mark.parametrize("kind", ["accept_timeout", "garbage", "timeout", "500", "drop"])
def test_whatever_meets_a_receipt_it_is_printed_once(till, business_ru, anna, reception, kind):
    business_ru.fault("Command", kind)
    sold(anna, reception)
    receipts_send()
    assert Receipt.objects.get().state == State.UNKNOWN
    rounds()
    assert Receipt.objects.get().state == State.DONE
    assert len(received(business_ru)) == 1 and business_ru.order("state")["doubles"] == []


def test_an_expired_token_and_a_slash_in_a_name_do_no_harm(till, business_ru, branch, reception):
    sold(PatientFactory(branch=branch, last_name="Ёж/ов", phone="+79010001111"), reception)
    receipts_send()
    business_ru.order("push", kind="expire")
    rounds()
    assert Receipt.objects.get().state == State.DONE


def test_a_till_without_paper_says_so(till, business_ru, branch, reception):
    sold(PatientFactory(branch=branch, phone="+79010000008"), reception)
    rounds()
    row = Receipt.objects.get()
    assert row.state == State.FAILED and "Нет бумаги" in why_of(row)


def test_a_wrong_key_is_not_kept(business_ru, director, live_server):
    with pytest.raises(NotReached):
        connection_make(code="business_ru", typed=values(business_ru, "no"), base_url=live_server.url, actor=director)


def test_a_register_may_have_an_account_of_its_own(till, business_ru, anna, reception):
    from core import vault

    Register.objects.update(account="app-2", sealed=vault.seal({"key": "secret/2"}))
    sold(anna, reception)
    rounds()
    assert received(business_ru)[0]["app_id"] == "app-2"
