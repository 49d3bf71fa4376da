"""Pages of barter as people use them."""

import pytest

from barter.models import Beneficiary, Contract
from billing.models import PlanPayer
from clinical.services import LineIn, plan_approve
from patients.selectors import badges_for
from tests.billing.money import D, invoice_of
from tests.clinical.factories import plan_made
from tests.factories import ServiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BAR-06", "BAR-12")]


@pytest.fixture
def page(client):
    def ask(user, path, body=None):
        client.force_login(user)
        answer = client.get(path) if body is None else client.post(path, body)
        return answer.status_code, answer.content.decode()

    return ask


def test_a_contract_is_registered_on_the_page_with_a_new_organisation(page, marketer, client):
    body = {"kind": "organisation", "new_organisation": "Радио Шансон", "over_limit": "organisation"}
    assert page(marketer, "/barter-contracts/new/", body)[0] == 302
    contract = Contract.objects.get()
    assert (str(contract.organisation), contract.status) == ("Радио Шансон", "proposed")
    status, text = page(marketer, contract.get_absolute_url())
    assert status == 200 and "Радио Шансон" in text and "Ещё не действует" in text
    assert page(marketer, "/barter-contracts/new/", {"kind": "organisation", "over_limit": "patient"})[0] == 422


def test_the_entry_shows_what_was_used_and_opens_its_invoices(page, radio, anna, director, reception):
    entry = radio()
    invoice = invoice_of(anna, director, 6400)
    status, text = page(reception, entry.get_absolute_url())
    assert status == 200 and "13\xa0600" in text and invoice.get_absolute_url() in text
    status, text = page(reception, invoice.get_absolute_url())
    assert "правило BAR-14" in text and "правило BAR-21" in text


def test_a_grant_is_given_in_the_panel(page, radio, caller, reception):
    entry = radio()
    url = f"/barter-beneficiaries/{entry.pk}/grant/"
    assert page(caller, url, {"amount": "5000", "reason": "письмо"})[0] == 302
    assert Beneficiary.objects.get().announced == D(25000)
    assert page(caller, url, {"amount": "", "reason": ""})[0] == 422
    assert page(reception, url)[0] == 403


def test_the_payer_of_a_plan_s_line_is_chosen_with_its_reasons(page, radio, anna, branch, doctor, director, reception):
    radio(limit="500.00")
    service = ServiceFactory(price="800")
    plan = plan_made(
        lines=[LineIn(service_id=service.pk, teeth=[36])],
        branch=branch,
        patient=anna,
        doctor=doctor.staff,
        actor=director,
    )
    plan_approve(plan_id=plan.pk, actor=director)
    line = plan.lines.get()
    status, text = page(director, plan.get_absolute_url())
    assert "Кто платит" in text and "300" in text
    status, text = page(reception, f"/treatment-plans/{plan.pk}/payers/")
    assert status == 200 and "сверх лимита" in text and "как обычно" in text
    assert page(reception, f"/treatment-plans/{plan.pk}/payers/", {f"line_{line.pk}": "patient"})[0] == 302
    assert PlanPayer.objects.get().asked == "patient"
    assert Beneficiary.objects.select_related("limit").get().reserved == 0


@pytest.mark.feature("BAR-20")
def test_a_doctor_sees_the_mark_but_no_sum(page, radio, anna, doctor, next_visit):
    radio()
    assert str(badges_for([anna], doctor)[anna.pk][0].label) == "Бартер"
    assert page(doctor, "/barter-contracts/")[0] == 403


@pytest.mark.feature("BAR-20", "SCH-22")
def test_the_call_centre_reads_barter_on_the_visit_and_no_sum(page, radio, anna, caller, reception, next_visit):
    radio()
    assert str(badges_for([anna], caller)[anna.pk][0].label) == "Бартер"
    for path in (f"/appointments/{next_visit.pk}/", f"/patients/{anna.pk}/"):
        status, text = page(caller, path)
        assert status == 200 and "20\u00a0000" not in text and "20 000" not in text, path
    assert "БАРТЕР" in page(caller, f"/appointments/{next_visit.pk}/")[1]
    assert "20\u00a0000" in page(reception, f"/appointments/{next_visit.pk}/")[1]
