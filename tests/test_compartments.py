"""Facts of a compartment asked for at every address: who may not see money, treatment or papers finds them nowhere.

Each fact is one that stands nowhere else: a sum that nobody else paid, a word in a diagnosis' note. Every GET route of
the program is asked with objects that exist: pages, panels, exports in both shapes, PDF, the API, search. The director
is asked first, at all of them; the others then wherever he found something.
"""

import re
from decimal import Decimal
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pytest
from django.test import Client
from pypdf import PdfReader

from billing.services import LineInput, deposit_put, invoice_make, payment_accept
from clinical.services import LineIn, diagnosis_close, diagnosis_note, plan_create
from patients.services import alert_add
from tests import access
from tests.small_clinic import kept_clinic

pytestmark = [pytest.mark.slow, pytest.mark.feature("PAT-29", "SET-16", "SET-22")]

MONEY = {"a payment": r"2\D{0,6}718[.,]28", "a deposit": r"1\D{0,6}618[.,]03", "a debt": r"2\D{0,6}281[.,]72"}
DISEASE = {"a diagnosis": "Тайнодиагноз", "a closed one": "Вылеченное", "an allergy": "Лидокаин"}
PAPERS = {"a passport": r"(?<!\d)123456(?!\d)", "an address": "Ленинский пр"}
FORBIDDEN = {
    "administrator": DISEASE,
    "callcentre": MONEY | DISEASE | PAPERS,
    "doctor": MONEY | PAPERS,
    "assistant": MONEY | PAPERS,
    "coordinator": PAPERS,
    "marketer": MONEY | DISEASE | PAPERS,
    "sales": MONEY | DISEASE | PAPERS,
    "finance": DISEASE,
}
# What stands for the number in an address, by the address' first words.
OBJECTS = (
    (r"patients/import|patients/duplicates", None),
    (r"patients/", "anna"), (r"appointments/", "visit"), (r"invoices/", "big_invoice"), (r"payments/", "big_payment"),
    (r"treatment-plans/", "plan"), (r"messages/templates", None), (r"messages/", "message"), (r"cash-shifts/", "cash_shift"),
    (r"cash/shifts/", "cash_shift"), (r"cash/desks/", "desk"), (r"shifts/", "shift"), (r"holds/", "hold"),
    (r"staff/", "sokolova"), (r"tasks/", "task"), (r"prices/", "service"), (r"services/", "service"),
    (r"diagnoses/", "caries"), (r"branches/", "branch"), (r"chairs/", "chair"),
)  # fmt: skip
# Streams, and a directory whose examples look like a passport.
NOT_ASKED = ("live/", "jobs/", "directories/document-kinds/")
QUERIES = ("palette/", "patients/pick/", "invoices/patients/", "api/v1/patients/")


@pytest.fixture(scope="module")
def it(django_db_setup, django_db_blocker):
    with kept_clinic(django_db_blocker) as made:
        _facts(made)
        yield made


def _facts(it):
    boss = it.boss
    it.big_invoice = invoice_make(
        patient_id=it.anna.pk, lines=[LineInput(service_id=it.service.pk, doctor_id=it.sokolova.pk)], actor=boss,
        branch_id=it.branch.pk, appointment_id=it.visit.pk,
    )  # fmt: skip
    tenders = [("card", Decimal("2718.28"))]
    it.big_payment = payment_accept(invoice_id=it.big_invoice.pk, tenders=tenders, actor=boss).payment
    deposit_put(patient_id=it.anna.pk, tenders=[("card", Decimal("1618.03"))], actor=boss, branch_id=it.branch.pk)
    note = {"patient_id": it.anna.pk, "diagnosis_id": it.caries.pk, "actor": boss, "doctor": it.sokolova}
    diagnosis_note(teeth=[37], note="Тайнодиагноз", **note)
    closed = diagnosis_note(teeth=[38], note="Вылеченное", **note)[0]
    diagnosis_close(tooth_diagnosis_id=closed.pk, actor=boss)
    alert_add(patient_id=it.anna.pk, actor=boss, title="Лидокаин форте", kind="medical")
    plan_create(
        patient_id=it.anna.pk, doctor=it.sokolova, branch=it.branch, actor=boss,
        lines=[LineIn(service_id=it.service.pk, teeth=[37])],
    )  # fmt: skip


def addresses_of(it):
    """Every GET route with an object that exists in its place, and the searches with words in them."""
    for route in access.ours():
        if not any(each.method == "GET" for each in access.asked(route)) or route.route.startswith(NOT_ASKED):
            continue
        pattern = route.route.replace("<slug:kind>", "csv")
        if "<int:pk>" in pattern:
            name = next((name for start, name in OBJECTS if re.match(rf"(api/v1/)?{start}", pattern)), None)
            if name is None:
                continue
            pattern = pattern.replace("<int:pk>", str(getattr(it, name).pk))
        if "<" in pattern:
            continue
        yield pattern
        if pattern.endswith(".csv"):
            yield pattern.removesuffix("csv") + "xlsx"
        if pattern in QUERIES:
            for words in ("Ёлкина", "123456", "Лидокаин", "2718"):
                key = "search" if pattern.startswith("api/") else "q"
                yield f"{pattern}?{key}={words}"


def said(answer):
    """Everything that can be read in an answer: a page, rows, a workbook, a document."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"%PDF"):
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    if body.startswith(b"PK"):
        try:
            with ZipFile(BytesIO(body)) as book:
                return " ".join(book.read(name).decode("utf8", "replace") for name in book.namelist())
        except BadZipFile:
            pass
    text = body.decode("utf8", "replace")
    return (
        text.encode().decode("unicode_escape", "replace")
        if answer["Content-Type"] == "application/json" and "\\u" in text
        else text
    )


def found_by(user, addresses, facts):
    """{fact: the addresses that told it}"""
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.force_login(user)
    told = {name: [] for name in facts}
    for address in sorted(set(addresses)):
        answer = client.get(f"/{address}")
        assert answer.status_code < 500, address
        if answer.status_code != 200:
            continue
        asked = address.partition("=")[2]
        text = said(answer)
        assert "Action(label" not in text and "SafeString" not in text, address
        for name, pattern in facts.items():
            if re.search(pattern, text.replace(asked, "") if asked else text):
                told[name].append(address)
    return {name: places for name, places in told.items() if places}


@pytest.fixture(scope="module")
def told(it):
    """Where the director finds each fact."""
    return found_by(it.boss, addresses_of(it), MONEY | DISEASE | PAPERS)


def test_the_director_finds_every_fact(told):
    """Else nobody would notice that a fact stands nowhere any more."""
    assert set(told) == set(MONEY | DISEASE | PAPERS)
    assert len(told["a payment"]) > 5


@pytest.mark.parametrize("role", sorted(FORBIDDEN))
def test_who_may_not_see_it_finds_it_nowhere(it, told, role):
    places = {place for places in told.values() for place in places}
    found = found_by(it.people[role], places, FORBIDDEN[role])
    assert not found, "\n".join(f"{name}: {' '.join(places)}" for name, places in found.items())
