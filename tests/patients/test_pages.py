"""The screens of cards, asked as a browser asks."""

import json

import pytest
from django.urls import reverse

from patients import services
from patients.models import CustomField, Patient
from tests.cast import person, person_with
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
NEW = {"last_name": "Ковалёва", "first_name": "Марина", "phone": "8 916 204-17-83"}


@pytest.fixture
def browser(client):
    def as_(user):
        client.force_login(user)
        return client

    return as_


@pytest.mark.feature("PAT-08")
def test_the_list_shows_names_numbers_and_leads_to_cards(browser, reception, anna):
    page = browser(reception).get("/patients/").content.decode()
    assert anna.full_name in page and f"№ {anna.card_number}" in page and f"/patients/{anna.pk}/" in page


def test_a_fragment_of_the_list_is_only_its_rows(browser, reception, anna):
    page = browser(reception).get("/patients/", {"search": "ёлк"}, headers={"HX-Request": "true", "HX-Target": "rows"})
    assert page.status_code == 200 and b"<html" not in page.content and anna.last_name in page.content.decode()


@pytest.mark.feature("PAT-02", "PAT-03", "PAT-04", "PAT-06", "PAT-07")
def test_the_panel_opens_a_card_with_documents_and_tells_the_page_behind(browser, reception, branch):
    form = browser(reception).get("/patients/new/", headers=PANEL)
    assert form.status_code == 200 and b"<html" not in form.content
    body = {
        **NEW,
        "passport_series": "45 12",
        "passport_number": "604318",
        "registered_address": "Тула",
        "is_same_address": "on",
    }
    answer = browser(reception).post("/patients/new/", body, headers=PANEL)
    assert answer.status_code == 204
    patient = Patient.objects.select_related("identity").get()
    said = json.loads(answer["HX-Trigger"])
    assert said["patient:created"]["id"] == patient.pk and "panel:close" in said and "patients:changed" in said
    assert patient.phone == "+79162041783" and patient.identity.passport_number == "604318" and patient.branch == branch


def test_a_page_leads_to_the_new_card(browser, reception):
    answer = browser(reception).post("/patients/new/", NEW)
    assert answer.status_code == 302 and answer.url == Patient.objects.get().get_absolute_url()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**NEW, "phone": "12"}, "phone"),
        ({**NEW, "snils": "112-233-445 96"}, "snils"),
        ({**NEW, "last_name": ""}, "last_name"),
    ],
)
def test_a_wrong_field_keeps_what_was_typed_and_opens_nothing(browser, reception, body, field):
    answer = browser(reception).post("/patients/new/", body, headers=PANEL)
    assert answer.status_code == 422 and not Patient.objects.exists()
    page = answer.content.decode()
    assert f'id="card-{field}-error"' in page and 'value="Марина"' in page


def test_two_clicks_open_one_card(browser, reception):
    body = {**NEW, "idempotency_key": "5f2b"}
    for _ in range(2):
        assert browser(reception).post("/patients/new/", body).status_code == 302
    assert Patient.objects.count() == 1


@pytest.mark.feature("PAT-39")
def test_likely_doubles_show_while_typing(browser, reception, anna):
    page = browser(reception).get(
        "/patients/similar/", {"last_name": "Елкина", "first_name": "Анна", "phone": "9001234567"}
    )
    assert f"№ {anna.card_number}" in page.content.decode()
    assert browser(reception).get("/patients/similar/", {"last_name": "Орлов"}).content.strip() == b""


def test_documents_are_neither_asked_from_nor_taken_by_those_without_the_right(browser, branch):
    user = person("caller", "callcentre", branches=[branch])
    assert b"passport" not in browser(user).get("/patients/new/").content
    browser(user).post("/patients/new/", {**NEW, "passport_series": "4512", "passport_number": "604318"})
    assert not hasattr(Patient.objects.get(), "identity")


@pytest.mark.feature("PAT-21", "PAT-14")
def test_the_card_shows_tabs_facts_and_the_feed(browser, reception, anna):
    services.patient_change(patient_id=anna.pk, changes={"comment": "звонить вечером"}, actor=reception)
    page = browser(reception).get(f"/patients/{anna.pk}/").content.decode()
    assert "звонить вечером" in page and f"/patients/{anna.pk}/info/" in page and 'id="feed"' in page
    tab = browser(reception).get(f"/patients/{anna.pk}/info/", headers={"HX-Request": "true", "HX-Target": "tab"})
    assert b"<html" not in tab.content and tab.status_code == 200


@pytest.mark.parametrize("name", ["card", "info", "feed"])
def test_a_strangers_card_is_404(browser, stranger, anna, name):
    assert browser(stranger).get(reverse(f"patients:{name}", args=[anna.pk])).status_code == 404


@pytest.mark.feature("PAT-09", "PAT-10")
def test_a_line_is_edited_in_place(browser, reception, anna):
    url = f"/patients/{anna.pk}/fact/email/"
    assert b"<form" in browser(reception).get(url, {"edit": 1}).content
    answer = browser(reception).post(url, {"email": "anna@example.ru", "version": 1})
    assert answer.status_code == 200 and b"anna@example.ru" in answer.content
    wrong = browser(reception).post(url, {"email": "anna@", "version": 2})
    assert wrong.status_code == 422 and b'value="anna@"' in wrong.content
    stale = browser(reception).post(url, {"email": "b@example.ru", "version": 1})
    assert stale.status_code == 412 and b"anna@example.ru" in stale.content and b'value="2"' in stale.content
    anna.refresh_from_db()
    assert anna.email == "anna@example.ru"


@pytest.mark.feature("PAT-10", "PAT-29")
def test_documents_are_masked_and_only_for_those_who_may_see_them(browser, reception, doctor, anna, branch):
    services.identity_change(
        patient_id=anna.pk, changes={"passport_series": "4512", "passport_number": "604318"}, actor=reception
    )
    services.patient_change(patient_id=anna.pk, changes={"doctor": doctor.staff}, actor=reception)
    assert "•••• •••318" in browser(reception).get(f"/patients/{anna.pk}/info/").content.decode()
    page = browser(doctor).get(f"/patients/{anna.pk}/info/").content.decode()
    assert "604318" not in page
    assert browser(doctor).get(f"/patients/{anna.pk}/fact/document/").status_code == 403
    assert browser(doctor).post(f"/patients/{anna.pk}/fact/email/", {"email": "a@b.ru"}).status_code == 403


@pytest.mark.feature("PAT-43")
def test_own_fields_stand_on_the_card(browser, reception, anna):
    CustomField.objects.create(code="hand", name="Рука", kind="choice", options=["левая", "правая"])
    assert "Рука" in browser(reception).get("/patients/new/").content.decode()
    answer = browser(reception).post(f"/patients/{anna.pk}/fact/custom.hand/", {"custom.hand": "левая", "version": 1})
    assert "левая" in answer.content.decode()
    anna.refresh_from_db()
    assert anna.custom == {"hand": "левая"}


@pytest.mark.feature("PAT-45")
def test_a_card_is_kept_at_hand(browser, reception, anna):
    answer = browser(reception).post(f"/patients/{anna.pk}/pin/", {"pinned": "0"})
    assert b'aria-pressed="true"' in answer.content
    assert anna.full_name in browser(reception).get("/patients/", {"view": "pinned"}).content.decode()


def test_a_picker_gives_choices(browser, reception, anna):
    rows = browser(reception).get("/patients/pick/", {"q": "ёлк"}).json()
    assert rows[0]["value"] == anna.pk and "№" in rows[0]["note"]


def test_the_palette_finds_patients(browser, reception, anna):
    assert anna.full_name in browser(reception).get("/palette/", {"q": "4567"}).content.decode()


def test_a_merged_card_says_where_its_records_are(browser, director, anna):
    other = PatientFactory()
    Patient.objects.filter(pk=other.pk).update(merged_into=anna)
    assert anna.card_number in browser(director).get(f"/patients/{other.pk}/").content.decode()


def test_phones_are_hidden_from_those_who_may_not_see_them(browser, anna):
    user = person_with("patients.see_card")
    for url in ("/patients/", f"/patients/{anna.pk}/", f"/patients/{anna.pk}/info/", "/palette/?q=ёлк", "/patients/pick/?q=ёлк",
                "/patients/export.csv"):  # fmt: skip
        page = browser(user).get(url)
        body = b"".join(page.streaming_content) if page.streaming else page.content
        assert page.status_code == 200 and b"123-45-67" not in body and b"79001234567" not in body, url
