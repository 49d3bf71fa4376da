"""Invoices of treatment plans: only of approved ones, line by line, each line once."""

import pytest

from billing.models import Status
from billing.policies import BEFORE_DONE
from billing.services import invoice_rollback
from clinical.errors import PlanInUse
from clinical.services import lines_render, plan_reopen
from tests.billing.money import D, assert_balanced, pay
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("CLN-16", "BIL-01")]


@pytest.fixture
def desk(api, reception):
    return api(reception)


def test_a_plan_that_is_not_approved_has_no_invoice(desk, anna, approved_plan):
    plan = approved_plan(anna, 100, approve=False)
    answer = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_not_approved")


def test_an_approved_plan_is_invoiced_at_its_own_prices_with_its_doctor(desk, anna, approved_plan):
    plan = approved_plan(anna, 1000, 500, discount="50.00")
    from catalog.models import ServicePrice

    ServicePrice.objects.create(service=plan.lines.first().service, starts_on="2024-01-01", amount="9999")
    body = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()
    assert (body["plan"], body["list_total"], body["total"]) == (plan.pk, "1500.00", "1400.00")
    assert {line["doctor"] for line in body["lines"]} == {plan.doctor_id}
    assert [line["plan_line"] for line in body["lines"]] == list(plan.lines.values_list("pk", flat=True))


def test_ticked_lines_make_partial_invoices_and_each_line_is_invoiced_once(desk, api, director, anna, approved_plan):
    plan = approved_plan(anna, 1000, 500, 200)
    first, second, third = plan.lines.order_by("position", "pk")
    one = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk, "plan_lines": [second.pk]}).json()
    assert one["total"] == "500.00"
    again = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk, "plan_lines": [second.pk, third.pk]})
    assert (again.status_code, again.json()["code"], again.json()["facts"]) == (
        409, "plan_line_invoiced", {"lines": [second.pk]},
    )  # fmt: skip
    rest = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()
    assert [line["plan_line"] for line in rest["lines"]] == [first.pk, third.pk]
    assert desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()["code"] == "nothing_to_invoice"
    api(director).post(f"invoices/{one['id']}/rollback/", {"reason": "ошибка"})
    assert desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()["total"] == "500.00"
    assert_balanced()


def test_a_plan_of_another_patient_and_a_line_of_another_plan_are_refused(desk, anna, branch, approved_plan):
    other = PatientFactory(branch=branch)
    plan, another = approved_plan(anna, 100), approved_plan(other, 200)
    assert desk.post("invoices/", {"patient": other.pk, "plan": plan.pk}).status_code == 400
    body = {"patient": anna.pk, "plan": plan.pk, "plan_lines": [another.lines.get().pk]}
    assert desk.post("invoices/", body).status_code == 404
    assert desk.post("invoices/", {"patient": anna.pk, "plan": 10**9}).status_code == 404


def test_where_the_clinic_wants_it_only_done_lines_are_invoiced(desk, anna, doctor, approved_plan, monkeypatch):
    plan = approved_plan(anna, 1000, 500)
    monkeypatch.setattr(type(BEFORE_DONE), "get", lambda policy: False if policy is BEFORE_DONE else policy.default)
    assert desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()["code"] == "nothing_to_invoice"
    done = plan.lines.order_by("pk")[1]
    lines_render(plan_id=plan.pk, line_ids=[done.pk], doctor=doctor.staff, actor=doctor)
    body = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()
    assert [line["plan_line"] for line in body["lines"]] == [done.pk]
    done.refresh_from_db()
    assert body["lines"][0]["service_on"] == str(done.done_on)


def test_a_plan_with_invoices_is_not_reopened_until_they_are_rolled_back(desk, anna, director, approved_plan):
    plan = approved_plan(anna, 100)
    invoice = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()
    with pytest.raises(PlanInUse, match="№ 1"):
        plan_reopen(plan_id=plan.pk, actor=director)
    invoice_rollback(invoice_id=invoice["id"], reason="ошибка", actor=director)
    assert plan_reopen(plan_id=plan.pk, actor=director).status == "draft"


def test_a_paid_plan_with_a_discount_balances(desk, anna, reception, approved_plan):
    from billing.models import Invoice

    plan = approved_plan(anna, 999.99, 0.01, discount="0.01")
    pk = desk.post("invoices/", {"patient": anna.pk, "plan": plan.pk}).json()["id"]
    taken = pay(Invoice.objects.get(pk=pk), reception, cash=999.98)
    assert (taken.invoice.status, taken.to_deposit) == (Status.PAID, D(0))
    assert_balanced()
