"""Pages of insurance as people use them: insurers, prices, programmes, policies, approvals, registers."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from core import clock, policies
from insurance.models import Approval, GuaranteeLetter, Insurer, Policy, Programme
from insurance.selectors.insurers import insurer_prices_on
from insurance.services import approval_request, price_set, programme_save
from scheduling.models import Appointment
from scheduling.slots import badges_of
from tests.factories import PatientFactory, ServiceFactory
from tests.insurance.conftest import TODAY, D

pytestmark = [pytest.mark.django_db, pytest.mark.feature("INS-01", "INS-02", "INS-03", "INS-06")]
DAY = f"{TODAY:%d.%m.%Y}"


@pytest.fixture
def desk(client, director):
    client.force_login(director)
    return client


def refused(answer, *words):
    text = answer.content.decode()
    assert answer.status_code == 422, text[-1500:]
    assert all(word in text for word in words)


def test_an_insurer_is_added_changed_archived_and_not_twice(desk):
    assert desk.post("/insurers/new/", {"name": "СОГАЗ", "prices": "main", "answer_days": "0"}).status_code == 302
    row = Insurer.objects.get()
    refused(desk.post("/insurers/new/", {"name": "согаз", "prices": "main", "answer_days": "0"}))
    body = {"name": "СОГАЗ-Мед", "prices": "main", "answer_days": "5", "version": row.version}
    assert desk.post(f"/insurers/{row.pk}/edit/", body).status_code == 302
    stale = desk.post(f"/insurers/{row.pk}/edit/", {**body, "name": "Другое"})
    assert stale.status_code == 412
    desk.post(f"/insurers/{row.pk}/archive/")
    row.refresh_from_db()
    assert (row.name, row.answer_days, row.is_active) == ("СОГАЗ-Мед", 5, False)


def test_prices_are_copied_by_percent_set_by_hand_and_taken_out(desk, insurer):
    one, two = ServiceFactory(price="1000.00"), ServiceFactory(price="1555.00")
    body = {"percent": "−10", "starts_on": DAY, "step": "10", "way": "nearest"}
    assert desk.post(f"/insurers/{insurer.pk}/prices/copy/", body).status_code == 302
    prices = insurer_prices_on(insurer.pk, [one.pk, two.pk], TODAY)
    assert {pk: row.amount for pk, row in prices.items()} == {one.pk: D(900), two.pk: D(1400)}
    insurer.refresh_from_db()
    assert insurer.prices == "own"
    desk.post(f"/insurers/{insurer.pk}/prices/{one.pk}/", {"amount": "850", "code": "S-1", "name": "По-ихнему"})
    assert insurer_prices_on(insurer.pk, [one.pk], TODAY)[one.pk].code == "S-1"
    desk.post(f"/insurers/{insurer.pk}/prices/{two.pk}/remove/")
    assert two.pk not in insurer_prices_on(insurer.pk, [two.pk], TODAY)
    page = desk.get(f"/insurers/{insurer.pk}/").content.decode()
    assert "По-ихнему" in page


def test_a_table_of_the_insurer_is_checked_and_then_imported(desk, insurer):
    service = ServiceFactory(code="A16.07.555", price="1000.00")
    text = "Код услуги;Цена;Наименование\nА16.07.555;800,50;Пломба\nA99.99.999;5;Нет такой\nA16.07.555;1;Дважды\n"
    upload = SimpleUploadedFile("prices.csv", text.encode("cp1251"), "text/csv")
    answer = desk.post(f"/insurers/{insurer.pk}/prices/import/", {"file": upload})
    page = desk.get(answer["Location"])
    found = page.context["found"]
    assert (found.added, len(found.problems)) == (1, 2)
    assert insurer_prices_on(insurer.pk, [service.pk], TODAY) == {}  # a check saves nothing
    form = page.context["form"]
    done = desk.post(answer["Location"], {**{name: form[name].value() or "" for name in form.fields}, "go": "1"})
    assert done.context["step"] == "done"
    assert insurer_prices_on(insurer.pk, [service.pk], TODAY)[service.pk].amount == D("800.50")
    book = desk.get(f"/insurers/{insurer.pk}/prices/list.xlsx")
    rows = list(load_workbook(BytesIO(book.content)).active.iter_rows(values_only=True))
    assert rows[1][:2] == ("A16.07.555", 800.5)


def test_a_picture_is_no_table(desk, insurer):
    upload = SimpleUploadedFile("p.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "text/csv")
    refused(desk.post(f"/insurers/{insurer.pk}/prices/import/", {"file": upload}))


def test_a_programme_with_its_rules(desk, insurer):
    service = ServiceFactory()
    body = {"name": "Базовая", "percent": "0", "needs_approval": "on", "copay_percent": "10"}
    assert desk.post(f"/insurers/{insurer.pk}/programmes/new/", body).status_code == 302
    programme = Programme.objects.get()
    rule = {"category": service.category_id, "percent": "80", "needs_approval": "on"}
    assert desk.post(f"/programmes/{programme.pk}/covers/new/", rule).status_code == 302
    refused(desk.post(f"/programmes/{programme.pk}/covers/new/", {"percent": "80"}))
    assert str(service.category) in desk.get(f"/insurers/{insurer.pk}/programmes/").content.decode()
    desk.post(f"/programmes/{programme.pk}/covers/{programme.covers.get().pk}/remove/")
    assert not programme.covers.exists()


def test_a_policy_on_the_card(desk, anna, insurer, director):
    programme = programme_save(insurer_id=insurer.pk, name="Базовая", actor=director)
    body = {
        "insurer": insurer.pk, "programme": programme.pk, "number": "77-1", "valid_from": DAY, "valid_to": DAY, "limit": "5 000",
        "is_active": "on",
    }  # fmt: skip
    assert desk.post(f"/patients/{anna.pk}/dms/new/", body).status_code == 302
    policy = Policy.objects.get()
    assert (policy.limit, policy.purse.granted) == (D(5000), D(5000))
    refused(desk.post(f"/patients/{anna.pk}/dms/new/", body))
    page = desk.get(f"/patients/{anna.pk}/dms/").content.decode()
    assert "77-1" in page and "СОГАЗ" in page
    change = {**body, "limit": "7000", "elsewhere": "1000", "version": policy.version}
    assert desk.post(f"/policies/{policy.pk}/edit/", change).status_code == 302
    policy.purse.refresh_from_db()
    assert policy.purse.granted == D(6000)
    desk.post(f"/policies/{policy.pk}/verify/")
    category = ServiceFactory().category_id
    desk.post(f"/policies/{policy.pk}/limits/", {f"limit-{category}": "1500"})
    policy.refresh_from_db()
    assert policy.verified_on == TODAY and policy.category_limits.get().purse.granted == D(1500)
    assert "СОГАЗ" in desk.get(f"/patients/{anna.pk}/").content.decode()  # the badge


def test_a_letter_with_its_scan(desk, anna, policy_of, stranger, client):
    policy = policy_of(anna)
    scan = SimpleUploadedFile("gp.pdf", b"%PDF-1.4\n%scan", "application/pdf")
    body = {"number": "ГП-5", "issued_on": DAY, "sum": "12000", "services": "зуб 36", "file": scan}
    assert desk.post(f"/policies/{policy.pk}/letters/new/", body).status_code == 302
    letter = GuaranteeLetter.objects.get()
    address = f"/files/{letter.file.key}/"
    assert desk.get(address).status_code == 200
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    client.force_login(policy.created_by)
    text = SimpleUploadedFile("gp.exe", b"MZ\0\0", "application/pdf")
    refused(client.post(f"/policies/{policy.pk}/letters/new/", {"number": "2", "issued_on": DAY, "file": text}))


def test_from_the_plan_to_the_answer_by_hand(desk, anna, policy_of, plan_of):
    policy, plan = policy_of(anna), plan_of(anna, 1000, 2000)
    assert f"/treatment-plans/{plan.pk}/dms/" in desk.get(f"/treatment-plans/{plan.pk}/?look").content.decode()
    assert desk.post(f"/treatment-plans/{plan.pk}/dms/", {"policy": policy.pk}).status_code == 302
    approval = Approval.objects.get()
    assert desk.get("/approvals/").content.decode().count(anna.full_name) >= 1
    page = desk.get(f"/approvals/{approval.pk}/decide/")
    assert page.status_code == 200
    first, second = approval.lines.order_by("pk")
    none = {"decision": "accepted_partial", "version": approval.version}
    refused(desk.post(f"/approvals/{approval.pk}/decide/", none))
    body = {
        **none, f"take-{first.plan_line_id}": "on", f"quantity-{first.plan_line_id}": "1", f"price-{first.plan_line_id}": "900",
        f"reason-{second.plan_line_id}": "косметика", "valid_to": "",
    }  # fmt: skip
    assert desk.post(f"/approvals/{approval.pk}/decide/", body).status_code == 302
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.approved_price, second.decision, second.reason) == (D(900), "refused", "косметика")
    assert "косметика" in desk.get(f"/approvals/{approval.pk}/").content.decode()
    assert desk.post(f"/approvals/{approval.pk}/reopen/", {"version": first.approval.version}).status_code in (302, 412)


def test_rights_sums_and_the_switch(desk, client, anna, policy_of, plan_of, director, insurer, doctor):
    policy, plan = policy_of(anna, limit=7777), plan_of(anna, 1000)
    approval = approval_request(plan_id=plan.pk, policy_id=policy.pk, actor=director)
    client.force_login(doctor)
    text = client.get(f"/patients/{anna.pk}/dms/").content.decode()
    assert policy.number in text and "777" not in text  # the number of the policy, not its sums
    assert client.get(f"/approvals/{approval.pk}/").status_code == 200
    assert client.get(f"/approvals/{approval.pk}/decide/").status_code == 403
    assert client.get("/registers/").status_code == 403
    client.force_login(director)
    policies.store("module.insurance", False)
    policies.forget()
    for address in ("/insurers/", "/approvals/", f"/patients/{anna.pk}/dms/", "/api/v1/policies/"):
        assert client.get(address).status_code == 404
    card = client.get(f"/patients/{anna.pk}/").content.decode()
    assert "ДМС" not in card and "DMS" not in card and "СОГАЗ" not in card


def test_the_last_set_of_a_register_is_remembered(desk, insurer, director, branch):
    from insurance.services import template_save

    template = template_save(insurer=insurer, name="М", columns=["patient"], actor=director)
    query = {
        "insurer": insurer.pk,
        "template": template.pk,
        "entity": branch.legal_entity_id,
        "first": DAY,
        "last": DAY,
    }
    page = desk.get("/registers/new/", {**query, "approval": "accepted_full"})
    assert page.status_code == 200 and page.context["found"] == 0
    again = desk.get("/registers/new/")
    assert again.context["form"].initial["approval"] == "accepted_full"
    refused(desk.post("/registers/new/", query))


def test_two_companies_become_one(desk, insurer, anna, policy_of, director):
    from insurance.services import insurer_save

    other = insurer_save(name="Согаз (дубль)", actor=director)
    policy = policy_of(anna, by=other)
    price_set(insurer_id=other.pk, service_id=ServiceFactory().pk, amount=D(5), starts_on=TODAY, actor=director)
    assert desk.post(f"/insurers/{insurer.pk}/combine/", {"duplicate": other.pk}).status_code == 302
    policy.refresh_from_db()
    assert policy.insurer_id == insurer.pk
    assert not Insurer.objects.live().filter(pk=other.pk).exists()


def test_a_form_in_the_panel_says_that_the_list_has_changed(desk, insurer):
    ServiceFactory(price="10.00")
    headers = {"HX-Request": "true", "HX-Target": "panel-body"}
    body = {"percent": "0", "starts_on": DAY, "step": "1", "way": "nearest"}
    answer = desk.post(f"/insurers/{insurer.pk}/prices/copy/", body, headers=headers)
    assert answer.status_code == 204
    assert "insurer-prices:changed" in json.loads(answer["HX-Trigger"])


@pytest.mark.feature("INS-21", "SCH-58")
def test_the_calendar_marks_visits_of_the_insured_and_asks_once_about_the_others(
    policy_of, anna, chair, doctor, reception, django_assert_num_queries
):
    start = clock.now() + timedelta(hours=1)
    insured, other = (
        Appointment.objects.create(
            patient=patient, doctor=doctor.staff, chair=chair, branch=chair.branch, starts_at=start,
            ends_at=start + timedelta(hours=1),
        )
        for patient in (anna, PatientFactory())
    )  # fmt: skip
    policy_of(anna)
    found = badges_of([insured, other], reception)
    assert {pk: [badge.code for badge in badges] for pk, badges in found.items()} == {insured.pk: ["dms"]}
    other.pool_names = []
    with django_assert_num_queries(1):
        assert badges_of([other], reception) == {}
