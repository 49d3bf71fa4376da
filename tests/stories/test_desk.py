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
from ledger import accounts
from ledger.models import Posting
from ledger.selectors import account_sum, ledger_check
from scheduling.services import appointment_book
from tests.factories import PatientFactory
from tests.small_clinic import moment
from tests.stories.conftest import PHONE, is_now, settles

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.feature("SCH-25", "SCH-30", "BIL-06", "BIL-07", "BIL-16", "BIL-17", "BIL-18", "REP-12"),
]
PRICE, WATER = Decimal("5000.00"), Decimal("150.50")


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
    taken = cash["came"] - 100  # all but the change that was put in
    assert shown == {
        "booked": 3, "completed": 2, "no_show": 1, "new_patients": shown["new_patients"], "invoiced": income, "cash": taken,
        "card": card, "receipts": taken + card, "income": income, "came": cash["came"], "went": -cash["went"],
        "balance": cash["came"] - cash["went"],
    }  # fmt: skip
    assert (cash["came"] - cash["went"], income) == (Decimal("9949.50"), 3 * PRICE)
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
