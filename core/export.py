"""A list as a file: every row in batches, memory flat; read by the database alone where its columns allow that.

A model's instance and a cell in Python cost a hundred times what a plain column does, and a clinic has a million
cards. So a column says what its cell in a file is (`Column.file`, or a `value` that is a path of fields), and only
where one of the chosen columns cannot be said so are the rows made as for the screen.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db.models import BooleanField, CharField, DateTimeField, Field, Model, QuerySet, TextField
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from openpyxl import Workbook

from core.listing import Column, Listing

CHUNK = 2000
FORMULA = frozenset("=+-@\t\r")


# One cell


def plain(value: Any) -> Any:
    """A cell for a file: formulas neutralised, moments in the clinic's zone, lists as words."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, datetime):
        return moment(value)
    if value is None or isinstance(value, bool | int | Decimal | date):
        return value
    if isinstance(value, list | tuple):
        return safe(", ".join(str(item) for item in value))
    return safe(str(value))


def safe(text: str | None) -> str | None:
    """A text that a spreadsheet would take for a formula stays a text."""
    return "'" + text if text and text[0] in FORMULA else text


def moment(value: datetime | None, zone: tzinfo | None = None) -> datetime | None:
    """Without a zone, as spreadsheets know none; a naive one is a branch's own clock already."""
    if value is None:
        return None
    here = value if value.tzinfo is None else value.astimezone(zone or timezone.get_current_timezone())
    return here.replace(tzinfo=None, microsecond=0)


# What the kinds of cells hold besides their words: tones, codes, marks.
WORDS: dict[str, Callable[[Any], Any]] = {
    "person": lambda value: value["name"],
    "badge": lambda value: value[0],
    "status": lambda value: value[1],
    "link": lambda value: value[0],
    "badges": lambda value: [label for label, *_rest in value],
}


def word(column: Column, value: Any) -> Any:
    """What of a screen's cell goes into a file."""
    pick = WORDS.get(column.kind)
    return plain(pick(value) if pick and value and isinstance(value, dict | tuple | list) else value)


# All rows


def cells(screen: Listing) -> Iterator[list[list[Any]]]:
    """Batches of rows of finished cells, in the order of the screen."""
    readers = readers_of(screen)
    if readers is None:
        for batch in batches(screen):
            yield [[word(column, value) for column, value in screen.cells(row)] for row in batch]
        return
    names, writers = [name for name, _writer in readers], [writer for _name, writer in readers]
    rows = with_files(screen, screen.rows()).values_list(*names).iterator(chunk_size=CHUNK)
    while batch := list(islice(rows, CHUNK)):
        yield [[write(value) if write else value for write, value in zip(writers, row, strict=True)] for row in batch]


def batches(screen: Listing) -> Iterator[list[Any]]:
    """Every row of a screen in batches; slots decorate each batch at once."""
    rows = screen.rows().iterator(chunk_size=CHUNK)
    while batch := list(islice(rows, CHUNK)):
        yield screen.decorate(batch)


def with_files(screen: Listing, rows: QuerySet[Any]) -> QuerySet[Any]:
    said = {f"file_{column.name}": column.file for column in screen.chosen if has_expression(column)}
    return rows.annotate(**said) if said else rows


def has_expression(column: Column) -> bool:
    return column.file is not None and not isinstance(column.file, str)


Reader = tuple[str, Callable[[Any], Any] | None]


def readers_of(screen: Listing) -> list[Reader] | None:
    """For each chosen column where the database finds its cell and what is still to be done with it, or None."""
    rows = screen.base
    if type(screen).rows is not Listing.rows or not isinstance(rows, QuerySet) or rows.query.values_select:
        return None
    found = [reader_of(column, rows) for column in screen.chosen]
    return found if all(found) else None  # type: ignore[return-value]


def reader_of(column: Column, rows: QuerySet[Any]) -> Reader | None:
    if has_expression(column):
        return f"file_{column.name}", writer_of_kind(column.file)
    path = column.file if column.file is not None else column.value
    if not isinstance(path, str):
        return None
    path = (path or column.name).replace(".", "__")
    if path in rows.query.annotations:
        return path, writer_of_kind(rows.query.annotations[path])
    return field_reader(rows.model, path)


def field_reader(model: type[Model], path: str) -> Reader | None:
    """`doctor__last_name`, `get_kind_display`: a field at the end of foreign keys, or the word of its choice."""
    *way, name = path.split("__")
    is_choice = name.startswith("get_") and name.endswith("_display")
    name = name.removeprefix("get_").removesuffix("_display") if is_choice else name
    try:
        for step in way:
            relation = model._meta.get_field(step)
            if relation.auto_created or not (relation.many_to_one or relation.one_to_one):
                return None
            model = relation.related_model  # type: ignore[assignment]
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if not isinstance(field, Field) or field.is_relation:
        return None
    return "__".join((*way, name)), writer_of(field, is_choice)


NEEDS_NOTHING = {
    "DateField", "DecimalField", "IntegerField", "BigIntegerField", "SmallIntegerField", "BigAutoField",
    "PositiveIntegerField", "PositiveSmallIntegerField", "PositiveBigIntegerField",
}  # fmt: skip


def writer_of_kind(expression: Any) -> Callable[[Any], Any] | None:
    """By what an expression gives, where it says so before it is put into a statement."""
    try:
        field = expression.output_field
    except (AttributeError, FieldError):
        return plain
    return writer_of(field, False) if field is not None else plain


def writer_of(field: Any, is_choice: bool) -> Callable[[Any], Any] | None:
    if is_choice:
        words = {key: str(label) for key, label in field.flatchoices}
        return lambda value: words.get(value, value)
    if isinstance(field, CharField | TextField):
        return safe
    if isinstance(field, DateTimeField):
        zone = timezone.get_current_timezone()
        return lambda value: moment(value, zone)
    return None if isinstance(field, BooleanField) or field.get_internal_type() in NEEDS_NOTHING else plain


# Files


def csv_lines(screen: Listing) -> Iterator[str]:
    """A batch of lines at a time; the first character is the mark by which spreadsheets know UTF-8."""
    delimiter = ";" if translation.get_language() == "ru" else ","
    words = {True: _("yes"), False: _("no")}
    yield "\ufeff" + csv_text([[str(column.label) for column in screen.chosen]], delimiter)
    for batch in cells(screen):
        for row in batch:
            for place, value in enumerate(row):
                if value is True or value is False:
                    row[place] = words[value]
        yield csv_text(batch, delimiter)


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def xlsx_bytes(screen: Listing, progress: Callable[[int], None] = lambda done: None) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(screen.title)[:31].translate(str.maketrans("[]:*?/\\", "       ")))
    sheet.append([str(column.label) for column in screen.chosen])
    done = 0
    for batch in cells(screen):
        for row in batch:
            sheet.append(row)
        done += len(batch)
        progress(done)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
