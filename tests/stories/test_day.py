"""One whole day of a clinic, in a browser, in both languages: from a phone call to the director's figures."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from billing.models import Invoice, Payment
from clinical.models import ToothDiagnosis, TreatmentPlan
from core import clock
from ledger.selectors import ledger_check
from patients.models import Patient
from scheduling.models import Appointment
from scheduling.reminders.finding import reminders_find
from tests.small_clinic import moment
from tests.stories.conftest import PHONE, is_now, settles

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.feature(
        "SCH-01", "SCH-20", "MSG-01", "CLN-05", "CLN-14", "CLN-15", "BIL-05", "BIL-06", "DOC-12", "REP-01"
    ),
]
PRICE = Decimal("5000.00")
# The place of a time in a chair's column, on the screen.
POINT = """([chair, hhmm]) => {
  const box = document.querySelector('#calendar').getBoundingClientRect();
  for (let x = box.left + 5; x < box.right; x += 12)
    for (let y = box.top + 5; y < Math.min(box.bottom, innerHeight); y += 7) {
      const found = calendar.dateFromPoint(x, y);
      if (!found?.resource || found.resource.id !== String(chair)) continue;
      const two = (n) => String(n).padStart(2, '0');
      if (`${two(found.date.getHours())}:${two(found.date.getMinutes())}` === hhmm) return [x + 30, y];
    }
  return null;
}"""


def drag(page, chair, start, end):
    page.wait_for_function("() => window.calendar && calendar.getOption('resources').length > 0")
    page.wait_for_timeout(300)
    (x, top), (_x, bottom) = page.evaluate(POINT, [chair.pk, start]), page.evaluate(POINT, [chair.pk, end])
    page.mouse.move(x, top + 2)
    page.mouse.down()
    page.mouse.move(x, (top + bottom) / 2, steps=4)
    page.mouse.move(x, bottom - 4, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_day(clinic, at_work, language):
    desk = at_work(clinic.people["administrator"], language)
    patient, visit = a_call(clinic, desk)
    the_reminder(clinic, desk, visit)
    she_comes_today(clinic, desk, visit)
    the_doctor(clinic, at_work(clinic.people["doctor"], language, PHONE), patient, visit)
    office = at_work(clinic.boss, language)
    before = Decimal(office.api("dashboard/")["income"]["value"])
    invoice = the_money(desk, patient, visit)
    the_figures(office, invoice, before)
    assert ledger_check().problems == []


def a_call(clinic, desk):
    """A new patient on the phone: a place is drawn in tomorrow's calendar, the card is made with it."""
    page = desk.go("/schedule/").page
    page.locator("[data-nav=next]").click()
    drag(page, clinic.chair, "14:00", "15:00")
    page.locator("#panel-body form.booking").wait_for()
    page.locator("#panel-body .who label").nth(1).click()
    desk.fill("last_name", "Новикова", "#panel-body").fill("first_name", "Дарья", "#panel-body")
    desk.fill("phone", "+7 900 555-66-77", "#panel-body")
    desk.press("Book", inside="#panel-body")
    page.locator("[data-eid]", has_text="Новикова").wait_for()
    visit = settles(lambda: Appointment.objects.get(patient__last_name="Новикова"))
    patient = Patient.objects.get(pk=visit.patient_id)
    tomorrow = clinic.day + timedelta(days=1)
    assert (visit.starts_at, visit.ends_at) == (moment(tomorrow, 14), moment(tomorrow, 15))
    assert (visit.chair, visit.doctor, patient.phone) == (clinic.chair, clinic.sokolova, "+79005556677")
    return patient, visit


def the_reminder(clinic, desk, visit):
    """The branch's clock strikes the hour of reminders; the log shows what will go out."""
    Appointment.objects.filter(pk=visit.pk).update(created_at=clock.now() - timedelta(days=2))
    reminders_find(now=datetime.combine(clinic.day, time(20, 30), moment(clinic.day, 12).tzinfo))
    desk.go("/messages/").sees("Новикова")
    desk.page.get_by_text("14:00").first.wait_for()


def she_comes_today(clinic, desk, visit):
    """She asks for today instead, and comes."""
    page = desk.go(f"/appointments/{visit.pk}/move/").page
    desk.fill("date", clinic.day.strftime("%d.%m.%Y")).fill("start", "15:00")
    desk.press("Move", inside="#form-box")
    page.wait_for_url(f"**/appointments/{visit.pk}/")
    desk.go(f"/schedule/?date={clinic.day}")
    page.locator("[data-eid]", has_text="Новикова").click()
    desk.press("Arrived", "appointment", inside="#panel-body")
    is_now(visit, starts_at=moment(clinic.day, 15), state="arrived")


def the_doctor(clinic, phone, patient, visit):
    """On a phone: my day, to the chair, a diagnosis of tooth 36, a plan that is approved, the visit finished."""
    page = phone.go("/my-day/").page
    page.locator(".day-list a", has_text="Новикова").click()
    phone.press("In the chair", "appointment", inside="#panel-body")
    is_now(visit, state="in_chair")
    page.locator("#panel-body a[href*='/diagnostics/']").click()
    page.locator("#odo [data-n='36']").click()
    page.locator("[data-dock-go]").click()
    phone.fill("q", "K02.1", "#note-form")
    page.locator(f"[data-diagnosis='{clinic.caries.pk}']").click()
    page.locator("#chart-state .dx", has_text="K02.1").wait_for()
    noted = ToothDiagnosis.objects.get(patient=patient)
    assert (noted.tooth, noted.diagnosis, noted.doctor) == (36, clinic.caries, clinic.sokolova)

    phone.go(f"/patients/{patient.pk}/plans/").press("New plan")
    page.locator(".picker [data-tooth='36']").click()
    page.locator(f"#services [data-service='{clinic.service.pk}']").click()
    page.locator("[data-save]").click()
    page.wait_for_url("**/treatment-plans/*/")
    page.locator("[data-approve]").click()
    page.wait_for_function("() => !document.querySelector('[data-approve]')")
    plan = TreatmentPlan.objects.get(patient=patient)
    assert plan.status == "approved"
    assert [(line.teeth, line.sum) for line in plan.lines.all()] == [([36], PRICE)]

    phone.go("/my-day/")
    page.locator(".day-list a", has_text="Новикова").click()
    phone.press("Finish the visit", inside="#panel-body")
    phone.press("Finish the visit", inside="#panel-body [data-close-form] .panel-foot")
    page.locator(".day-list li.completed", has_text="Новикова").wait_for()
    is_now(visit, state="completed")


def the_money(desk, patient, visit):
    """The plan becomes an invoice; part is paid in cash, the rest by card; the receipt is a sheet of paper."""
    page = desk.go(f"/invoices/new/?patient={patient.pk}").page
    page.locator("[data-plan-all]").check()
    desk.press("Issue invoice", inside="#invoice-form")
    page.wait_for_url(re.compile(r"/invoices/\d+/"))
    desk.fill("cash", "2000", "#pay")
    page.locator("#pay [name=card]").click()
    page.locator("#pay [data-key=rest]").click()
    desk.press("Take payment", inside="#pay")
    page.locator("#pay [data-key]").first.wait_for(state="detached")
    invoice = Invoice.objects.get(patient=patient)
    assert (invoice.total, invoice.status) == (PRICE, "paid")
    payment = Payment.objects.get(patient=patient)
    assert (payment.cash, payment.card) == (Decimal("2000.00"), PRICE - 2000)

    page.locator(f"a[href='/payments/{payment.pk}/']").first.wait_for()
    paper = desk.go(f"/payments/{payment.pk}/").page.locator(f"a[href*='receipt.pdf?lang={desk.language}']")
    answer = page.request.get(desk.web + paper.get_attribute("href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.body())).pages)
    assert re.search(r"5[\s,]?000", words), words
    return invoice


def the_figures(office, invoice, before):
    """Income has grown by the sum, and one press on it leads to the invoice."""
    assert Decimal(office.api("dashboard/")["income"]["value"]) == before + invoice.total
    page = office.go("/home/").page
    shown = page.locator("a.v[href*='/reports/income/']").first
    assert re.sub(r"\D", "", shown.inner_text()) == str(int(before + invoice.total))
    shown.click()
    page.wait_for_url("**/reports/income/**")
    page.locator("tr", has_text="Новикова").get_by_text("№ ").click()
    page.wait_for_url(f"**/invoices/{invoice.pk}/")
    office.sees("Новикова")
