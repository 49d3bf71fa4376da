"""The price list: services, dated prices, many prices at once."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog import rules
from catalog.errors import NothingToChange, PreviewChanged, PriceStarted
from catalog.models import Category, Diagnosis, PriceChange, Service, ServicePrice
from catalog.selectors import diagnoses_matching, diagnoses_offered, prices_on, services_matching, services_offered
from catalog.services import (
    PriceRule,
    price_set,
    price_withdraw,
    prices_change,
    prices_change_undo,
    prices_preview,
    service_archive,
    service_change,
    service_create,
    service_trash,
)
from catalog.services.prices import today
from core.errors import Invalid, Stale
from core.models import AuditEntry
from core.trash import InUse
from tests.clinical.factories import plan_made
from tests.factories import CategoryFactory, DiagnosisFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-34")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
TOMORROW = timedelta(days=1)


@pytest.fixture
def filling(db):
    return ServiceFactory(code="A16.07.002", name="Восстановление зуба пломбой", price="1500.00")


@pytest.fixture
def browser(client, director):
    client.force_login(director)
    return client


def rule(**changes):
    return PriceRule(**{"kind": "percent", "value": Decimal(10), "starts_on": today() + TOMORROW, **changes})


# The price of a day

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
PRICES = st.dictionaries(DAYS, st.decimals(0, 100_000, places=2), max_size=12)


@given(PRICES, DAYS)
def test_the_price_of_a_day_is_the_newest_that_has_begun(prices, day):
    found = rules.price_on(prices.items(), day)
    begun = [start for start in prices if start <= day]
    assert found == (prices[max(begun)] if begun else None)


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.decimals(0, 9999, places=2)), unique_by=lambda pair: pair[0], max_size=6
    ),
    st.integers(-5, 405),
)
@pytest.mark.django_db
def test_the_database_and_the_rule_agree_on_the_price_of_a_day(prices, offset):
    with transaction.atomic():
        filling = ServiceFactory()
        filling.prices.all().delete()
        start = date(2026, 1, 1)
        dated = [(start + timedelta(days=day), amount) for day, amount in prices]
        ServicePrice.objects.bulk_create(
            [ServicePrice(service=filling, starts_on=day, amount=amount) for day, amount in dated]
        )
        day = start + timedelta(days=offset)
        expected = rules.price_on(dated, day)
        assert prices_on([filling.pk], day).get(filling.pk) == expected
        assert services_offered(day).get(pk=filling.pk).price == expected


def test_a_new_price_starts_on_its_day_and_replaces_one_set_for_the_same_day(filling, director):
    for amount in ("2000.00", "2100.00"):
        price_set(service_id=filling.pk, amount=Decimal(amount), starts_on=today() + TOMORROW, actor=director)
    assert prices_on([filling.pk], today()) == {filling.pk: Decimal("1500.00")}
    assert prices_on([filling.pk], today() + TOMORROW) == {filling.pk: Decimal("2100.00")}
    assert AuditEntry.objects.filter(code="catalog.price.set").count() == 2


def test_the_past_is_not_rewritten_but_a_first_price_may_begin_in_it(filling, director):
    with pytest.raises(PriceStarted):
        price_set(service_id=filling.pk, amount=Decimal(1), starts_on=today() - TOMORROW, actor=director)
    filling.prices.all().delete()
    price_set(service_id=filling.pk, amount=Decimal(1), starts_on=date(2025, 1, 1), actor=director)
    with pytest.raises(PriceStarted):
        price_withdraw(price_id=filling.prices.get().pk, actor=director)


def test_a_price_that_has_not_begun_is_withdrawn_and_the_former_goes_on(filling, director):
    price = price_set(service_id=filling.pk, amount=Decimal(9), starts_on=today() + TOMORROW, actor=director)
    price_withdraw(price_id=price.pk, actor=director)
    assert prices_on([filling.pk], today() + TOMORROW) == {filling.pk: Decimal("1500.00")}


def test_the_database_keeps_one_price_a_day_and_none_below_zero(filling):
    for changes, constraint in (
        ({"starts_on": date(2020, 1, 1), "amount": 1}, "service_price_one_a_day"),
        ({"starts_on": date(2020, 1, 2), "amount": -1}, "service_price_never_negative"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            ServicePrice.objects.create(service=filling, **changes)


# Services


def test_look_alike_letters_of_a_code_are_made_latin_and_a_taken_code_is_refused(filling, director):
    with pytest.raises(Invalid) as refusal:
        service_create(category=filling.category, code="А 16.07.002", name="Пломба", actor=director)
    assert "code" in refusal.value.fields
    made = service_create(category=filling.category, code="ВОЗ.065.007", name="Осмотр", actor=director)
    assert (made.code, made.code_804n) == ("B03.065.007", "B03.065.007")
    own = service_create(category=filling.category, code="зуб-1", name="Своя услуга", actor=director)
    assert (own.code, own.code_804n) == ("ЗУБ-1", "")


def test_a_service_is_changed_by_version_archived_and_not_deleted_while_plans_have_it(filling, director):
    service_change(service_id=filling.pk, actor=director, expected_version=1, name="Пломба световая")
    with pytest.raises(Stale):
        service_change(service_id=filling.pk, actor=director, expected_version=1, name="Другое")
    assert service_archive(service_id=filling.pk, actor=director) is False
    assert not services_offered(today()).filter(pk=filling.pk).exists()
    assert service_archive(service_id=filling.pk, actor=director) is True
    used = plan_made().lines.get().service
    with pytest.raises(InUse):
        service_trash(service_id=used.pk, actor=director)
    service_trash(service_id=filling.pk, actor=director)
    assert not Service.objects.live().filter(pk=filling.pk).exists()


@pytest.mark.feature("CLN-30")
def test_a_service_names_the_diagnoses_that_it_treats(filling, director):
    caries = DiagnosisFactory()
    service_change(service_id=filling.pk, actor=director, diagnoses=[caries])
    assert list(caries.services.all()) == [filling]


@pytest.mark.parametrize("words", ["пломбой зуба", "ПЛОМБОЙ", "a16.07.002", "А16.07.00 пломбой", "gkjv,jq"])
def test_services_are_found_by_words_in_any_order_codes_and_the_wrong_keyboard(filling, words):
    ServiceFactory(name="Удаление", code="A16.07.001")
    assert list(services_matching(services_offered(today()), words)) == [filling]


@pytest.mark.feature("CLN-05")
def test_diagnoses_are_found_by_code_with_look_alikes_and_by_words():
    assert [row.code for row in diagnoses_matching(diagnoses_offered(), "К02.1")][:1] == ["K02.1"]
    assert "K04.0" in [row.code for row in diagnoses_matching(diagnoses_offered(), "пульпит")]
    assert "K04.0" in [row.code for row in diagnoses_matching(diagnoses_offered(), "pulpitis")]


@pytest.mark.feature("CLN-28")
def test_a_new_clinic_finds_icd_10_and_loading_twice_changes_nothing(director):
    from catalog.reference import load_diagnoses

    count = Diagnosis.objects.count()
    assert count >= 160
    Diagnosis.objects.filter(code="K02.1").update(name="Кариес (наше название)")
    load_diagnoses()
    assert Diagnosis.objects.count() == count
    assert Diagnosis.objects.get(code="K02.1").name == "Кариес (наше название)"


# Many prices at once


@given(
    st.decimals(0, 100_000, places=2), st.sampled_from(["0.01", "1", "10", "50", "100"]),
    st.sampled_from(["nearest", "up", "down"]), st.decimals(-99, 300, places=2),
)  # fmt: skip
def test_a_moved_price_is_a_multiple_of_its_step_on_the_right_side(price, step, way, percent):
    step = Decimal(step)
    new = rules.changed(price, "percent", percent, step, way)
    exact = price * (100 + percent) / 100
    assert new >= 0 and new % step == 0
    assert abs(new - exact) < step or way == "nearest"
    assert {"up": new >= exact, "down": new <= exact, "nearest": abs(new - exact) <= step / 2}[way]


def test_a_change_is_previewed_then_applied_whole_and_taken_back_before_its_day(filling, director):
    other = ServiceFactory(category=filling.category, price="990.00")
    priceless = ServiceFactory(category=filling.category)
    priceless.prices.all().delete()
    asked = rule(step=Decimal(100), categories=[filling.category_id])
    preview = prices_preview(asked)
    assert {row.service.pk: row.new for row in preview.rows} == {
        filling.pk: Decimal("1700.00"), other.pk: Decimal("1100.00"), priceless.pk: None,
    }  # fmt: skip
    change = prices_change(asked, actor=director, seen=preview.digest)
    day = today() + TOMORROW
    assert prices_on([filling.pk, other.pk], day) == {filling.pk: Decimal("1700.00"), other.pk: Decimal("1100.00")}
    assert prices_on([filling.pk], today()) == {filling.pk: Decimal("1500.00")}
    prices_change_undo(change_id=change.pk, actor=director)
    assert prices_on([filling.pk], day) == {filling.pk: Decimal("1500.00")}
    assert prices_change_undo(change_id=change.pk, actor=director).undone_at


def test_a_change_whose_day_has_come_stays(filling, director):
    change = prices_change(rule(services=[filling.pk]), actor=director)
    with time_machine.travel(today() + 2 * TOMORROW), pytest.raises(PriceStarted):
        prices_change_undo(change_id=change.pk, actor=director)


def test_prices_that_moved_after_the_preview_stop_the_change(filling, director):
    asked = rule(services=[filling.pk])
    seen = prices_preview(asked).digest
    price_set(service_id=filling.pk, amount=Decimal(1700), starts_on=today(), actor=director)
    with pytest.raises(PreviewChanged):
        prices_change(asked, actor=director, seen=seen)
    assert not PriceChange.objects.exists()


def test_a_price_set_for_that_day_and_one_that_rounding_keeps_are_left_alone(filling, director):
    price_set(service_id=filling.pk, amount=Decimal(1), starts_on=today() + TOMORROW, actor=director)
    with pytest.raises(NothingToChange):
        prices_change(rule(services=[filling.pk]), actor=director)
    kept = rule(services=[ServiceFactory(price="1000.00").pk], value=Decimal(1), step=Decimal(100))
    assert prices_preview(kept).changed == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"value": Decimal(0)}, "value"), ({"value": Decimal(-100)}, "value"), ({"value": Decimal(1001)}, "value"),
     ({"starts_on": date(2020, 1, 1)}, "starts_on"), ({"step": Decimal(0)}, "step"), ({"way": "sideways"}, "step")],
)  # fmt: skip
def test_an_impossible_change_is_refused_beside_its_field(changes, field):
    with pytest.raises(Invalid) as refusal:
        prices_preview(rule(**changes))
    assert list(refusal.value.fields) == [field]


# Screens


def test_the_list_shows_the_price_of_a_day_at_the_same_number_of_queries(browser, director, filling):
    price_set(service_id=filling.pk, amount=Decimal(1700), starts_on=today() + TOMORROW, actor=director)

    def asked(url="/prices/"):
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(url)
        return page.content.decode().replace("\xa0", " "), len(queries)

    asked()
    page, few = asked()
    assert "1 500" in page and "1 700" in page
    assert "1 700" in asked(f"/prices/?on={today() + TOMORROW}&search=пломбой")[0]
    ServiceFactory.create_batch(20, category=filling.category)
    assert asked()[1] == few


def test_a_service_is_added_and_priced_in_the_panel(browser):
    category = CategoryFactory()
    sent = {
        "category": category.pk, "code": "А16.07.099", "name": "Новая", "duration_min": 45, "buffer_min": 0,
        "tax_code": "1", "is_active": "on", "price": "2 500,50", "starts_on": "",
    }  # fmt: skip
    assert browser.get("/prices/new/", headers=PANEL).status_code == 200
    assert browser.post("/prices/new/", sent, headers=PANEL).status_code == 204
    made = services_offered(today()).get(code="A16.07.099")
    assert (made.price, made.duration_min) == (Decimal("2500.50"), 45)
    answer = browser.post("/prices/new/", sent, headers=PANEL)
    assert answer.status_code == 422 and b'value="2' in answer.content


def test_a_stale_form_shows_what_differs_and_may_be_saved_again(browser, filling):
    sent = {
        "category": filling.category_id, "code": filling.code, "name": "Моё имя", "duration_min": 30, "buffer_min": 0,
        "tax_code": "1", "is_active": "on", "version": 1,
    }  # fmt: skip
    service_change(service_id=filling.pk, actor=None, name="Чужое имя")
    answer = browser.post(f"/prices/{filling.pk}/", sent, headers=PANEL)
    page = answer.content.decode()
    assert answer.status_code == 412 and "Чужое имя" in page and "Моё имя" in page
    assert browser.post(f"/prices/{filling.pk}/", {**sent, "version": 2}, headers=PANEL).status_code == 204
    assert Service.objects.get(pk=filling.pk).name == "Моё имя"


def test_many_prices_are_changed_from_the_page(browser, filling):
    query = {
        "kind": "percent",
        "value": "10",
        "step": "10",
        "way": "nearest",
        "starts_on": f"{today() + TOMORROW}",
        "services": filling.pk,
    }
    page = browser.get("/prices/change/", query, headers={"HX-Request": "true", "HX-Target": "preview"})
    digest = re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]
    assert browser.post("/prices/change/", {**query, "seen": digest}).status_code == 302
    assert prices_on([filling.pk], today() + TOMORROW) == {filling.pk: Decimal("1650.00")}
    undo = f"/prices/change/{PriceChange.objects.get().pk}/undo/"
    assert undo in browser.get("/prices/change/").content.decode()
    assert browser.post(undo, headers={"HX-Request": "true"}).status_code == 204
    for bad in ({"value": "abc"}, {"value": "0"}, {"starts_on": "2020-01-01"}):
        assert browser.get("/prices/change/", {**query, **bad}).status_code == 422


def test_who_may_only_look_gets_facts_and_no_form(client, doctor, filling):
    client.force_login(doctor)
    assert "<form" not in client.get(f"/prices/{filling.pk}/", headers=PANEL).content.decode()
    page = client.get("/prices/").content.decode()
    assert "/prices/new/" not in page
    for url in ("/prices/new/", "/prices/change/", "/prices/import/"):
        assert client.get(url).status_code == 403
    for url in (f"/prices/{filling.pk}/", f"/prices/{filling.pk}/archive/", f"/prices/{filling.pk}/trash/"):
        assert client.post(url, {"name": "x"}).status_code == 403


# API


def test_services_and_diagnoses_are_read_by_other_programs(browser, filling):
    row = browser.get("/api/v1/services/?search=пломбой").json()["results"][0]
    assert {name: row[name] for name in ("code", "name", "category", "price", "duration_min", "is_active")} == {
        "code": "A16.07.002", "name": filling.name, "category": filling.category_id, "price": "1500.00",
        "duration_min": 30, "is_active": True,
    }  # fmt: skip
    assert browser.get(f"/api/v1/services/{filling.pk}/").json()["price"] == "1500.00"
    found = browser.get("/api/v1/diagnoses/?search=k02.1").json()["results"]
    assert (found[0]["code"], browser.get(f"/api/v1/diagnoses/{found[0]['id']}/").status_code) == ("K02.1", 200)
    assert browser.get("/api/v1/services/999999999/").status_code == 404
    assert browser.get("/api/v1/services/?nonsense=1").status_code == 400


def test_a_program_adds_a_service_and_sets_its_price(browser):
    category = Category.objects.first() or CategoryFactory()
    body = {"category": category.pk, "code": "X1", "name": "API", "price": "10.00"}
    made = browser.post("/api/v1/services/", body, content_type="application/json")
    assert (made.status_code, made.json()["price"]) == (201, "10.00")
    url = f"/api/v1/services/{made.json()['id']}/"
    price = {"amount": "12.00", "starts_on": str(today())}
    assert browser.post(f"{url}prices/", price, content_type="application/json").json()["price"] == "12.00"
    late = browser.post(f"{url}prices/", {"amount": "1.00", "starts_on": "2020-01-01"}, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "price_started")
    wrong = browser.patch(url, {"category": 999999999}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["category"])
    stale = browser.patch(url, {"name": "x"}, content_type="application/json", headers={"If-Match": '"9"'})
    assert stale.status_code == 412
