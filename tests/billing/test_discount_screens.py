"""Promotions on the screen and in the API: made, tried, ticked, reported."""

from datetime import timedelta

import pytest

from billing.models import Discount, DiscountGrant
from billing.services import TermsIn, discount_create
from core import clock
from tests.billing.money import D, invoice_of, pay
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-20", "BIL-21", "BIL-22", "BIL-23")]


@pytest.fixture
def autumn(branch, director):
    return discount_create(name="Осень", terms=TermsIn(kind="percent", value=D(10)), actor=director)


FORM = {
    "name": "Гигиена",
    "kind": "percent",
    "value": "20",
    "source": "order",
    "recipients": "everyone",
    "is_active": "on",
}


def test_a_form_makes_a_promotion_and_changes_it_by_a_version(client, director):
    client.force_login(director)
    assert client.post("/discounts/new/", FORM).status_code == 302
    made = Discount.objects.get()
    assert client.get(f"/discounts/{made.pk}/").status_code == 200
    answer = client.post(f"/discounts/{made.pk}/change/", {**FORM, "value": "25", "version": made.version})
    assert answer.status_code == 302
    assert [str(row.value) for row in made.terms.all()] == ["25.00", "20.00"]
    stale = client.post(f"/discounts/{made.pk}/change/", {**FORM, "value": "30", "version": made.version})
    assert stale.status_code == 412


def test_what_cannot_be_meant_comes_back_typed(client, director):
    client.force_login(director)
    answer = client.post("/discounts/new/", {**FORM, "source": "listed", "value": "120"})
    assert answer.status_code == 422
    assert "Гигиена" in answer.content.decode()
    assert not Discount.objects.exists()


def test_it_is_paused_and_thrown_away_from_the_list(client, director, autumn):
    client.force_login(director)
    assert "Осень" in client.get("/discounts/").content.decode()
    client.post(f"/discounts/{autumn.pk}/switch/")
    autumn.refresh_from_db()
    assert not autumn.is_active
    client.post(f"/discounts/{autumn.pk}/trash/")
    autumn.refresh_from_db()
    assert autumn.deleted_at


@pytest.mark.feature("BIL-24")
def test_the_dry_run_says_why_and_writes_nothing(client, reception, anna, autumn, director):
    discount_create(
        name="Детям", terms=TermsIn(kind="percent", value=D(50), recipients="age", age_to=14), actor=director
    )
    service = ServiceFactory(price="1000")
    client.force_login(reception)
    page = client.get("/discounts/try/", {"patient": anna.pk, "services": service.pk}).content.decode()
    assert "«Осень» −10 %" in page and "«Детям» −50 %" in page
    assert client.get("/discounts/try/").status_code == 200
    assert client.get("/discounts/try/", {"services": "x"}).status_code == 422
    autumn.refresh_from_db()
    assert autumn.uses == 0


@pytest.mark.feature("PAT-11")
def test_a_tick_on_the_card_says_who_gave_it_and_until_when(client, reception, anna, director):
    friends = discount_create(
        name="Друзьям", terms=TermsIn(kind="percent", value=D(15), recipients="patients"), actor=director
    )
    client.force_login(reception)
    until = clock.now().date() + timedelta(days=30)
    address = f"/patients/{anna.pk}/discounts/"
    assert client.get(address).status_code == 200
    gone = client.post(address, {f"on-{friends.pk}": "on", f"until-{friends.pk}": "01.01.2020"})
    assert gone.status_code == 422
    client.post(address, {f"on-{friends.pk}": "on", f"until-{friends.pk}": f"{until:%d.%m.%Y}"})
    assert DiscountGrant.objects.get().until == until
    card = client.get(f"/patients/{anna.pk}/").content.decode()
    assert "Друзьям" in card and f"{until:%d.%m.%Y}" in card


def test_the_report_names_promotion_invoice_sum_and_method(client, reception, director, anna, autumn):
    invoice = invoice_of(anna, director, 1000)
    pay(invoice, reception, card=900)
    client.force_login(director)
    page = client.get("/discounts-given/", {"discount": autumn.pk, "method": "card"}).content.decode()
    assert "Осень" in page and "Ёлкина" in page
    assert "Ёлкина" not in client.get("/discounts-given/", {"method": "cash"}).content.decode()
    shown = client.get(f"/invoices/{invoice.pk}/").content.decode()
    assert "«Осень» −10 %" in shown


def test_an_invoice_form_offers_promotions_and_none(client, reception, anna, autumn):
    from billing.models import Invoice

    service = ServiceFactory(price="1000")
    client.force_login(reception)
    body = {
        "patient": anna.pk, "promotions": "none", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
        "lines-0-service": service.pk, "lines-0-quantity": "1",
    }  # fmt: skip
    client.post(f"/invoices/new/?patient={anna.pk}", body)
    assert Invoice.objects.get().total == D(1000)
    client.post(f"/invoices/new/?patient={anna.pk}", {**body, "promotions": "", "draft": "1"})
    draft = Invoice.objects.get(status="draft")
    assert draft.total == D(900)
    client.post(f"/invoices/{draft.pk}/change/", {**body, "promotions": "", "version": draft.version})
    draft.refresh_from_db()
    assert draft.total == D(900)


class TestApi:
    def test_a_promotion_by_the_contract_and_the_best_one_with_its_reason(self, api, director, reception, anna):
        made = api(director).post(
            "discounts/", {"source": "order", "recipients": "everyone", "kind": "percent", "value": "10.00"}
        )
        assert made.status_code == 201
        assert (made.json()["value"], made.json()["terms_version"]) == ("10.00", 1)
        service = ServiceFactory(price="1000").pk
        best = api(reception).get(f"patients/{anna.pk}/best-discount/", {"services": f"{service}"}).json()
        assert (best["discount"], best["amount"], best["total"]) == (made.json()["id"], "100.00", "900.00")
        assert made.json()["name"] in best["reason"]
        body = {"patient": anna.pk, "lines": [{"service": service, "quantity": 1}]}
        invoice = api(reception).post("invoices/", body).json()
        assert (invoice["total"], invoice["lines"][0]["discount"]) == ("900.00", "100.00")
        assert api(reception).post("invoices/", {**body, "discounts": []}).json()["total"] == "1000.00"

    def test_it_changes_goes_and_refuses(self, api, director, reception, anna, autumn):
        desk, boss = api(reception), api(director)
        assert desk.post("discounts/", {"kind": "sum", "value": "5.00"}).status_code == 403
        assert boss.post("discounts/", {"kind": "percent", "value": "101.00"}).status_code in (400, 422)
        changed = boss.patch(f"discounts/{autumn.pk}/", {"value": "12.00", "budget": "500.00"}).json()
        assert (changed["value"], changed["budget"], changed["terms_version"]) == ("12.00", "500.00", 2)
        assert [row["id"] for row in desk.get("discounts/").json()["results"]] == [autumn.pk]
        assert boss.delete(f"discounts/{autumn.pk}/", {}).status_code == 204
        assert desk.get(f"discounts/{autumn.pk}/").status_code == 404
        assert desk.get(f"patients/{anna.pk}/best-discount/", {"services": "x"}).status_code == 400
