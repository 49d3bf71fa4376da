"""Workbooks that come from and go to insurers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from core.errors import NotFound
from core.files import SHEETS, Purpose, file_store
from core.models import StoredFile
from core.tables import Field, Table, table_read
from insurance.services.prices import IMPORT_FIELDS
from insurance.words import RegisterColumn

TABLE = Purpose("insurance.table", SHEETS, lambda user, row: row.uploaded_by_id == user.pk)
BOLD, TOP = Font(bold=True), Alignment(wrap_text=True, vertical="top")
WIDTHS = {"date": 12, "money": 13, "number": 8}


def table_keep(upload: UploadedFile, fields: Sequence[Field], *, actor: Any) -> StoredFile:
    """Keep a table that can be read; Invalid on `file` otherwise."""
    stored = file_store(upload, purpose=TABLE, actor=actor)
    read(stored, fields)
    return stored


def table_kept(user: Any, key: str, fields: Sequence[Field]) -> tuple[StoredFile, Table]:
    """The user's own table by its key."""
    stored = StoredFile.objects.filter(key=key, purpose=TABLE.name, uploaded_by=user, deleted_at__isnull=True).first()
    if stored is None:
        raise NotFound
    return stored, read(stored, fields)


def read(stored: StoredFile, fields: Sequence[Field]) -> Table:
    with stored.content.open("rb") as content:
        return table_read(content.read(), fields)


def price_sheet(rows: Sequence[Any]) -> bytes:
    """An insurer's list in the columns that the import reads."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for letter, width in zip("ABCDE", (18, 14, 18, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    titles = {each.name: str(each.label) for each in IMPORT_FIELDS}
    heads = [titles["code"], titles["price"], titles["insurer_code"], titles["name"], "—"]
    sheet.append([bold(sheet, text) for text in heads])
    for row in rows:
        if row.own_price is not None:
            sheet.append([safe(row.code), row.own_price, safe(row.own_code), safe(row.own_name), safe(str(row))])
    return packed(book)


def register_sheet(
    head: Sequence[str], columns: Sequence[RegisterColumn], rows: Sequence[dict[str, Any]], foot: Sequence[str]
) -> bytes:
    """A register as a workbook: words, table, words; sums and days as such."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.column_dimensions["A"].width = 6
    for place, column in enumerate(columns, start=2):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column.kind, 24)
    for text in head:
        sheet.append([safe(text)])
    sheet.append([])
    sheet.append([bold(sheet, "№"), *(bold(sheet, str(column.label)) for column in columns)])
    for place, row in enumerate(rows, start=1):
        sheet.append([place, *(cell_of(column, row.get(column.code, "")) for column in columns)])
    sheet.append([])
    for text in foot:
        sheet.append([safe(text)])
    return packed(book)


def cell_of(column: RegisterColumn, value: Any) -> Any:
    if value in ("", None):
        return None
    if column.kind == "money":
        return Decimal(value)
    return date.fromisoformat(value) if column.kind == "date" else value if column.kind == "number" else safe(value)


def safe(text: Any) -> str:
    """A text that begins like a formula stays a text."""
    words = str(text or "")
    return f"'{words}" if words[:1] in "=+-@\t\r" and words else words


def bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=safe(text))
    cell.font, cell.alignment = BOLD, TOP
    return cell


def packed(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()
