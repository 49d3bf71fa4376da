"""The register obeys the schema of its format, the paper shows what was said, pages and the API lead there."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import xmlschema
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import LegalEntity
from core.errors import Invalid
from patients.models import Family
from taxes import rules
from taxes.errors import NothingToSend
from taxes.models import Certificate, TaxRegister
from taxes.papers import certificate_paper, rows_of, sum_cells
from taxes.rules import Part
from taxes.selectors import payers_of
from taxes.services import certificate_cancel, certificate_correct, certificate_issue, register_make
from taxes.xml import SCHEMA
from tests.billing.money import D, pay
from tests.factories import PatientFactory
from tests.taxes.conftest import INN, SUBJECT, a_request, on, sold

pytestmark = pytest.mark.feature("PAT-17", "DOC-06")
LONGEST = "Архангельская-Преображенская-Воскресенская-Богоявленская"
schema = xmlschema.XMLSchema(str(SCHEMA))


@pytest.fixture
def said(anna, spouse, director):
    """Two certificates of 2026: the spouse's, whose names are the longest, and Anna's own."""
    with on(2026, 4, 1):
        his = pay(sold(anna, director, ordinary="14500.50"), director, card="14500.50").payment
        pay(sold(anna, director, expensive=85000), director, cash=85000)
        asked = a_request(LONGEST, "Александра", subject=SUBJECT, payments=[his.pk], inn="")
        payer = replace(
            asked.payer, middle_name="Константиновна", document_code="21", document_number="4509 123456",
            document_on=date(2010, 5, 6),
        )  # fmt: skip
        one = certificate_issue(
            patient_id=anna.pk, year=2026, payer_key=f"representative/{spouse.pk}", request=replace(asked, payer=payer),
            actor=director,
        )  # fmt: skip
        two = certificate_issue(
            patient_id=anna.pk, year=2026, payer_key=f"patient/{anna.pk}", request=a_request(), actor=director
        )
    return one, two


def xml_of(register):
    with register.file.content.open("rb") as file:
        body = file.read()
    assert body.startswith(b"<?xml version='1.0' encoding='windows-1251'?>")
    schema.validate(body.decode("cp1251").replace("windows-1251", "utf-8", 1))
    return body.decode("cp1251")


@pytest.mark.django_db
def test_the_register_obeys_the_schema_and_holds_each_certificate_once(said, anna, branch, director):
    one, two = said
    entity = branch.legal_entity_id
    with on(2026, 5, 1):
        first = register_make(entity_id=entity, year=2026, actor=director)
        text = xml_of(first)
        assert (first.count, first.code1, first.code2) == (2, D("14500.50"), D(85000))
        assert first.file.name.startswith("UT_SVOPLMEDUSL_7707_7707_7707083893770701001_20260501_")
        assert f'НомерСвед="{one.number}" НомКорр="0" ПрПациент="0" СуммаКод1="14500.50">' in text
        assert f'НомерСвед="{two.number}" НомКорр="0" ПрПациент="1" СуммаКод2="85000.00">' in text
        assert f'<НППлатМедУсл ИНН="{INN}" ДатаРожд="12.04.1985">' in text
        assert '<СведДок КодВидДок="21" СерНомДок="4509 123456" ДатаДок="06.05.2010"' in text
        assert '<Пациент ДатаРожд="03.02.2015">' in text
        with pytest.raises(NothingToSend):
            register_make(entity_id=entity, year=2026, actor=director)
        certificate_correct(certificate_id=two.pk, request=a_request("Елкина"), reason="Фамилия", actor=director)
        certificate_cancel(certificate_id=one.pk, reason="Не нужна", actor=director)
        text = xml_of(register_make(entity_id=entity, year=2026, actor=director))
    assert f'НомерСвед="{one.number}" НомКорр="999" ПрПациент="0">' in text
    assert f'НомерСвед="{two.number}" НомКорр="1"' in text


@pytest.mark.django_db
def test_what_was_cancelled_before_it_was_sent_is_never_sent(said, branch, director):
    certificate_cancel(certificate_id=said[0].pk, reason="Не нужна", actor=director)
    assert register_make(entity_id=branch.legal_entity_id, year=2026, actor=director).count == 1


@pytest.mark.django_db
def test_a_person_in_business_signs_as_one_and_a_clinic_without_a_head_is_told(said, branch, director):
    LegalEntity.objects.update(director_name="Петров")
    with pytest.raises(Invalid) as refused:
        register_make(entity_id=branch.legal_entity_id, year=2026, actor=director)
    assert set(refused.value.fields) == {"legal_entity"}
    LegalEntity.objects.update(director_name="Петров Пётр", inn=INN, kpp="")
    text = xml_of(register_make(entity_id=branch.legal_entity_id, year=2026, actor=director))
    assert f'<НПИП ИННФЛ="{INN}">' in text


def test_the_schema_refuses_what_the_format_forbids():
    good = (
        '<Файл ИдФайл="UT_SVOPLMEDUSL_7701_7701_7701234560770101001_20261122_1" ВерсПрог="K" ВерсФорм="5.01">'
        '<Документ КНД="1184043" ДатаДок="22.11.2026" КодНО="7701" ОтчГод="2026"><СвНП>'
        '<НПЮЛ НаимОрг="ООО" ИННЮЛ="7701234560" КПП="770101001"/></СвНП><Подписант ПрПодп="1">'
        '<ФИО Фамилия="Петров" Имя="Пётр"/></Подписант><СведРасхУсл НомерСвед="26000001" НомКорр="0" ПрПациент="1" '
        'СуммаКод1="14500.00"><НППлатМедУсл ИНН="500100732259" ДатаРожд="12.04.1980"><ФИО Фамилия="И" Имя="И"/>'
        "</НППлатМедУсл></СведРасхУсл></Документ></Файл>"
    )
    assert schema.is_valid(good)
    for was, wrong in (
        ("14500.00", "0.00"), ("14500.00", "14500"), ("5001007322", "50010"), ('КНД="1184043"', 'КНД="1151156"'),
        ("12.04.1980", "1980-04-12"), ("26000001", "2600000100001"), ('Имя="Пётр"', 'Имя=""'),
    ):  # fmt: skip
        assert not schema.is_valid(good.replace(was, wrong)), wrong


@pytest.mark.django_db
def test_the_paper_says_what_was_said_and_is_kept_once(said, anna, director, client, reception):
    paper = certificate_paper(said[0])
    assert (paper.code1, paper.code2) == ("--------14500.50", "-------------.--")
    assert (paper.same, paper.pages, paper.payer.document_code, paper.payer.inn) == ("0", 2, "21", "-" * 12)
    assert [row.rstrip("-") for row in paper.payer.last_name] == [
        LONGEST.upper()[:36], LONGEST.upper()[36:],
    ]  # fmt: skip
    client.force_login(reception)
    for language in ("ru", "en"):
        address = reverse("taxes:certificate-pdf", args=[said[0].pk]) + f"?lang={language}"
        bodies = {b"".join(client.get(address).streaming_content) for _again in range(2)}
        assert len(bodies) == 1
        assert bodies.pop().startswith(b"%PDF")


def test_cells():
    assert sum_cells(D(0)) == "-------------.--"
    assert len(sum_cells(D("1234567.05"))) == 16
    assert rows_of("")[0] == "-" * 36


@pytest.mark.django_db
def test_the_page_shows_sums_issues_once_and_keeps_what_was_typed(anna, director, reception, client):
    pay(sold(anna, director, ordinary="123.45"), director, cash="123.45")
    client.force_login(reception)
    address = reverse("taxes:issue", args=[anna.pk])
    page = client.get(address)
    assert "123" in page.content.decode()
    assert INN in page.content.decode()
    typed = {
        "payments": [offer.paid.payment for offer in page.context["offers"]], "payer_last_name": "Ёлкина",
        "payer_first_name": "Анна", "payer_birth_date": "12.04.1985", "payer_inn": "123", "signer": "Петров Пётр",
        "idempotency_key": "one",
    }  # fmt: skip
    wrong = client.post(address, typed)
    assert wrong.status_code == 422
    assert 'value="123"' in wrong.content.decode()
    assert not Certificate.objects.exists()
    for _press in range(2):
        done = client.post(address, {**typed, "payer_inn": INN})
        assert done.status_code == 302
    said = Certificate.objects.get()
    assert done["Location"] == said.get_absolute_url()
    assert client.get(said.get_absolute_url()).status_code == 200
    assert said.number.__str__() in client.get(reverse("taxes:tax-certificates-list")).content.decode()
    fixed = client.post(
        reverse("taxes:correct", args=[said.pk]),
        {**typed, "payer_inn": INN, "signer": "Иванов Иван", "reason": "Подпись"},
    )
    assert fixed.status_code == 302
    assert client.post(reverse("taxes:cancel", args=[said.pk]), {"reason": "Нет"}).status_code == 422, "not the last"
    last = Certificate.objects.order_by("-pk").first()
    assert client.post(reverse("taxes:cancel", args=[last.pk]), {"reason": "Нет"}).status_code == 302
    assert {row.correction for row in Certificate.objects.all()} == {0, 1, 999}


@pytest.mark.django_db
def test_the_register_is_made_and_given_out_by_finance_alone(said, branch, director, accountant, reception, client):
    client.force_login(reception)
    assert client.get(reverse("taxes:register-new")).status_code == 403
    client.force_login(director)
    done = client.post(reverse("taxes:register-new"), {"legal_entity": branch.legal_entity_id, "year": 2026})
    assert done.status_code == 302
    address = reverse("taxes:register-xml", args=[TaxRegister.objects.get().pk])
    assert b"1184043" in b"".join(client.get(address).streaming_content)
    client.force_login(reception)
    assert client.get(address).status_code == 403


@pytest.mark.django_db
def test_the_api_previews_issues_corrects_cancels_and_refuses(anna, director, reception, stranger, doctor, api):
    pay(sold(anna, director, ordinary=100, expensive=50), director, cash=150)
    year = anna.invoices.get().issued_on.year
    told = api(reception).get(f"patients/{anna.pk}/tax-year/", {"year": year}).json()
    assert (told["code1"], told["code2"], told["left_out"]) == ("100.00", "50.00", [])
    made = api(reception).post(f"patients/{anna.pk}/tax-certificates/", {"year": year})
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["code1"], body["code2"], body["state"], len(body["payments"])) == ("100.00", "50.00", "valid", 1)
    again = api(reception).post(f"patients/{anna.pk}/tax-certificates/", {"year": year})
    assert (again.status_code, again.json()["code"]) == (409, "payment_certified")
    fixed = api(reception).post(
        f"tax-certificates/{body['id']}/correct/", {"reason": "Имя", "payer_person": {"first_name": "Анна-Мария"}}
    )
    assert (fixed.status_code, fixed.json()["correction"]) == (201, 1)
    listed = api(reception).get("tax-certificates/", {"state": "valid"}).json()
    assert [row["id"] for row in listed["results"]] == [fixed.json()["id"]]
    gone = api(reception).post(f"tax-certificates/{fixed.json()['id']}/cancel/", {"reason": "Не нужна"})
    assert (gone.status_code, gone.json()["correction"]) == (201, 999)
    assert api(stranger).get(f"tax-certificates/{body['id']}/").status_code == 404
    assert api(doctor).get(f"tax-certificates/{body['id']}/").status_code == 403
    other = PatientFactory(branch=anna.branch)
    empty = api(reception).post(f"patients/{other.pk}/tax-certificates/", {"year": year})
    assert (empty.status_code, empty.json()["code"]) == (409, "no_tax_certificate")


@pytest.mark.django_db
def test_a_member_of_the_family_pays_once_his_relation_is_said(anna, director, api):
    family = Family.objects.create(name="Ёлкины")
    husband = PatientFactory(last_name="Ёлкин", first_name="Борис", branch=anna.branch, birth_date=date(1980, 1, 1))
    for card in (anna, husband):
        card.family = family
        card.save()
    assert [each.key for each in payers_of(anna)] == [f"patient/{anna.pk}", f"patient/{husband.pk}"]
    pay(sold(anna, director, ordinary=100), director, cash=100)
    asked = {
        "year": anna.invoices.get().issued_on.year, "payer": f"patient/{husband.pk}", "payer_person": {"inn": INN},
    }  # fmt: skip
    address = f"patients/{anna.pk}/tax-certificates/"
    refused = api(director).post(address, asked)
    assert (refused.status_code, set(refused.json()["fields"])) == (400, {"relation"})
    made = api(director).post(address, asked | {"relation": "spouse"})
    assert (made.status_code, made.json()["payer"]) == (201, husband.full_name)


PARTS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(("cash", "card", "deposit", "offset")), st.integers(-300, 500)),
    max_size=14,
)


@given(PARTS)
def test_refunds_take_exactly_what_they_give_back_and_no_year_falls_below_nothing(moves):
    """Like the book: a share is never given back more than was paid of it, and offsets are nobody's money."""
    held, parts = dict.fromkeys((1, 2, 3), 0), []
    for number, (share, method, amount) in enumerate(moves, 1):
        amount = max(amount, -held[share])
        if not amount or (method == "offset" and amount < 0):
            continue
        held[share] += amount if method != "offset" else 0
        parts.append(
            Part(
                payment=number, share=share, method=method, amount=Decimal(amount), code="12"[share % 2],
                paid_on=date(2025 + number % 2, 1, 1),
            )
        )  # fmt: skip
    rows = rules.net(parts)
    assert sum(row.total for row in rows) == sum(held.values())
    assert all(row.code1 >= 0 and row.code2 >= 0 and row.total > 0 for row in rows)
