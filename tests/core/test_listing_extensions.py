"""What an app above adds to a list is in every shape of it, and costs nothing where nobody looks at it."""

import django_filters
import pytest
from django.db import connection
from django.db.models import Value
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from core.listing import Column, Extension
from patients.listings import PatientFeed, PatientListing
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def added(monkeypatch):
    """A column and a filter of some app above, over an annotation."""
    bright = django_filters.BooleanFilter(method=lambda rows, name, value: rows.filter(mark_value="яркая"))
    extension = Extension(
        "patients", (Column("mark", "Mark", "mark_value"),), {"marked": bright},
        lambda rows: rows.annotate(mark_value=Value("яркая")),
    )  # fmt: skip
    monkeypatch.setattr(PatientListing, "extensions", [extension])
    PatientFactory()


def asked(listing, user, query=""):
    with CaptureQueriesContext(connection) as statements:
        screen = listing(user, QueryDict(query), asked_only=listing is PatientFeed)
        rows = screen.page().rows
    return screen, rows, " ".join(each["sql"] for each in statements.captured_queries)


def test_a_shown_column_is_asked_for(director):
    screen, rows, sql = asked(PatientListing, director)
    assert "mark_value" in sql
    assert [column.name for column, _value in screen.cells(rows[0])][-1] == "mark"


def test_a_hidden_one_costs_nothing(director):
    _screen, rows, sql = asked(PatientListing, director, "col=name")
    assert rows and "mark_value" not in sql


def test_a_filter_brings_what_it_needs(director):
    for listing in (PatientListing, PatientFeed):
        screen, rows, sql = asked(listing, director, "col=name&marked=true")
        assert rows and "mark_value" in sql
        assert "marked" in screen.filter_class.base_filters


def test_programs_do_not_pay_for_columns(director):
    _screen, rows, sql = asked(PatientFeed, director)
    assert rows and "mark_value" not in sql
