"""The close of the day: four reports on one page, one paper, one workbook; every figure is that of its rows (REP-12)."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import resolve
from openpyxl import load_workbook
from pypdf import PdfReader

from billing.models import Article
from billing.services import cash_move, deposit_put, shift_close, shift_open
from billing.services.cash import desk_ensure
from clinic.selectors import user_loaded
from core import clock
from reports.day import day_set
from scheduling.models import Appointment, State
from tests.billing.money import D, invoice_of, pay
from tests.cast import person
from tests.factories import BranchFactory, PatientFactory
from tests.reports.test_figures import api_of, check_address

pytestmark = [pytest.mark.django_db, pytest.mark.feature("REP-12", "BIL-18", "SET-14")]
YESTERDAY, TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)


def a_day(anna, reception, doctor, chair, moment, *, times=1):
    """Two visits, one of them missed; an invoice part paid by cash and card, a prepayment, an expense, the count."""
    with time_machine.travel(moment, tick=False):
        change = Article.objects.filter(direction="both").first()
        for hour, state in ((0, State.COMPLETED), (2, State.NO_SHOW)):
            start = clock.now() + timedelta(hours=hour)
            Appointment.objects.create(
                patient=anna, doctor=doctor.staff, chair=chair, branch=chair.branch, state=state,
                starts_at=start, ends_at=start + timedelta(hours=1),
            )  # fmt: skip
        shift = shift_open(desk_id=desk_ensure(chair.branch_id).pk, actor=reception)
        pay(
            invoice_of(anna, reception, 1000 * times, doctor=doctor.staff),
            reception,
            cash=300 * times,
            card=100 * times,
        )
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(50))], actor=reception)
        cash_move(shift_id=shift.pk, article_id=change.pk, amount=D("20.50"), into=False, actor=reception)
        shift_close(
            shift_id=shift.pk,
            counted=shift.opening + D(300 * times) + D("29.49"),
            explanation="копейка",
            actor=reception,
        )


@pytest.fixture
def two_days(anna, reception, doctor, chair):
    a_day(anna, reception, doctor, chair, YESTERDAY)
    a_day(anna, reception, doctor, chair, TODAY, times=2)


@pytest.fixture
def at_the_desk(client, reception):
    client.force_login(reception)
    with time_machine.travel(TODAY, tick=False):
        yield client


EXPECTED = {
    "patients": {"booked": 2, "completed": 1, "no_show": 1, "new_patients": 0},
    "money": {"invoiced": "2000.00", "cash": "650.00", "card": "200.00", "receipts": "850.00"},
    "services": {"income": "2000.00"},
    "cash_flow": {"came": "650.00", "went": "-20.51", "balance": "629.49"},
}


def test_every_figure_is_right_and_opens_the_rows_that_make_it(two_days, reception, branch):
    with time_machine.travel(TODAY, tick=False):
        api = api_of(reception)
        found = api.get(f"/api/v1/reports/end-of-day/?branch={branch.pk}").json()
        values = {key: {name: one["value"] for name, one in each.items()} for key, each in found["sections"].items()}
        assert values == EXPECTED
        for section in found["sections"].values():
            for figure in section.values():
                check_address(api, figure["rows"], figure["value"])
        (desk,) = found["desks"]
        assert desk == {
            "desk": desk_ensure(branch.pk).pk,
            "before": "329.49",
            "came": "650.00",
            "went": "20.51",
            "after": "958.98",
        }


def test_the_page_shows_them_and_their_links_are_pages(two_days, at_the_desk, branch):
    page = at_the_desk.get("/reports/day/").content.decode()
    for piece in ("Итоги дня", "2\xa0000", "650", "−20,51", "629,49", "958,98", "Ёлкина"):
        assert piece in page or piece.replace("−", "-") in page, piece
    for name in ("bookings", "issued", "finance", "income", "cash-flow"):
        assert f"/reports/{name}/?" in page
        assert at_the_desk.get(f"/reports/{name}/?from=2026-11-23&to=2026-11-23&branch={branch.pk}").status_code == 200


def test_the_set_prints_as_one_paper(two_days, at_the_desk):
    answer = at_the_desk.get("/reports/day/day.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(b"".join(answer.streaming_content))).pages)
    for piece in ("Пациенты", "Счета и оплаты", "Оказанные услуги", "Движение денежных средств", "629,49", "958,98"):
        assert piece in words, (piece, words)


def test_the_workbook_has_the_figures_and_a_sheet_a_report(two_days, at_the_desk):
    answer = at_the_desk.get("/reports/day/day.xlsx")
    book = load_workbook(BytesIO(answer.content))
    assert len(book.sheetnames) == 5
    figures = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True) if row[0]}
    assert (figures["Выставлено"], figures["Карта"], figures["На конец дня"]) == (2000, 200, 958.98)
    assert book.worksheets[1].max_row == 3 and book.worksheets[4].max_row == 5


def test_today_only_unless_granted_on_page_paper_workbook_and_api_alike(two_days, client, branch):
    addresses = ("/reports/day/", "/reports/day/day.pdf", "/reports/day/day.xlsx", "/api/v1/reports/end-of-day/")
    with time_machine.travel(TODAY, tick=False):
        for days, allowed in ((1, 403), (2, 200), (None, 200)):
            user = person(f"desk{days}", "administrator", branches=[branch], days_back=days or 1)
            if days is None:
                user = person("boss", "director")
            client.force_login(user)
            for address in addresses:
                day = "?day=2026-11-22"
                assert client.get(address + day).status_code == allowed, (days, address)
                assert client.get(address).status_code == 200
            two_back = client.get("/api/v1/reports/end-of-day/?day=2026-11-21").status_code
            assert two_back == (200 if days is None else 403)


def test_the_day_is_the_branch_s(client, db):
    """At 22:00 UTC it is tomorrow in Vladivostok: yesterday there is still today in Moscow."""
    east = BranchFactory(name="Восток", timezone="Asia/Vladivostok")
    west = BranchFactory(name="Запад", timezone="Europe/Moscow", legal_entity=east.legal_entity)
    both = person("both", "administrator", branches=[east, west])
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        for branch in (east, west):
            invoice_of(PatientFactory(branch=branch), both, 100)
    with time_machine.travel(datetime(2026, 11, 23, 20, tzinfo=UTC), tick=False):
        client.force_login(both)
        assert client.get(f"/api/v1/reports/end-of-day/?branch={west.pk}&day=2026-11-23").status_code == 200
        assert client.get(f"/api/v1/reports/end-of-day/?branch={east.pk}&day=2026-11-23").status_code == 403
        today = client.get(f"/api/v1/reports/end-of-day/?branch={east.pk}").json()
        assert (today["day"], today["sections"]["money"]["invoiced"]["value"]) == ("2026-11-24", "0.00")


def test_what_is_left_to_do_is_said_before_the_day_is_closed(two_days, at_the_desk, anna, doctor, chair, reception):
    start = clock.now() + timedelta(hours=4)
    Appointment.objects.create(
        patient=anna, doctor=doctor.staff, chair=chair, branch=chair.branch, state=State.ARRIVED, starts_at=start,
        ends_at=start + timedelta(hours=1),
    )  # fmt: skip
    found = day_set(user_loaded(reception.pk), chair.branch)
    assert (found.unfinished, found.to_pay, found.left_open) == (1, 1, [])
    page = at_the_desk.get("/reports/day/").content.decode()
    assert "1 приём не завершён" in page and "1 приём ждёт оплаты" in page


def test_strangers_and_those_without_the_right_are_refused(client, branch, stranger, doctor):
    client.force_login(stranger)
    assert client.get(f"/reports/day/?branch={branch.pk}").status_code == 404
    client.force_login(doctor)
    for address in ("/reports/day/", "/reports/day/day.pdf", "/reports/day/day.xlsx", "/api/v1/reports/end-of-day/"):
        assert client.get(address).status_code == 403
        assert resolve(address)


def test_a_day_that_is_no_day_is_told(at_the_desk):
    assert at_the_desk.get("/reports/day/?day=вчера").status_code == 400
    assert at_the_desk.get("/api/v1/reports/end-of-day/?day=2026-13-01").status_code == 400


@pytest.mark.parametrize("number", [2, 12])
def test_the_page_asks_the_same_for_two_invoices_and_for_twelve(
    at_the_desk, anna, reception, number, django_assert_max_num_queries
):
    for _invoice in range(number):
        pay(invoice_of(anna, reception, 100), reception, cash=10)
    at_the_desk.get("/reports/day/")
    with django_assert_max_num_queries(60) as asked:
        assert at_the_desk.get("/reports/day/").status_code == 200
    QUERIES.add(len(asked))
    assert len(QUERIES) == 1, QUERIES


QUERIES: set[int] = set()
