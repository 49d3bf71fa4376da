"""A short piece of the day of every other role, with that role alone."""

import re
from decimal import Decimal

import pytest

from billing.models import Invoice, Payment
from catalog.models import ServicePrice
from clinic.models import Staff, User
from clinical.models import TreatmentPlan
from ledger.selectors import ledger_check
from messaging.models import Message, Template
from patients.models import Patient
from scheduling.models import Appointment
from tests.stories.conftest import becomes, is_now, settles
from work.models import Task

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("SET-05")]


def task_given(screen, title, role):
    """A task for whoever of a role takes it first, through its form."""
    page = screen.go("/tasks/new/").fill("title", title, "main").page
    groups = page.locator("main select[name=staff_groups]")
    page.wait_for_function("() => document.querySelector('main select[name=staff_groups]').tomselect")
    groups.evaluate("(select, value) => select.tomselect.setValue([value])", f"role:{role}")
    screen.press("Save", inside="main")
    assert settles(lambda: Task.objects.get(title=title)).roles == [role]


def shown(screen):
    return screen.page.locator("main").inner_text()


def test_the_senior_administrator_puts_a_wrong_invoice_right(clinic, at_work):
    senior = at_work(clinic.people["senior"])
    page = senior.go("/debts/").sees("Ёлкина").page
    page.locator("tr", has_text="Ёлкина").first.click()
    senior.go(f"/invoices/{clinic.invoice.pk}/").press("Roll back", "invoice")
    page.locator("#panel-body [name=reason]").select_option("other")
    senior.fill("comment", "Не та услуга", "#panel-body")
    senior.press("Roll back", "invoice", inside="#panel-body .panel-foot")
    becomes(lambda: Invoice.objects.get(pk=clinic.invoice.pk).status, "rolled_back")
    senior.go(f"/patients/{clinic.anna.pk}/").sees("Не та услуга")
    assert ledger_check().problems == []
    # The wrong visit goes too, with a word on what becomes of the patient.
    senior.go(f"/appointments/{clinic.visit.pk}/").press("Cancel the appointment")
    senior.fill("reason", "Перенос по просьбе врача", "#panel-body")
    page.locator("#panel-body [name=then][value=rebook]").check(force=True)
    senior.press("Cancel the appointment", inside="#panel-body .panel-foot")
    is_now(clinic.visit, state="cancelled")


def test_the_call_centre_books_a_known_caller_and_sees_no_money(clinic, at_work):
    caller = at_work(clinic.people["callcentre"])
    page = caller.go("/patients/?search=волков").sees("Волков").page
    caller.go(f"/appointments/new/?patient={clinic.boris.pk}&doctor={clinic.sokolova.pk}")
    page.locator("[data-place]").first.click()
    caller.press("Book", inside="#form-box")
    becomes(Appointment.objects.filter(patient=clinic.boris, doctor=clinic.sokolova).count, 1)
    visit = Appointment.objects.get(patient=clinic.boris, doctor=clinic.sokolova)
    caller.go(f"/appointments/{visit.pk}/").press("Confirmed", "appointment", inside="main")
    is_now(visit, state="confirmed")
    caller.go(f"/patients/{clinic.boris.pk}/")
    page.locator("#fact-comment").hover()
    page.locator("#fact-comment .fact-edit").click()
    caller.fill("comment", "Звонить после 18", "#fact-comment").press("Save", inside="#fact-comment")
    is_now(clinic.boris, comment="Звонить после 18")
    assert "₽" not in shown(caller)
    assert page.locator("a[href*='/payments/'], a[href*='/invoices/']").count() == 0
    caller.go("/messages/new/").fill("phone", "+7 900 123-45-67", "main").fill("text", "Ждём вас", "main")
    caller.press("Send", inside="main")
    becomes(Message.objects.filter(phone="+79001234567", text="Ждём вас").count, 1)


def test_the_assistant_seats_the_patient_and_reads_the_chart(clinic, at_work):
    assistant = at_work(clinic.people["assistant"])
    page = assistant.go("/schedule/").page
    page.locator(f"[data-eid=v{clinic.visit.pk}]").click()
    assistant.press("Arrived", "appointment", inside="#panel-body")
    is_now(clinic.visit, state="arrived")
    assistant.press("In the chair", "appointment", inside="#panel-body")
    is_now(clinic.visit, state="in_chair")
    assistant.go(f"/patients/{clinic.anna.pk}/").sees("Лидокаин")
    assistant.go(f"/patients/{clinic.anna.pk}/diagnostics/").sees("K02.1")
    assert page.locator("#note-form").count() == 0
    assistant.go(f"/treatment-plans/{clinic.plan.pk}/").sees("Лечение кариеса дентина")
    assert "₽" not in shown(assistant)
    assistant.go(f"/patients/{clinic.anna.pk}/alerts/new/").fill("title", "Латекс", "main")
    assistant.press("Save", inside="main")
    becomes(lambda: clinic.anna.alerts.filter(title="Латекс").count(), 1)


def test_the_coordinator_makes_a_plan_and_the_next_visit(clinic, at_work):
    coordinator = at_work(clinic.people["coordinator"])
    page = coordinator.go(f"/patients/{clinic.boris.pk}/plans/new/").page
    page.locator(".picker [data-tooth='46']").click()
    page.locator(f"#services [data-service='{clinic.service.pk}']").click()
    page.locator("[data-save]").click()
    page.wait_for_url("**/treatment-plans/*/")
    plan = TreatmentPlan.objects.filter(patient=clinic.boris).latest("pk")
    assert (plan.status, [line.teeth for line in plan.lines.all()]) == ("draft", [[46]])
    page.locator("[data-approve]").click()
    becomes(lambda: TreatmentPlan.objects.get(pk=plan.pk).status, "approved")
    coordinator.go(f"/appointments/new/?patient={clinic.boris.pk}&doctor={clinic.ivanov.pk}")
    page.locator("[data-place]").nth(1).click()
    coordinator.press("Book", inside="#form-box")
    becomes(Appointment.objects.filter(patient=clinic.boris, created_by=clinic.people["coordinator"]).count, 1)
    task_given(coordinator, "Перезвонить после визита", "callcentre")


def test_the_marketer_changes_a_message_and_takes_the_flow_with_him(clinic, at_work):
    marketer = at_work(clinic.people["marketer"])
    page = marketer.go("/messages/templates/").page
    page.locator("[hx-get*='/messages/templates/']").first.click()
    words = page.locator("#panel-body textarea").first
    words.fill(f"{words.input_value()} До встречи")
    marketer.press("Save", inside="#panel-body")
    becomes(Template.objects.filter(text__endswith="До встречи").count, 1)
    marketer.go("/messages/").sees("Ёлкина")
    marketer.go("/reports/patient-flow/").sees("Ёлкина")
    table = page.request.get(marketer.web + "/reports/patient-flow/export.csv")
    assert table.status == 200 and "Ёлкина" in table.text()
    marketer.go(f"/patients/{clinic.anna.pk}/").sees("Ёлкина")
    assert not re.search(r"₽|K02|Лидокаин", shown(marketer))


def test_the_head_of_sales_adds_a_patient_and_hands_him_over(clinic, at_work):
    sales = at_work(clinic.people["sales"])
    sales.go("/patients/new/").fill("last_name", "Гостев").fill("first_name", "Илья").fill("phone", "+7 900 700-80-90")
    sales.press("Add", inside="main")
    guest = settles(lambda: Patient.objects.get(last_name="Гостев"))
    assert guest.phone == "+79007008090"
    sales.page.wait_for_url(f"**/patients/{guest.pk}/")
    sales.go("/reports/patient-flow/").sees("Гостев")
    task_given(sales, "Записать Гостева", "callcentre")
    sales.go("/schedule/").page.locator(f"[data-eid=v{clinic.visit.pk}]").click()
    sales.sees("Ёлкина", "#panel-body")
    assert sales.page.locator("#panel-body form[action*='/step/']").count() == 0


def test_the_finance_manager_cancels_a_payment_and_finds_it_in_the_book(clinic, at_work):
    finance = at_work(clinic.people["finance"])
    page = finance.go("/payments/").sees("Ёлкина").page
    finance.go(f"/payments/{clinic.payment.pk}/").press("Cancel the payment")
    page.locator("#panel-body [name=reason]").select_option("other")
    finance.fill("comment", "Пробили дважды", "#panel-body")
    finance.press("Cancel the payment", inside="#panel-body .panel-foot")
    assert settles(lambda: Payment.objects.get(reverses=clinic.payment)).cash == Decimal("-3000.00")
    finance.go("/ledger/").sees("Ёлкина")
    finance.go("/debts/").sees("Ёлкина")
    assert "5000" in re.sub(r"\D", "", page.locator("tr", has_text="Ёлкина").first.inner_text())
    finance.go("/reports/income/").sees("Ёлкина")
    assert finance.api("ledger/check/")["balanced"] is True


def test_the_director_hires_gives_rights_and_changes_prices(clinic, at_work):
    boss = at_work(clinic.boss)
    page = boss.go("/staff/new/").page
    boss.fill("last_name", "Орлова", "main").fill("first_name", "Нина", "main")
    page.locator("main [name=is_doctor]").check(force=True)
    boss.press("Save", inside="main")
    hired = settles(lambda: Staff.objects.get(last_name="Орлова"))
    assert hired.is_doctor

    boss.go(f"/users/invite/?staff={hired.pk}").fill("username", "orlova", "main")
    boss.press("Invite", inside="main")
    page.locator("#invitation-link").wait_for()
    account = User.objects.get(username="orlova")
    assert [role.code for role in account.roles.all()] == ["doctor"]
    right = boss.go(f"/users/{account.pk}/rights/").page.locator("#right-billingsee_money")
    right.locator("button").nth(1).click()
    becomes(lambda: User.objects.get(username="orlova").granted, ["billing.see_money"])

    boss.go("/prices/change/").fill("value", "10", "main")
    page.locator("#preview button.primary:not([disabled])").click()
    page.wait_for_timeout(1000)  # people read what they are asked
    page.locator("#ask [data-ask-yes]").click()
    becomes(ServicePrice.objects.filter(service=clinic.service, amount=Decimal("5500.00")).count, 1)

    income = boss.go("/home/").page.locator("a.v[href*='/reports/income/']").first
    said = re.sub(r"\D", "", income.inner_text())
    income.click()
    page.wait_for_url("**/reports/income/**")
    boss.sees("Ёлкина").sees("Чужова")
    assert said == "10000"
