"""Every figure of the dashboard and of the reports is the sum of the rows that it opens, to the kopeck (MOON-05)."""

import random
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from clinic.selectors import user_loaded
from core import clock
from patients.models import Patient
from reports.catalogue import REPORTS, reports_of

pytestmark = [pytest.mark.django_db, pytest.mark.feature("MOON-05", "REP-01")]
FILTERS = 30


def api_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user_loaded(user.pk))
    return client


def number(value) -> Decimal:
    return Decimal(str(value))


def rows_sum(client: APIClient, address: str) -> Decimal:
    """The sum of the column `value` over every page of an address."""
    total = Decimal(0)
    while address:
        parts = urlsplit(address)
        body = client.get(f"{parts.path}?{parts.query}").json()
        assert "results" in body, (address, body)
        total += sum((number(row["value"]) for row in body["results"]), Decimal(0))
        address = body["next"]
    return total


def with_value(address: str) -> str:
    """The same rows with the column that is summed, which a report may hide by default."""
    return f"{address}&col=value&page_size=7"


def check_address(client: APIClient, address: str, value) -> None:
    totals = client.get(address).json()["totals"]
    assert number(totals["value"]) == number(value), address
    assert rows_sum(client, with_value(address)) == number(value), address


def check_block(client: APIClient, block: dict) -> int:
    if not isinstance(block["value"], list):
        check_address(client, block["rows"], block["value"])
        return 1
    for part in block["value"]:
        check_address(client, part["rows"], part["value"])
    check_address(client, block["rows"], sum((number(part["value"]) for part in block["value"]), Decimal(0)))
    return len(block["value"])


def test_every_figure_of_the_dashboard_opens_its_rows(month, director):
    client = api_of(director)
    first = clock.now().date() - timedelta(days=20)
    blocks = client.get(f"/api/v1/dashboard/?from={first}&to={clock.now().date()}").json()
    assert {"income", "receipts", "advance", "debt", "bookings", "income_by_day", "income_by_direction"} <= set(blocks)
    assert sum(check_block(client, block) for block in blocks.values()) > 20
    assert all(number(blocks[key]["value"]) > 0 for key in ("income", "receipts", "advance", "debt", "bookings"))


def random_query(draw: random.Random, month, report) -> str:
    """Some of the filters that the report has, with values that exist."""
    today = clock.now().date()
    first = today - timedelta(days=draw.randint(0, 18))
    offers = {
        "branch": [patient.branch_id for patient in month["patients"]],
        "doctor": [doctor.pk for doctor in month["doctors"]] + ["none"],
        "direction": [service.category_id for service in month["services"]] + ["none"],
        "patient": [patient.pk for patient in month["patients"]],
        "method": ["cash", "card"],
        "state": ["completed", "no_show"],
        "day": [str(today - timedelta(days=draw.randint(1, 15)))],
    }
    query = {"from": first, "to": first + timedelta(days=draw.randint(0, 12))}
    for name in draw.sample(sorted(offers), k=draw.randint(0, 3)):
        if name in report.filterset.base_filters:
            query[name] = draw.choice(offers[name])
    return "&".join(f"{name}={value}" for name, value in query.items())


@pytest.mark.parametrize("report", REPORTS, ids=[report.slug for report in REPORTS])
def test_a_reports_figure_is_the_sum_of_its_rows_under_random_filters(month, insured, director, report):
    client, draw = api_of(director), random.Random(report.slug)
    seen = set()
    for _ in range(FILTERS):
        address = f"/api/v1/reports/{report.slug}/?{random_query(draw, month, report)}"
        value = client.get(address).json()["totals"]["value"]
        check_address(client, address, value)
        seen.add(value)
    assert len(seen) > 1, "the filters change nothing: this test would prove nothing"


def test_figures_stay_when_cards_are_merged(month, director):
    client = api_of(director)
    query = f"?from={clock.now().date() - timedelta(days=20)}"
    before = {key: block["value"] for key, block in client.get(f"/api/v1/dashboard/{query}").json().items()}
    survivor, double = month["patients"][:2]
    from patients.services import patients_merge

    patients_merge(survivor_id=survivor.pk, duplicate_id=double.pk, actor=director)
    after = client.get(f"/api/v1/dashboard/{query}").json()
    for key in ("income", "receipts", "advance", "debt"):
        assert after[key]["value"] == before[key]
        check_block(client, after[key])
    assert Patient.objects.get(pk=double.pk).merged_into_id == survivor.pk


def test_a_branch_s_figures_add_up_to_the_clinic_s(month, director, branch, other_branch):
    client = api_of(director)
    query = f"from={clock.now().date() - timedelta(days=20)}"
    parts = [client.get(f"/api/v1/dashboard/?{query}&branch={place.pk}").json() for place in (branch, other_branch)]
    whole = client.get(f"/api/v1/dashboard/?{query}").json()
    for key in ("income", "receipts", "advance", "debt", "bookings"):
        assert sum(number(part[key]["value"]) for part in parts) == number(whole[key]["value"]), key


@pytest.mark.feature("SET-14", "BIL-18")
def test_reception_sees_money_of_today_only_whatever_it_asks_for(month, reception, client):
    client.force_login(reception)
    wide = f"?from={clock.now().date() - timedelta(days=30)}"
    blocks = client.get(f"/api/v1/dashboard/{wide}").json()
    assert (blocks["income"]["value"], blocks["receipts"]["value"]) == ("0.00", "0.00")
    assert client.get(f"/api/v1/reports/income/{wide}").json()["results"] == []
    file = b"".join(client.get(f"/reports/income/export.csv{wide}").streaming_content).decode("utf-8-sig")
    assert len(file.splitlines()) == 1


def test_a_doctor_with_the_right_sees_the_money_of_his_own_work(month, own_doctor):
    client = api_of(own_doctor)
    body = client.get(f"/api/v1/reports/income/?from={clock.now().date() - timedelta(days=30)}").json()
    assert {row["doctor"] for row in body["results"]} == {own_doctor.staff.short_name}


def test_a_report_without_the_right_is_refused_on_page_export_and_api(month, doctor, client):
    client.force_login(doctor)
    for path in ("/reports/income/", "/reports/income/export.csv", "/reports/income/export.xlsx", "/home/"):
        assert client.get(path).status_code == 403, path
    assert api_of(doctor).get("/api/v1/reports/income/").status_code == 403
    assert api_of(doctor).get("/api/v1/dashboard/").status_code == 403
    assert reports_of(doctor) == []


@pytest.mark.parametrize("report", REPORTS, ids=[report.slug for report in REPORTS])
def test_a_report_costs_the_same_whatever_its_rows(month, director, report, client, django_assert_max_num_queries):
    """Twelve of its own; the shell's are those of a page without figures."""
    client.force_login(director)
    client.get("/reports/")
    with CaptureQueriesContext(connection) as shell:
        client.get("/reports/")
    query = f"?from={clock.now().date() - timedelta(days=20)}"
    with django_assert_max_num_queries(len(shell) + 12):
        assert client.get(f"/reports/{report.slug}/{query}").status_code == 200


@pytest.mark.parametrize("report", REPORTS, ids=[report.slug for report in REPORTS])
def test_how_many_rows_a_figure_opens_is_told_when_it_is_asked(month, director, doctor, report, client):
    client.force_login(director)
    query = f"?from={clock.now().date() - timedelta(days=20)}"
    table = b"".join(client.get(f"/reports/{report.slug}/export.csv{query}").streaming_content).decode("utf-8-sig")
    assert client.get(f"/reports/{report.slug}/count/{query}").content.decode() == str(len(table.splitlines()) - 1)
    client.force_login(doctor)
    if report.permission.code not in doctor.permission_codes:
        assert client.get(f"/reports/{report.slug}/count/{query}").status_code == 403


def test_the_home_page_shows_the_figures_of_the_api(month, director, client):
    client.force_login(director)
    html = client.get("/home/?period=quarter").content.decode()
    links = {urlsplit(part.split('"')[0]).path for part in html.split('href="')[1:]}
    assert {"/reports/income/", "/reports/finance/", "/reports/debt/", "/reports/advance/"} <= links
