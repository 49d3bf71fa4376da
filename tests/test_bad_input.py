"""Input that is wrong, hostile or huge: a clear word beside the field or the row, and nothing half-saved."""

import http.client
import json
import re
import uuid
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from catalog.models import Service
from core.models import StoredFile
from patients.models import Patient
from scheduling.models import Appointment
from tests.factories import CategoryFactory, PatientFactory, ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-02", "BIL-34")]
HOSTILE = '<script>alert("Ёлка")</script>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 64
CARD = {"last_name": "Волкова", "first_name": "Ольга", "middle_name": "", "phone": "+7 900 111-22-33"}


@pytest.fixture
def as_user():
    """`as_user(reception)` is his browser, in Russian."""

    def make(user):
        client = Client(headers={"Accept-Language": "ru"})
        client.force_login(user)
        return client

    return make


def errors_of(page):
    """Words of the errors by the name of the control that a reader of the screen hears them at."""
    text = page.content.decode()
    found = {}
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
        name, told = re.search(r'\bname="([^"]+)"', tag), re.search(r'aria-describedby="([^"]+)"', tag)
        for part in told[1].split() if name and told else ():
            words = re.search(rf'class="err" id="{re.escape(part)}"[^>]*>(.*?)</div>', text, re.S)
            if words:
                found[name[1]] = found.get(name[1], "") + re.sub(r"<[^>]+>", "", words[1]).strip()
    return found


def counts():
    return {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_label in {"patients", "scheduling", "billing", "ledger", "catalog", "clinical", "work"}
    }


# --- page forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("birth_date", "2026-02-31", "дат"),
        ("birth_date", "вчера", "дат"),
        ("birth_date", "2999-01-01", "год"),
        ("birth_date", "0001-01-01", ""),
        ("birth_date", "99999-99-99", "дат"),
        ("phone", "12", ""),
        ("phone", "позвоните мне", ""),
        ("email", "не почта", ""),
        ("last_name", "", "бязательн"),
        ("last_name", "Ы" * 5000, ""),
        ("last_name", "Вол\x00кова", ""),
        ("source", "999999999999999999999999", ""),
        ("source", "<b>", ""),
    ],
)
def test_a_wrong_field_of_a_card_is_told_beside_it_and_the_rest_is_kept(
    as_user, reception, branch, field, value, words
):
    before = counts()
    page = as_user(reception).post("/patients/new/", {**CARD, field: value})
    assert page.status_code == 422
    assert words in errors_of(page).get(field, "nothing is said").lower(), errors_of(page)
    kept = next(name for name in ("first_name", "last_name") if name != field)
    assert f'value="{CARD[kept]}"' in page.content.decode()
    assert counts() == before


@pytest.mark.parametrize(
    ("address", "given", "field"),
    [
        ("/appointments/new/", {"date": "2026-02-31", "start": "10:00", "minutes": "30"}, "date"),
        ("/appointments/new/", {"date": "2026-11-24", "start": "25:61", "minutes": "30"}, "start"),
        ("/appointments/new/", {"date": "2026-11-24", "start": "10:00", "minutes": "9" * 30}, "minutes"),
        ("/tasks/new/", {"title": "Ы" * 5000}, "title"),
        ("/tasks/new/", {"title": "Сверить", "due_at": "99.99.9999"}, "due_at"),
        ("/patients/{anna}/deposit/", {"cash": "1e30"}, "cash"),
        ("/patients/{anna}/deposit/", {"card": "тысяча"}, "card"),
        ("/staff/new/", {"last_name": "Ы" * 5000, "first_name": "Ян"}, "last_name"),
        ("/staff/new/", {"last_name": "Ян", "first_name": "Ян", "hired_on": "2026-02-31"}, "hired_on"),
        ("/branches/new/", {"name": "Юг", "timezone": "Moon/Crater"}, "timezone"),
        ("/branches/new/", {"name": "Юг", "timezone": "Europe/Moscow", "area_sqm": "9" * 40}, "area_sqm"),
        ("/directories/visit-types/new/", {"name": "Осмотр", "duration_min": "-5", "tone": "blue"}, "duration_min"),
        ("/directories/visit-types/new/", {"name": "Осмотр", "duration_min": "30", "tone": "<b>"}, "tone"),
    ],
)
def test_a_wrong_field_of_a_form_is_told_beside_it(as_user, director, branch, anna, address, given, field):
    before = counts()
    page = as_user(director).post(address.format(anna=anna.pk), given)
    assert page.status_code == 422, page.status_code
    assert errors_of(page).get(field), errors_of(page)
    assert counts() == before


def test_a_picture_that_is_called_a_table_of_patients_is_not_taken(as_user, director):
    page = as_user(director).post("/patients/import/", {"file": SimpleUploadedFile("пациенты.xlsx", PNG, XLSX)})
    assert page.status_code == 422 and errors_of(page)["file"]
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("price", ["1e30", "9" * 40, "-1", "1500.555", "NaN", "Infinity", "тысяча", "1,5,5"])
def test_a_wrong_price_is_told_beside_it(as_user, director, price):
    category = CategoryFactory()
    before = counts()
    given = {"code": "A16.07.777", "name": "Коронка", "category": category.pk, "price": price, "duration_min": 30}
    page = as_user(director).post("/prices/new/", given)
    assert page.status_code == 422
    assert errors_of(page)["price"]
    assert counts() == before


@pytest.mark.parametrize(
    "address",
    [
        "/patients/?page=99999999999999999999",
        "/patients/?page=-1",
        "/patients/?page=ё",
        "/patients/?sort=password",
        "/patients/?sort=%00",
        "/patients/?search=" + "ы" * 5000,
        "/patients/?search=%00",
        "/patients/?doctor=99999999999999999999999",
        "/patients/?created_at_after=31.02.2026",
        "/patients/?col=nothing&col=%3Cb%3E",
        "/patients/?view=" + HOSTILE,
        "/reports/income/?from=2026-02-31&to=вчера",
        "/reports/income/?from=99999-01-01",
        "/home/?from=0001-01-01&to=9999-12-31",
        "/patients/99999999999999999999999999/",
        "/jobs/не-ключ/",
        "/palette/?q=" + "%25" * 90,
        "/palette/?q=%00",
    ],
)
def test_a_wrong_address_is_answered_with_a_page(as_user, director, branch, anna, address):
    answer = as_user(director).get(address)
    assert answer.status_code in (200, 400, 404)
    assert HOSTILE not in answer.content.decode()


# --- HTML in names -----------------------------------------------------------------------------------


def test_html_in_names_is_text_everywhere(as_user, director, branch):
    client = as_user(director)
    made = client.post("/patients/new/", {**CARD, "last_name": HOSTILE, "branch": branch.pk})
    assert made.status_code < 400
    patient = Patient.objects.get()
    assert patient.last_name == HOSTILE
    ServiceFactory(name=HOSTILE)
    for address in (
        "/patients/", f"/patients/{patient.pk}/", f"/patients/{patient.pk}/info/", f"/patients/{patient.pk}/feed/",
        "/palette/?q=script", "/prices/", "/audit/", f"/patients/{patient.pk}/plans/",
        f"/patients/{patient.pk}/diagnostics/",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert HOSTILE not in text and "<script>alert" not in text, address
    assert "&lt;script&gt;" in client.get("/patients/").content.decode()
    told = client.get(f"/api/v1/patients/{patient.pk}/")
    assert told["Content-Type"] == "application/json" and told.json()["last_name"] == HOSTILE


def test_a_name_that_is_a_formula_is_text_in_a_table(as_user, director, branch):
    PatientFactory(last_name='=HYPERLINK("http://example.test")', branch=branch)
    lines = b"".join(as_user(director).get("/patients/export.csv").streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in lines


# --- the API -----------------------------------------------------------------------------------------


@pytest.fixture
def api(as_user):
    def ask(user, method, address, body):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return as_user(user).generic(
            method, f"/api/v1/{address}", text, content_type="application/json", headers=headers
        )

    return ask


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**CARD, "birth_date": "2026-02-31"}, "birth_date"),
        ({**CARD, "birth_date": "2999-01-01"}, "birth_date"),
        ({**CARD, "birth_date": 20260101}, "birth_date"),
        ({**CARD, "last_name": ["Волкова"]}, "last_name"),
        ({**CARD, "last_name": {"a": 1}}, "last_name"),
        ({**CARD, "last_name": "Вол\x00кова"}, "last_name"),
        ({**CARD, "last_name": "Ы" * 100_000}, "last_name"),
        ({**CARD, "source": 10**30}, "source"),
        ({**CARD, "source": "x"}, "source"),
        ({**CARD, "phone": "12"}, "phone"),
        ({**CARD, "is_superuser": True}, "is_superuser"),
        ({"first_name": "Ольга"}, "last_name"),
    ],
)
def test_the_api_names_the_wrong_field(api, reception, branch, body, field):
    before = counts()
    answer = api(reception, "POST", "patients/", body)
    assert answer.status_code == 400, answer.content
    told = answer.json()
    assert told["code"] == "invalid" and told["fields"][field]
    assert counts() == before


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', b"\xff\xfe", "[" * 2000, '{"a":' * 2000, "1e999"])
def test_what_is_not_an_object_is_refused(api, reception, branch, body):
    before = counts()
    answer = api(reception, "POST", "patients/", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert counts() == before


@pytest.mark.parametrize("amount", ["1e30", "9" * 40, "-1.00", "0", "1.001", "NaN", "Infinity", "", None, [], 10**40])
def test_a_wrong_sum_is_refused(api, reception, anna, amount):
    before = counts()
    answer = api(reception, "POST", f"patients/{anna.pk}/deposit/", {"method": "cash", "amount": amount})
    assert answer.status_code == 400
    assert answer.json()["fields"]["amount"]
    assert counts() == before


@pytest.mark.parametrize(
    "times",
    [
        {"start": "2026-11-24T10:00:00", "end": "2026-11-24T11:00:00"},
        {"start": "2026-02-31T10:00:00+03:00", "end": "2026-02-31T11:00:00+03:00"},
        {"start": "2126-11-24T11:00:00+03:00", "end": "2126-11-24T10:00:00+03:00"},
        {"start": "0001-01-01T00:00:00+03:00", "end": "9999-12-31T23:59:59+03:00"},
        {"start": 10**20, "end": "завтра"},
    ],
)
def test_wrong_times_are_refused(api, reception, anna, doctor, chair, times):
    body = {"patient": anna.pk, "doctor": doctor.staff.pk, "chair": chair.pk, **times}
    answer = api(reception, "POST", "appointments/", body)
    assert answer.status_code == 400
    assert {"start", "end"} & set(answer.json()["fields"])
    assert not Appointment.objects.exists()


# --- files -------------------------------------------------------------------------------------------

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(*rows):
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("прайс.xlsx", PNG),
        ("прайс.csv", PNG),
        ("прайс.xlsx", b""),
        ("прайс.xlsx", b"MZ\x90\x00" + b"\x00" * 100),
        ("прайс.exe", b"MZ\x90\x00" + b"\x00" * 100),
    ],
)
def test_a_picture_that_is_called_a_table_is_not_taken(as_user, director, name, content):
    given = {"file": SimpleUploadedFile(name, content, XLSX)}
    page = as_user(director).post("/prices/import/", given)
    assert page.status_code == 422
    assert errors_of(page)["file"]
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("content", [b"PK\x03\x04" + PNG, workbook()[:-200], b"PK\x03\x04xl/"])
def test_a_broken_workbook_is_told_in_words_before_anything_is_imported(as_user, director, content):
    given = {"file": SimpleUploadedFile("прайс.xlsx", content, XLSX)}
    page = as_user(director).post("/prices/import/", given, follow=True)
    assert page.status_code == 422
    assert not Service.objects.exists()


@pytest.fixture
def wide_door(web):
    """`wide_door(user, address, size)`: a form with a file of so many bytes, sent in pieces; gives status and text."""

    def send(user, address, size, headers=None, head=b"", tail=b""):
        client = Client()
        client.force_login(user)
        place = urlsplit(web)
        line = http.client.HTTPConnection(place.hostname, place.port, timeout=120)
        line.putrequest("POST", address)
        given = {
            "Cookie": f"sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}",
            "X-CSRFToken": "a" * 32, "Accept-Language": "ru", "Content-Length": str(len(head) + size + len(tail)),
            **(headers or {}),
        }  # fmt: skip
        for name, value in given.items():
            line.putheader(name, value)
        line.endheaders()
        piece = b"\x00" * (1 << 20)
        try:
            line.send(head)
            for _number in range(size >> 20):
                line.send(piece)
            line.send(tail)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has said no before the end
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        return answer.status, text

    return send


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_hundred_megabytes_are_refused_in_words(wide_door, director):
    head = (
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.xlsx\"\r\n"
        b"Content-Type: application/octet-stream\r\n\r\n"
    )  # fmt: skip
    status, text = wide_door(
        director, "/prices/import/", 200 << 20, {"Content-Type": "multipart/form-data; boundary=edge"}, head,
        b"\r\n--edge--\r\n",
    )  # fmt: skip
    assert status in (413, 422), (status, text[:500])
    assert "МБ" in text
    assert not StoredFile.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_api_takes_no_body_of_two_hundred_megabytes(wide_door, director):
    status, text = wide_door(director, "/api/v1/patients/", 200 << 20, {"Content-Type": "application/json"})
    assert status in (400, 413), (status, text[:500])
    assert json.loads(text)["code"]
    assert not Patient.objects.exists()
