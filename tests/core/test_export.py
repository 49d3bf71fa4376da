"""A list as a file holds the words of the screen, whoever makes the cells; a long one is read by the database alone."""

import csv
import io
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from core import export
from core.export import cells, csv_lines, plain, readers_of, xlsx_bytes
from core.listing import Column
from patients.listings import PatientListing
from patients.models import Patient
from tests.factories import DoctorFactory, PatientFactory

pytestmark = pytest.mark.django_db
COLUMNS = (
    "name",
    "phone",
    "doctor",
    "treatment_status",
    "kind",
    "birth_date",
    "email",
    "branch",
    "card_number",
    "created_at",
)


@pytest.fixture
def people(branch):
    doctor = DoctorFactory(last_name="Соколова", first_name="Марина", middle_name="Андреевна")
    lonely = DoctorFactory(last_name="Ли", first_name="Ян", middle_name="")
    PatientFactory(last_name="Яковлева", first_name="Анна", middle_name="Петровна", doctor=doctor, branch=branch,
                   birth_date=date(1990, 2, 28), treatment_status="in_treatment", phone="+79001234567")  # fmt: skip
    PatientFactory(last_name="Абрамов", first_name="Пётр", middle_name="", doctor=lonely, email="=HYPERLINK(1)@x.ru")
    PatientFactory(last_name="=1+1", first_name="@SUM", middle_name="", phone="")


def screen_of(user, *columns):
    params = QueryDict(mutable=True)
    params.setlist("col", list(columns))
    return PatientListing(user, params, asked_only=True)


def all_cells(screen):
    return [row for batch in cells(screen) for row in batch]


def by_python(screen, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(export, "readers_of", lambda screen: None)
        return all_cells(screen)


def said(rows):
    """Nothing and an empty text are the same empty cell."""
    return [[cell if cell is not None else "" for cell in row] for row in rows]


def test_both_ways_write_the_same(people, director, monkeypatch):
    assert readers_of(screen_of(director, *COLUMNS))
    quick, slow = all_cells(screen_of(director, *COLUMNS)), by_python(screen_of(director, *COLUMNS), monkeypatch)
    assert said(quick) == said(slow)
    assert len(quick) == 3


def test_every_column_that_the_database_reads_says_what_the_screen_says(people, director, monkeypatch):
    """Those of apps above too: what somebody adds to the list is held against its Python."""
    for name in PatientListing(director, QueryDict()).available:
        screen = screen_of(director, name)
        if readers_of(screen):
            assert said(all_cells(screen)) == said(by_python(screen_of(director, name), monkeypatch)), name


def test_a_file_has_names_and_words_and_no_formulas(people, director):
    with translation.override("ru"):
        text = "".join(csv_lines(screen_of(director, "name", "doctor", "treatment_status", "phone", "email")))
    assert text.startswith("\ufeff")
    head, *rows = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert head[0] == "Пациент"
    assert rows[0][0] == "'=1+1 @SUM"
    assert [row[:3] for row in rows[1:]] == [
        ["Абрамов Пётр", "Ли Я.", str(Patient.TreatmentStatus.NONE.label)],
        ["Яковлева Анна Петровна", "Соколова М. А.", str(Patient.TreatmentStatus.IN_TREATMENT.label)],
    ]  # fmt: skip
    assert (rows[2][3], rows[1][4]) == ("'+79001234567", "'=HYPERLINK(1)@x.ru")


def test_a_workbook_holds_the_same(people, director):
    sheet = load_workbook(BytesIO(xlsx_bytes(screen_of(director, "name", "birth_date")))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["'=1+1 @SUM", "Абрамов Пётр", "Яковлева Анна Петровна"]
    assert rows[3][1].date() == date(1990, 2, 28)


@pytest.mark.parametrize(
    "value", [lambda row: 1, "doctor.short_name", "merged_cards.last_name", "nobody.name", "doctor"]
)
def test_what_only_python_can_write(value):
    assert export.reader_of(Column("x", "x", value), Patient.objects.all()) is None


def test_a_long_list_makes_no_instances(people, director, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("an instance was made")

    screen = screen_of(director, "name", "phone", "doctor", "treatment_status")
    monkeypatch.setattr(Patient, "from_db", refuse)
    with CaptureQueriesContext(connection) as asked:
        assert len(all_cells(screen)) == 3
    assert len([each for each in asked.captured_queries if "patients_patient" in each["sql"]]) <= 2


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1", "'=1"), ("+7900", "'+7900"), ("-", "'-"), ("@a", "'@a"), ("\tx", "'\tx"), ("a=1", "a=1"), ("", ""),
        (["a", "b"], "a, b"), (("=a", "b"), "'=a, b"), (None, None), (True, True), (7, 7),
        (datetime(2026, 1, 1, 12, 30, 5, 99, tzinfo=UTC), datetime(2026, 1, 1, 15, 30, 5)),
    ],
)  # fmt: skip
def test_one_cell(value, cell):
    assert plain(value) == cell
