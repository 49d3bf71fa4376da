"""Tables that people bring are read whatever wrote them."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import Invalid
from core.tables import Field, columns_guess, date_of, decimal_of, flag_of, table_read, whole_of

FIELDS = (
    Field("code", "Code", ("код", "артикул")),
    Field("name", "Name", ("наименование", "услуга")),
    Field("price", "Price", ("цена", "стоимость"), looks=lambda text: text.replace(" ", "").isdigit()),
)
TEXT = "Код;Наименование;Цена\nA16.07.002;Пломба;1500\nB01;Осмотр;500\n"


def book(*rows) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_every_usual_encoding_is_recognised(encoding):
    table = table_read(TEXT.encode(encoding), FIELDS)
    assert table.headings == ["Код", "Наименование", "Цена"]
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ["A16.07.002", "Пломба", "1500"]), (3, ["B01", "Осмотр", "500"]),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_usual_delimiter_is_recognised(delimiter):
    table = table_read(TEXT.replace(";", delimiter).encode(), FIELDS)
    assert table.rows[1].cells == ["B01", "Осмотр", "500"]


def test_a_comma_inside_prices_does_not_split_a_table_of_semicolons():
    table = table_read("Код;Цена\nA1;1500,50\nA2;900,00\nA3;1,5\n".encode(), FIELDS)
    assert table.rows[0].cells == ["A1", "1500,50"]


def test_excel_may_name_the_delimiter_in_its_first_line():
    assert table_read(b"sep=|\ncode|name\n1|a;b;c\n", FIELDS).rows[0].cells == ["1", "a;b;c"]


def test_a_quoted_cell_may_hold_lines_and_delimiters():
    table = table_read('Код;Наименование\n1;"Пломба; ""световая""\nвторая строка"\n'.encode(), FIELDS)
    assert table.rows[0].cells[1] == 'Пломба; "световая"\nвторая строка'


def test_a_workbook_gives_numbers_without_binary_noise_and_days_as_iso():
    table = table_read(book(["Код", "Цена", "С"], ["A1", 0.1 + 0.2, datetime(2026, 11, 23)], [79001234567, 1500.0]))
    assert table.rows[0].cells == ["A1", "0.3", "2026-11-23"]
    assert table.rows[1].cells == ["79001234567", "1500"]


def test_the_first_sheet_that_has_rows_is_read():
    made = Workbook()
    made.active.title = "Пусто"
    sheet = made.create_sheet("Прайс")
    sheet.append(["Код", "Цена"])
    sheet.append(["A1", 5])
    out = BytesIO()
    made.save(out)
    assert table_read(out.getvalue()).rows[0].cells == ["A1", "5"]


def test_headings_are_found_below_a_title_and_numbers_stay_those_of_the_file():
    table = table_read("Прайс-лист клиники;;\n;;\nУслуга;Код;Стоимость, руб.\nПломба;A1;100\n".encode(), FIELDS)
    assert table.headings[1] == "Код"
    assert table.rows[0].number == 4


def test_a_table_without_headings_loses_no_row():
    table = table_read("A16.07.002;Пломба;1500\nA16.07.003;Вкладка;9000\n".encode(), FIELDS)
    assert not table.has_headings
    assert len(table.rows) == 2


def test_columns_are_guessed_by_heading_and_content_and_given_once():
    table = table_read("Услуга;Артикул;Цена\nПломба;A1;100\n".encode(), FIELDS)
    found = {name: guess.column for name, guess in columns_guess(table, FIELDS).items()}
    assert found == {"name": 0, "code": 1, "price": 2}


def test_a_column_without_heading_is_known_by_its_values():
    table = table_read("Код;Наименование;\nA1;Пломба;1 500\nA2;Осмотр;300\n".encode(), FIELDS)
    guess = columns_guess(table, FIELDS)["price"]
    assert (guess.column, guess.sureness) == (2, 60)


def test_our_own_exports_come_back_without_the_guarding_apostrophe():
    assert table_read("Имя;Телефон\nАнна;'+79001234567\nАнна;=1\n".encode()).rows[0].cells[1] == "+79001234567"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00\x01",
        b"PK\x03\x04 nothing",
        b"",
        b"\n\n;;\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512,
        b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4,
    ],
    ids=["png", "pdf", "broken zip", "nothing", "blank", "old excel", "jpeg"],
)
def test_what_is_not_a_table_is_refused_beside_the_file(content):
    with pytest.raises(Invalid) as refusal:
        table_read(content)
    assert "file" in refusal.value.fields


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr("core.tables.MAX_ROWS", 3)
    with pytest.raises(Invalid):
        table_read(b"a;b\n" + b"1;2\n" * 4)


def test_a_packed_bomb_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr("core.tables.MAX_UNPACKED", 100)
    with pytest.raises(Invalid):
        table_read(book(["a", "b"], [1, 2]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 500,50 ₽", "1500.50"),
        ("1,500.50", "1500.50"),
        ("1.500,50", "1500.50"),
        ("1500 руб.", "1500"),
        ("−3", "-3"),
        ("0,5", "0.5"),
    ],
)
def test_sums_are_read_as_people_type_them(text, value):
    assert decimal_of(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "договорная", "1-2", "12 шт", "1,2,3", "NaN", "1e5", "--1"])
def test_what_is_not_a_sum_is_an_error(text):
    with pytest.raises(ValueError):
        decimal_of(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_a_sum_written_by_us_is_read_back(value):
    grouped = f"{value:,.2f}".replace(",", " ").replace(".", ",")
    assert decimal_of(grouped) == value


@pytest.mark.parametrize(
    "text", ["2025-12-31", "31.12.2025", "31/12/25", "31.12.2025 10:00", "2025-12-31T00:00", "46022"]
)
def test_days_are_read_as_people_type_them(text):
    assert date_of(text) == date(2025, 12, 31)


def test_impossible_days_and_halves_are_errors():
    for read, text in ((date_of, "31.02.2025"), (date_of, "вчера"), (whole_of, "1,5"), (flag_of, "может быть")):
        with pytest.raises(ValueError):
            read(text)
    assert (flag_of("Да"), flag_of("нет"), whole_of("30")) == (True, False, 30)
