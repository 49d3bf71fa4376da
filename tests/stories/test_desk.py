"""A day at the desk in Russian: from opening the cash shift to closing it to the kopeck, every figure from the book."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.db.models import Sum
from openpyxl import load_workbook
from pypdf import PdfReader

from billing.models import CashMovement, CashShift, Invoice, Payment
from billing.services import shift_close
from core import clock
from core.services import policies_set
from ledger import accounts
from ledger.models import Posting
from ledger.selectors import account_sum, ledger_check
from messaging.models import Mailing, Message
from messaging.services import mailings_run, messages_drain
from scheduling.models import Appointment, CallTask, PlannedVisit, WaitingEntry
from scheduling.selectors.calls import calls_alive
from scheduling.services import appointment_book, waiting_add
from tests.factories import PatientFactory
from tests.small_clinic import moment
from tests.stories.conftest import PHONE, is_now, settles
from tests.stories.test_day import POINT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.feature(
        "SCH-13", "SCH-16", "SCH-25", "SCH-26", "SCH-27", "SCH-30", "MSG-04", "BIL-06", "BIL-07", "BIL-16", "BIL-17", "BIL-18",
        "REP-12",
    ),
]  # fmt: skip
PRICE, WATER = Decimal("5000.00"), Decimal("150.50")
AUDIENCE, PORTION = 25, 10


def plain(text: str) -> Decimal:
    """«9 949,50 ₽» as a number."""
    return Decimal(re.sub(r"[^\d,.-]", "", text.replace("−", "-")).replace(",", "."))


def test_a_day_at_the_desk(clinic, at_work):
    before = shift_close(shift_id=clinic.cash_shift.pk, counted=Decimal("3100.00"), actor=clinic.boss).counted
    late = late_one(clinic)
    desk = at_work(clinic.people["administrator"])
    doctor = at_work(clinic.people["doctor"], "ru", PHONE)
    shift = opens_the_shift(desk, before)
    invoice = from_the_door_to_the_money(clinic, desk, doctor, clinic.visit, cash="2000", card="1500")
    assert (invoice.status, invoice.due) == ("partly_paid", PRICE - 3500)
    somebody_does_not_come(clinic, desk)
    paid = from_the_door_to_the_money(clinic, desk, doctor, late, cash="5000")
    assert paid.status == "paid"
    dragged_in = a_waiting_one_is_dragged_in(clinic, desk)
    seen = from_the_door_to_the_money(clinic, desk, doctor, dragged_in, card="5000")
    assert seen.status == "paid"
    a_planned_visit_becomes_a_call_and_a_booking(clinic, desk)
    a_mailing_is_stopped_half_way(clinic, desk)
    an_expense(desk)
    closes_to_the_kopeck(clinic, desk, shift, before + 2000 + 5000 - WATER)
    the_set_is_that_of_the_book(clinic, desk)
    assert ledger_check().problems == []


def late_one(clinic):
    """He was to come at nine."""
    patient = PatientFactory(last_name="Опоздалов", first_name="Егор", branch=clinic.branch)
    return appointment_book(
        patient_id=patient.pk, doctor_id=clinic.sokolova.pk, chair_id=clinic.chair.pk, starts_at=moment(clinic.day, 9),
        ends_at=moment(clinic.day, 10), service_ids=[clinic.service.pk], actor=clinic.boss,
    )  # fmt: skip


def opens_the_shift(desk, before):
    page = desk.go("/cash/").page
    desk.press("Open the shift")
    desk.sees("Смена 2 открыта")
    shift = CashShift.objects.get(closed_at=None, desk__branch__name="Центр")
    assert shift.opening == before
    assert plain(page.locator(".kpi .v").first.inner_text()) == before
    return shift


def from_the_door_to_the_money(clinic, desk, doctor, visit, **sums):
    """He comes, the doctor seats him and finishes in two taps, the desk opens the prepared invoice in one click."""
    desk.go(f"/appointments/{visit.pk}/").press("Arrived", "appointment")
    is_now(visit, state="arrived")
    page = doctor.go("/my-day/").page
    page.locator(".now").get_by_role("button", name=doctor.say("To the chair")).click()
    is_now(visit, state="in_chair")
    page.locator(".now .b.lg").click()
    doctor.press("Finish the visit", inside="#panel-body .panel-foot")
    is_now(visit, state="completed")

    page = desk.go("/to-pay/").page
    page.locator("tr[data-row]", has_text=visit.patient.last_name).get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/invoices/\d+/"))
    desk.press("Issue for %(sum)s", sum="5 000").sees("К оплате сейчас")
    for method, amount in sums.items():
        desk.fill(method, amount, "#pay")
    desk.press("Take payment", inside="#pay")
    page.wait_for_url(re.compile(r"paid=\d+"))
    invoice = settles(lambda: Invoice.objects.get(appointment=visit))
    assert (invoice.total, invoice.is_prepared) == (PRICE, True)
    payment = (
        Payment.objects.get(parts__invoice=invoice, kind="payment") if len(sums) == 1 else invoice.parts.first().payment
    )
    assert (payment.cash, payment.card) == (Decimal(sums.get("cash", 0)), Decimal(sums.get("card", 0)))
    return invoice


def somebody_does_not_come(clinic, desk):
    desk.go(f"/appointments/{clinic.other_visit.pk}/").press("Did not come", "appointment")
    is_now(clinic.other_visit, state="no_show")
    desk.go("/to-pay/")
    assert not desk.page.locator("tr[data-row]", has_text="Волков").count()


def a_waiting_one_is_dragged_in(clinic, desk):
    """From the list at the left onto the first chair at 14:00; what she waits for comes along."""
    patient = PatientFactory(last_name="Ждунова", first_name="Вера", branch=clinic.branch)
    entry = waiting_add(
        patient_id=patient.pk, doctor_ids=[clinic.sokolova.pk], service_ids=[clinic.service.pk], duration_min=60,
        actor=clinic.people["administrator"],
    )  # fmt: skip
    page = desk.go(f"/schedule/?date={clinic.day}").page
    page.wait_for_function("() => window.calendar && calendar.getOption('resources').length > 0")
    row = page.locator(f"[data-wait='{entry.pk}']")
    row.wait_for()
    page.wait_for_timeout(300)
    from_here, to_there = row.bounding_box(), page.evaluate(POINT, [clinic.chair.pk, "14:00"])
    page.mouse.move(from_here["x"] + 30, from_here["y"] + 10)
    page.mouse.down()
    page.mouse.move(to_there[0] - 40, to_there[1] - 30, steps=5)
    page.mouse.move(to_there[0], to_there[1] + 2, steps=5)
    page.locator(".wait-ghost").wait_for()
    page.mouse.up()
    page.locator("#panel-body form.booking").wait_for()
    desk.press("Book", inside="#panel-body .panel-foot")
    visit = settles(lambda: Appointment.objects.get(patient=patient))
    assert (visit.chair, visit.doctor, visit.starts_at) == (clinic.chair, clinic.sokolova, moment(clinic.day, 14))
    assert visit.ends_at == moment(clinic.day, 15)
    assert list(visit.services.all()) == [clinic.service]
    is_now(entry, outcome=WaitingEntry.Outcome.BOOKED)
    row.wait_for(state="detached")
    page.locator("#calendar [data-eid]", has_text="Ждунова").wait_for()
    return visit


def a_planned_visit_becomes_a_call_and_a_booking(clinic, desk):
    """Planned for about today, so he is on the list of calls; the one who calls finds him a time; the call is gone."""
    patient = PatientFactory(last_name="Плановый", first_name="Олег", branch=clinic.branch)
    page = desk.go(f"/planned-visits/new/?patient={patient.pk}&doctor={clinic.sokolova.pk}").page
    page.locator("[name=months]").select_option("")
    desk.fill("due_on", clinic.day.strftime("%d.%m.%Y")).press("Save", inside="#form-box")
    page.wait_for_url("**/planned-visits/")
    planned = settles(lambda: PlannedVisit.objects.get(patient=patient))
    desk.go("/call-tasks/?reason=planned").sees("Плановый")
    desk.press("Next call")
    desk.sees("Плановый", "#panel-body")
    call = CallTask.objects.get(patient=patient)
    is_now(call, claimed_by=clinic.people["administrator"])
    desk.press("Find a time", inside="#panel-body")
    page.locator("#panel-body [data-offer]").first.click()
    page.locator("#panel-body form.booking").wait_for()
    desk.press("Book", inside="#panel-body .panel-foot")
    visit = settles(lambda: Appointment.objects.get(patient=patient))
    assert visit.doctor == clinic.sokolova
    is_now(planned, outcome=PlannedVisit.Outcome.BOOKED, appointment_id=visit.pk)
    assert not calls_alive(clinic.boss).filter(pk=call.pk).exists()
    desk.go("/call-tasks/?reason=planned")
    assert not page.locator("tr[data-row]", has_text="Плановый").count()


def a_mailing_is_stopped_half_way(clinic, desk):
    """Ten have it, ten stand in the queue, five have not been queued: the ten keep it, the others never get it."""
    policies_set(values={"messaging.quiet_from": "00:00", "messaging.quiet_to": "00:00"}, actor=clinic.boss)
    for number in range(AUDIENCE):
        PatientFactory(
            last_name=f"Рассылкин{number:02}", branch=clinic.branch, phone=f"+7905111{number:04}", mailing_allowed=True
        )
    page = desk.go("/mailings/new/?listing=patients&search=Рассылкин").page
    desk.sees(str(AUDIENCE))
    desk.fill("name", "Осенняя чистка").fill("text", "{{name}}, осенью чистка со скидкой").fill("per_minute", "60")
    desk.press("Count the audience")
    page.wait_for_url(re.compile(r"/mailings/\d+/"))
    mailing = Mailing.objects.get()
    desk.press("Start").press("Start", inside="#panel-body .panel-foot")
    is_now(mailing, state=Mailing.State.GOING)
    the_clock_strikes(mailing)
    assert messages_drain() == PORTION
    the_clock_strikes(mailing)
    told = {"sent": PORTION, "waiting": PORTION}
    assert told == {state: Message.objects.filter(mailing=mailing, state=state).count() for state in told}
    desk.go(f"/mailings/{mailing.pk}/").press("Stop")
    page.get_by_role("dialog").get_by_role("button", name=desk.say("Stop"), exact=True).click()
    is_now(mailing, state=Mailing.State.STOPPED)
    assert (mailings_run(), messages_drain()) == (0, 0)
    told = {"sent": PORTION, "withdrawn": PORTION}
    assert told == {state: Message.objects.filter(mailing=mailing, state=state).count() for state in told}
    desk.go(f"/mailings/{mailing.pk}/").sees(f"{desk.say('Not sent', 'mailing')}: {AUDIENCE - PORTION}", "#progress")
    desk.sees(f"{desk.say('Accepted by the operator', 'message')}: {PORTION}", "#progress")
    figures = [plain(node.inner_text()) for node in page.locator("#progress .kpi .v").all()]
    assert figures[:3] == [AUDIENCE, 0, PORTION]


def the_clock_strikes(mailing):
    """Its next portion is due."""
    Mailing.objects.filter(pk=mailing.pk).update(next_at=clock.now())
    assert mailings_run() == PORTION


def an_expense(desk):
    """Water for the cooler, by an article that was not there yet; its paper is opened."""
    page = desk.go("/cash/").page
    desk.press("Pay out")
    desk.fill("amount", "150,50", "#panel-body").fill("new_article", "Вода для кулера", "#panel-body")
    desk.fill("person", "ИП Ручьёв", "#panel-body").press("Pay out", inside="#panel-body .panel-foot")
    page.get_by_text("Вода для кулера").first.wait_for()
    order = CashMovement.objects.get(article__name="Вода для кулера")
    assert order.amount == -WATER
    answer = page.request.get(f"{desk.web}/cash/orders/{order.pk}/order.pdf")
    words = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages)
    assert "КО-2" in words and "Сто пятьдесят рублей 50 копеек" in words and "ИП Ручьёв" in words


def closes_to_the_kopeck(clinic, desk, shift, expected):
    """A wrong count is told of and changes nothing; the right one ends the shift."""
    page = desk.go("/cash/").page
    desk.fill("counted", "9949", "#count").press("Close the shift", inside="#count")
    page.locator("#count [data-errors]").wait_for()
    assert plain(page.locator("#count dd").nth(1).inner_text()) == expected == Decimal("9949.50")
    desk.fill("counted", "9949,50", "#count").press("Close the shift", inside="#count")
    page.wait_for_url(f"**/cash/shifts/{shift.pk}/")
    is_now(shift, expected=expected, counted=expected, difference=Decimal(0))
    assert account_sum(accounts.cash(clinic.branch.pk, clinic.desk.pk)) == expected


def the_set_is_that_of_the_book(clinic, desk):
    page = desk.go("/reports/day/").page
    shown = {
        node.get_attribute("data-figure"): plain(node.inner_text()) for node in page.locator("[data-figure]").all()
    }
    here = Posting.objects.filter(branch=clinic.branch, effective_on=clinic.day)
    cash = here.filter(account__kind="cash").aggregate(came=Sum("debit"), went=Sum("credit"))
    card = here.filter(account__kind="acquirer").aggregate(sum=Sum("debit"))["sum"]
    income = here.filter(account__kind="income").aggregate(sum=Sum("credit"))["sum"]
    booked = Appointment.objects.filter(
        branch=clinic.branch, starts_at__range=[moment(clinic.day, 0), moment(clinic.day, 23)]
    )
    taken = cash["came"] - 100  # all but the change that was put in
    assert shown == {
        "booked": booked.count(), "completed": 3, "no_show": 1, "new_patients": shown["new_patients"], "invoiced": income, "cash": taken,
        "card": card, "receipts": taken + card, "income": income, "came": cash["came"], "went": -cash["went"],
        "balance": cash["came"] - cash["went"],
    }  # fmt: skip
    assert (cash["came"] - cash["went"], income) == (Decimal("9949.50"), 4 * PRICE)
    answer = page.request.get(f"{desk.web}/reports/day/day.pdf")
    words = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.body())).pages).split())
    assert answer.headers["content-type"] == "application/pdf"
    for piece in ("Итоги дня", "Опоздалов", "9 949,50", "Вода для кулера", "Движение денежных средств"):
        assert piece in words, (piece, words)
    book = load_workbook(BytesIO(page.request.get(f"{desk.web}/reports/day/day.xlsx").body()))
    assert len(book.sheetnames) == 5
    page.locator("[data-figure=came]").click()
    page.wait_for_url("**/reports/cash-flow/**")
    desk.sees("Опоздалов")
