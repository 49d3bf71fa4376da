"""Tables that people bring, CSV or XLSX in any usual encoding, read as rows of text with their line numbers.

`table_read` opens a file by its content, `columns_guess` says which column is which field, `decimal_of` and its
kin read what people type. Whoever imports decides what a row means; nothing here knows a domain.
"""

import codecs
import csv
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from core.errors import Invalid
from core.text import fold

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 4000
MAX_UNPACKED = 400 * 1024 * 1024
DELIMITERS = (";", ",", "\t", "|")
HEADING_DEPTH = 15  # titles and blank lines that may stand above the headings
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
EXCEL_EPOCH = date(1899, 12, 30)

NOT_A_TABLE = _("This is not a table: choose an XLSX or CSV file.")


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the line that a person sees in the file, counted from 1."""

    number: int
    cells: list[str]

    def get(self, column: int | None) -> str:
        return self.cells[column] if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    headings: list[str]
    rows: list[Row]
    has_headings: bool = True

    def sample(self, column: int, limit: int = 3) -> list[str]:
        """The first values of a column, for showing and for guessing."""
        found: list[str] = []
        for row in self.rows:
            if row.get(column):
                found.append(row.get(column))
            if len(found) == limit:
                break
        return found


@dataclass(frozen=True, slots=True)
class Field:
    """What an import can fill: `names` are headings that mean it, `looks` recognises its values."""

    name: str
    label: Any = field(compare=False)
    names: tuple[str, ...] = ()
    is_required: bool = False
    looks: Callable[[str], bool] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Guess:
    """A field's column and how sure we are, in whole percent."""

    column: int
    sureness: int


# Reading


def table_read(content: bytes, fields: Sequence[Field] = ()) -> Table:
    """Rows of a CSV or XLSX file, typed by content. Raises Invalid on `file`: not a table, empty, too large.

    `fields` help to find the line of headings below a title; a table without headings gets empty ones.
    """
    raw = xlsx_rows(content) if content.startswith(ZIP) else csv_rows(text_of(content))
    lines: list[Row] = []
    for number, cells in enumerate(raw, start=1):
        if any(cells):
            lines.append(Row(number, cells))
        if len(lines) > MAX_ROWS:
            raise Invalid(fields={"file": _("More than %(rows)s rows: split the file.") % {"rows": MAX_ROWS}})
    if not lines:
        raise Invalid(fields={"file": _("The table is empty.")})
    width = min(MAX_COLUMNS, max(len(row.cells) for row in lines))
    top = heading_index(lines, fields)
    if top is None:
        return Table([""] * width, lines, has_headings=False)
    headings = lines[top].cells + [""] * (width - len(lines[top].cells))
    return Table(headings, lines[top + 1 :])


def text_of(content: bytes) -> str:
    """Decode by mark, then as UTF-16, UTF-8, Windows-1251; a file that is not text is refused."""
    if content.startswith(OLD_EXCEL):
        raise Invalid(fields={"file": _("This is the old Excel format: save it as XLSX.")})
    for mark, encoding in (*BOMS, *unmarked_utf16(content), (b"", "utf-8"), (b"", "cp1251")):
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            return refuse_binary(text)
    raise Invalid(fields={"file": NOT_A_TABLE})


def unmarked_utf16(content: bytes) -> list[tuple[bytes, str]]:
    """UTF-16 without its mark shows itself by zero bytes (or by 0x04, the Cyrillic page) at every other place."""
    head = content[:2000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = head[start::2]
        if high and sum(byte in (0, 4) for byte in high) > 0.9 * len(high):
            return [(b"", encoding)]
    return []


def refuse_binary(text: str) -> str:
    head = text[:4000]
    strange = sum(char < " " and char not in "\t\r\n\f\x0b" for char in head)
    if "\x00" in text or strange > len(head) // 100:
        raise Invalid(fields={"file": NOT_A_TABLE})
    return text


def csv_rows(text: str) -> Iterator[list[str]]:
    told = re.match(r"sep=(.)\r?\n", text)
    delimiter = told.group(1) if told else delimiter_of(text)
    lines = csv.reader(StringIO(text[told.end() :] if told else text, newline=""), delimiter=delimiter)
    try:
        for cells in lines:
            yield [cleaned(cell) for cell in cells[:MAX_COLUMNS]]
    except csv.Error as error:
        raise Invalid(fields={"file": NOT_A_TABLE}) from error


def delimiter_of(text: str) -> str:
    """The mark that divides most of the first lines into equally many cells."""
    head = text[:20_000].rpartition("\n")[0] if len(text) > 20_000 else text

    def score(mark: str) -> tuple[float, int]:
        try:
            widths = [len(cells) for cells in csv.reader(StringIO(head, newline=""), delimiter=mark) if any(cells)][:50]
        except csv.Error:
            return 0.0, 0
        common = max(set(widths), key=widths.count, default=1)
        return (widths.count(common) / len(widths) if common > 1 else 0.0), common

    return max(DELIMITERS, key=score)


def xlsx_rows(content: bytes) -> Iterator[list[str]]:
    """The first sheet that has rows. A packed bomb is refused before it is opened."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as pack:
            if sum(item.file_size for item in pack.infolist()) > MAX_UNPACKED:
                raise Invalid(fields={"file": _("The file is too large when unpacked.")})
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Invalid(fields={"file": NOT_A_TABLE}) from error
    for sheet in book.worksheets:
        has_rows = False
        for cells in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS):
            texts = [cell_text(value) for value in cells]
            while texts and not texts[-1]:
                texts.pop()
            has_rows = has_rows or bool(texts)
            yield texts
        if has_rows:
            return


def cell_text(value: Any) -> str:
    """What a person sees in the cell, numbers without binary noise, days as ISO."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{Decimal(f'{value:.15g}'):f}"
    return cleaned(str(value))


def cleaned(cell: str) -> str:
    """Without edges and without the apostrophe that our own exports put before formula marks."""
    cell = cell.replace("\xa0", " ").strip()[:MAX_CELL]
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


# Which column is what


def heading_key(text: str) -> str:
    return re.sub(r"[^\w]+", " ", fold(text)).strip()


def heading_index(lines: Sequence[Row], fields: Sequence[Field]) -> int | None:
    """The line of headings: the one where most known names stand, else a first line of distinct words."""
    known = {heading_key(name) for each in fields for name in (each.name, str(each.label), *each.names)}
    hits = [sum(heading_key(cell) in known for cell in row.cells if cell) for row in lines[:HEADING_DEPTH]]
    if hits and max(hits) >= min(2, max(1, len(fields))):
        return hits.index(max(hits))
    first = [cell for cell in lines[0].cells if cell]
    is_words = len(first) > 1 and len(set(first)) == len(first) and not any(re.search(r"\d{2}", cell) for cell in first)
    return 0 if is_words and len(lines) > 1 else None


def columns_guess(table: Table, fields: Sequence[Field]) -> dict[str, Guess]:
    """A column for each field that shows itself by heading or by content; every column is given once."""
    keys = [heading_key(heading) for heading in table.headings]
    offers: list[tuple[int, int, int, str]] = []
    for order, each in enumerate(fields):
        names = {heading_key(name) for name in (each.name, str(each.label), *each.names)}
        for column, key in enumerate(keys):
            sureness = certainty(key, names, table.sample(column, 50), each.looks)
            if sureness:
                offers.append((-sureness, order, column, each.name))
    found: dict[str, Guess] = {}
    taken: set[int] = set()
    for negative, _order, column, name in sorted(offers):
        if name not in found and column not in taken:
            found[name] = Guess(column, -negative)
            taken.add(column)
    return found


def certainty(key: str, names: Iterable[str], values: Sequence[str], looks: Callable[[str], bool] | None) -> int:
    """Whole percent: an equal heading, a heading that holds the name, values that look right."""
    fits = bool(looks and values) and sum(map(looks, values)) >= 0.8 * len(values)  # type: ignore[arg-type]
    if key in names:
        return 100 if fits or not looks or not values else 90
    if key and any(f" {name} " in f" {key} " for name in names if len(name) > 2):
        return 85 if fits or not looks else 70
    return 60 if fits and not key else 0


# What people type


def decimal_of(text: str) -> Decimal:
    """«1 500,50 ₽», "1,500.50" or "1500" as a Decimal; ValueError for anything else."""
    plain = re.sub(r"[\s\xa0\u202f'’]|руб\.?|р\.|[₽$€]|rub|lei|ron", "", text, flags=re.IGNORECASE).replace("−", "-")
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "")
    if not re.fullmatch(r"[+-]?\d{1,15}([.,]\d{1,6})?", plain):
        raise ValueError(text)
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(text) from error


def whole_of(text: str) -> int:
    value = decimal_of(text)
    if value != value.to_integral_value():
        raise ValueError(text)
    return int(value)


def date_of(text: str) -> date:
    """ISO, 31.12.2025, 31/12/25, with or without a time, or Excel's day number; ValueError for anything else."""
    head = text.strip().split(" ")[0].split("T")[0]
    if re.fullmatch(r"\d{5}", head):
        return EXCEL_EPOCH + timedelta(days=int(head))
    for shape in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%Y.%m.%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(head, shape).date()
        except ValueError:
            continue
    raise ValueError(text)


def flag_of(text: str) -> bool:
    """Yes or no in the words of the three languages; ValueError for anything else."""
    word = fold(text)
    if word in {"1", "да", "yes", "true", "истина", "+", "да.", "x", "х", "v", "активна", "активен", "da"}:
        return True
    if word in {"", "0", "нет", "no", "false", "ложь", "-", "nu"}:
        return False
    raise ValueError(text)
