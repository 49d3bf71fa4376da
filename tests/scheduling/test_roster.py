"""Shifts by rules with exceptions and holidays, and the staff schedule that shows them."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from core import policies
from core.errors import Invalid
from scheduling import rules
from scheduling.models import Shift
from scheduling.policies import HOLIDAY_COUNTRY
from scheduling.selectors.holidays import holidays_between
from scheduling.services import shifts_generate

pytestmark = pytest.mark.django_db
FIRST = date(2026, 12, 28)  # a Monday before the long holidays


@pytest.mark.feature("SCH-17", "SCH-37")
@pytest.mark.parametrize(
    ("pattern", "options", "days"),
    [
        ("weekly", {"weekdays": [0, 4]}, [28, 1, 4]), ("cycle", {"on": 2, "off": 2}, [28, 29, 1, 2, 5]),
        ("cycle", {"on": 1, "off": 3}, [28, 1, 5]), ("even", {}, [28, 30, 2, 4]), ("odd", {}, [29, 31, 1, 3, 5]),
    ],
)  # fmt: skip
def test_days_alternate_as_the_pattern_says(pattern, options, days):
    found = rules.dates_of_pattern(pattern, FIRST, date(2027, 1, 5), **options)
    assert [day.day for day in found] == days


@pytest.fixture
def make(sokolova, chair, director):
    def generate(**changes):
        given = {"first": FIRST, "last": date(2027, 1, 11), "start_time": time(9), "end_time": time(15), "weekdays": [],
                 "pattern": "cycle", "doctor_id": sokolova.pk, "chair_id": chair.pk, "actor": director}  # fmt: skip
        return shifts_generate(**{**given, **changes})

    return generate


@pytest.mark.feature("SCH-17")
def test_holidays_and_exceptions_are_left_out(make, director):
    made, skipped = make(skip_holidays=True, except_days=[date(2026, 12, 29)])
    days = [shift.starts_at.date() for shift in made]
    assert days == [date(2026, 12, 28), date(2027, 1, 9), date(2027, 1, 10)]
    assert {row.code for row in skipped} == {"holiday"}
    assert date(2027, 1, 1) in {row.date for row in skipped}
    assert made[0].rule.details["except"] == ["2026-12-29"]
    policies.store(HOLIDAY_COUNTRY.key, "")
    policies.forget()
    assert holidays_between(FIRST, date(2027, 1, 11)) == set()


def test_a_wrong_pattern_is_refused(make):
    for wrong, name in (
        ({"pattern": "moon"}, "pattern"),
        ({"days_on": 0}, "pattern"),
        ({"pattern": "weekly"}, "weekdays"),
    ):
        with pytest.raises(Invalid) as refused:
            make(**wrong)
        assert name in refused.value.fields


@pytest.mark.feature("HR-17", "HR-18", "HR-19", "SCH-37")
def test_the_staff_schedule_shows_dates_a_branch_and_days_only(make, client, reception, stranger, other_branch):
    make()
    client.force_login(reception)
    url = reverse("scheduling:roster")
    asked = {"first": "28.12.2026", "last": "03.01.2027"}
    shown = client.get(url, asked)
    (row,) = shown.context["roster"].rows
    assert [bool(cell) for cell in row.cells] == [True, True, False, False, True, True, False]
    assert (row.days, row.hours) == (4, 24)
    assert "9:00<br>" in shown.content.decode()
    assert "9:00<br>" not in client.get(url, {**asked, "mode": "days"}).content.decode()
    assert len(client.get(url, {"first": "15.12.2026"}).context["roster"].days) == 31
    assert client.get(url, {**asked, "last": "01.01.2026"}).status_code == 400
    assert client.get(url, {**asked, "branch": other_branch.pk}).status_code == 400
    client.force_login(stranger)
    assert client.get(url, asked).context["roster"].rows == []


@pytest.mark.feature("SCH-17")
def test_a_form_and_the_api_make_shifts_by_a_pattern(client, sokolova, chair, director):
    client.force_login(director)
    typed = {"doctor": sokolova.pk, "chair": chair.pk, "date": "28.12.2026", "start": "09:00", "end": "15:00",
             "pattern": "even", "until": "05.01.2027", "except_days": "02.01.2027", "weeks": "1"}  # fmt: skip
    typed.pop("weeks")
    assert client.post(reverse("scheduling:shift-new"), {**typed, "until": ""}).status_code == 422
    assert client.post(reverse("scheduling:shift-new"), {**typed, "except_days": "завтра"}).status_code == 422
    assert client.post(reverse("scheduling:shift-new"), typed).status_code == 302
    assert [shift.starts_at.day for shift in Shift.objects.order_by("starts_at")] == [28, 30, 4]
    body = {"doctor": sokolova.pk, "chair": chair.pk, "from": "2027-02-01", "to": "2027-02-04", "start_time": "09:00",
            "end_time": "15:00"}  # fmt: skip
    made = client.post("/api/v1/shifts/generate/", {**body, "pattern": "odd"}, content_type="application/json")
    assert (made.status_code, len(made.json()["created"])) == (201, 2)
    refused = client.post("/api/v1/shifts/generate/", body, content_type="application/json")
    assert (refused.status_code, "weekdays" in refused.json()["fields"]) == (400, True)
    assert timedelta(hours=6) == Shift.objects.first().ends_at - Shift.objects.first().starts_at
